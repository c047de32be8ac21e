import { printable } from '../../base/text/printable.ts';
import { asCalled } from '../command-name.ts';
import { fitted, wrapped } from '../terminal/screen-text.ts';
import { type Terminal, understandsUtf8 } from '../terminal/terminal.ts';
import type { CheckResult } from './check-result.ts';

const LABEL_WIDTH = 22;

/** A result for people, and below it what to do. Lines fit a terminal; a program that reads along gets one each. */
export function linesOf(
  { check, status, text, remedy }: CheckResult,
  { environment, width }: Terminal,
): readonly string[] {
  const marks = understandsUtf8(environment)
    ? { passed: '✓', warning: '!', failed: '✗' }
    : { passed: 'ok', warning: '! ', failed: 'NO' };
  const margin = marks.passed.length + 1 + LABEL_WIDTH + 1;
  const lines = [
    printable(`${marks[status]} ${fitted(check, LABEL_WIDTH)} ${text}`),
    ...(remedy === undefined ? [] : [`${' '.repeat(margin)}→ ${printable(asCalled(remedy))}`]),
  ];
  return width === undefined ? lines : lines.flatMap((line) => wrapped(line, width, margin));
}

/** What all results come to. */
export function summary(failures: number, warnings: number): string {
  if (failures > 0) return `\nFailed checks: ${failures}. Begin with the first one.`;
  return warnings > 0 ? `\nIt works. Remarks above: ${warnings}.` : '\nAll is well.';
}
