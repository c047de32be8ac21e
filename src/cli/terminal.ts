import { describeError, PowerVmError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
// This file alone: the whole collector is not needed to tell an error.
import { InvalidConfiguration } from '../collector/config/problem.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-code.ts';

/** Where a verb reads and writes: data to standard output, everything else to standard error. */
export interface Terminal {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a person reads standard output. */
  readonly isInteractive: boolean;
  readonly print: (text: string) => void;
  readonly report: (text: string) => void;
}

export function processTerminal(): Terminal {
  return {
    environment: process.env,
    isInteractive: process.stdout.isTTY === true,
    print: (text) => process.stdout.write(`${text}\n`),
    report: (text) => process.stderr.write(`${text.split('\n').map(printable).join('\n')}\n`),
  };
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
    return exitCodes.usage;
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
