import type { Terminal } from '../terminal/terminal.ts';

/** What a program ends with that did not know what to do. */
const CRASHED = 1;

/**
 * A bug ends the program with its message and stack. Node would print everything else that
 * hangs on the error as well, which may be a request with its headers, and so with tokens and passwords.
 */
export function reportCrashes({ report }: Terminal): void {
  process.on('uncaughtException', (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    for (const line of `crash: ${text}`.split('\n')) report(line);
    process.exit(CRASHED);
  });
}
