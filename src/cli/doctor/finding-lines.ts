import { printable } from '../../base/text/printable.ts';
import { asCalled } from '../command-name.ts';
import { fitted } from '../terminal/screen-text.ts';
import { type Terminal, understandsUtf8 } from '../terminal/terminal.ts';
import type { CheckResult } from './finding.ts';

const LABEL_WIDTH = 22;

/** A finding for people, and below it what to do. */
export function linesOf({ check, status, text, remedy }: CheckResult, { environment }: Terminal): readonly string[] {
  const marks = understandsUtf8(environment)
    ? { passed: '✓', warning: '!', failed: '✗' }
    : { passed: 'ok', warning: '! ', failed: 'NO' };
  const line = printable(`${marks[status]} ${fitted(check, LABEL_WIDTH)} ${text}`);
  return remedy === undefined
    ? [line]
    : [line, `${' '.repeat(marks.passed.length + 1)}${' '.repeat(LABEL_WIDTH)} → ${printable(asCalled(remedy))}`];
}

/** What all findings come to. */
export function summary(failures: number, warnings: number): string {
  if (failures > 0) return `\nFailed checks: ${failures}. Begin with the first one.`;
  return warnings > 0 ? `\nIt works. Remarks above: ${warnings}.` : '\nAll is well.';
}
