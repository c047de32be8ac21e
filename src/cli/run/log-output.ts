import pino, { type DestinationStream } from 'pino';
import { isJournal } from './journal.ts';
import type { LogEncoding, LogStyle } from './log-lines.ts';

/** What may wait for a log reader that stands still; beyond it lines are dropped rather than the collector stopped. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** How long the end of the process waits for the reader. */
const FLUSH_TIMEOUT_MS = 500;

export interface LogOutput {
  readonly stream: DestinationStream;
  /** Writes pending output, as far as it is read. */
  end(): Promise<void>;
}

/**
 * Standard error for the log of a program that runs for months. It is written without waiting: a reader that stands still,
 * or is gone, costs its lines and never stops the collector.
 */
export function openLogOutput(): LogOutput {
  const stream = pino.destination({ fd: 2, sync: false, minLength: 0, maxLength: MAX_WAITING_BYTES });
  stream.on('error', () => undefined);
  return {
    stream,
    end: async () => {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => stream.flush(() => resolve())),
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
        }),
      ]);
      clearTimeout(timer);
    },
  };
}

/** For people on a terminal and in a journal, and JSON for whatever else reads along; unless one of them is asked for. */
export function logStyle(
  encoding: LogEncoding | undefined,
  environment: NodeJS.ProcessEnv,
  isTerminal = process.stderr.isTTY === true,
): LogStyle {
  const hasPriority = isJournal(environment);
  return {
    encoding: encoding ?? (isTerminal || hasPriority ? 'console' : 'json'),
    isColoured: isTerminal && !environment.NO_COLOR,
    hasPriority,
  };
}
