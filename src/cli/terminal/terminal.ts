import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import { printable } from '../../base/text/printable.ts';
// This file alone: the whole collector is not needed to print an error.
import { InvalidConfiguration } from '../../collector/config/problems/problem.ts';
import { asCalled } from '../command-name.ts';
import { isJournal } from '../run/journal.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-code.ts';

/** Where a verb reads and writes: data to standard output, everything else to standard error. */
export interface Terminal {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a person reads standard output. */
  readonly isInteractive: boolean;
  /** How wide the person's window is, in characters. */
  readonly width?: number | undefined;
  /** Prints lines; texts of a console in them went through `printable`, since only there it is known where they end. */
  readonly print: (text: string) => void;
  /** Prints one line. */
  readonly report: (text: string) => void;
  /** Asks a person for what is not shown; not there without one. Undefined when the person gave up. */
  readonly askSecret?: (question: string) => Promise<string | undefined>;
}

export function processTerminal(): Terminal {
  return {
    environment: process.env,
    isInteractive: process.stdout.isTTY === true,
    ...(process.stdout.isTTY ? { width: process.stdout.columns } : {}),
    print: (text) => process.stdout.write(`${styledLines(text)}\n`),
    report: (text) => process.stderr.write(`${priorityOf(text)}${printable(asCalled(text))}\n`),
    ...(process.stdin.isTTY && process.stderr.isTTY
      ? { askSecret: async (question: string) => (await import('../ask-secret.ts')).askSecret(question) }
      : {}),
  };
}

/** What journald takes for the priority of a line. */
function priorityOf(text: string): string {
  if (!process.env.JOURNAL_STREAM || !isJournal(process.env)) return '';
  return text.startsWith('warning: ') ? '<4>' : text.startsWith('error: ') ? '<3>' : '';
}

/** What {@link titleStyle} and the screens of `top` put around a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape character that is looked for
const STYLE = /(\u001b\[[0-9;]*m)/;

/** Lines of ours in which only our own styles control the terminal, whatever console a text comes from. */
function styledLines(text: string): string {
  const line = (part: string) =>
    part
      .split(/([\n\t])/)
      .map((piece, index) => (index % 2 === 1 ? piece : printable(piece)))
      .join('');
  return text
    .split(STYLE)
    .map((part, index) => (index % 2 === 1 ? part : line(part)))
    .join('');
}

/** How a verb prints its data. */
export type OutputFormat = 'table' | 'json';

/** As asked, otherwise a table for a person and JSON for a program. */
export function outputFormat(asked: OutputFormat | undefined, { isInteractive }: Terminal): OutputFormat {
  return asked ?? (isInteractive ? 'table' : 'json');
}

export function titleStyle({ isInteractive, environment }: Terminal): (text: string) => string {
  const isColoured = isInteractive && !environment.NO_COLOR;
  return (text) => (isColoured ? `\u001b[1m${text}\u001b[0m` : text);
}

/** One line that says what happened, where and what to do: never a stack trace. A configuration has one per problem. */
export function reportError({ report }: Terminal, error: unknown, kind: 'error' | 'warning' = 'error'): ExitCode {
  if (error instanceof InvalidConfiguration) {
    for (const line of error.lines) report(line);
    return exitCodeOf(error);
  }
  if (!(error instanceof PowerVmError)) {
    report(`${kind}: ${describeError(error)}`);
    return exitCodes.failed;
  }
  // What a console is quoted with may end with a full stop of its own.
  report(`${kind}: ${error.message.replace(/\.$/, '')}. ${error.remedy} [${error.code}]`);
  return exitCodeOf(error);
}

/** Whether the locale says that the terminal understands UTF-8. */
export function understandsUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
