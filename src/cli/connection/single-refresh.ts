import { PowerVmReceiver, type RefreshResult, type SystemStatus } from '../../receiver/index.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-code.ts';
import { tuneForShortRun } from '../terminal/startup-tuning.ts';
import { reportError, type Terminal } from '../terminal/terminal.ts';
import type { Connection } from './connection.ts';

export interface Reading extends RefreshResult {
  readonly systems: readonly SystemStatus[];
}

/** Reads the consoles once, prints progress, and always logs off. */
export async function refreshOnce(
  connection: Connection,
  terminal: Terminal,
  withInventory: boolean,
): Promise<Reading> {
  tuneForShortRun();
  const receiver = new PowerVmReceiver(connection.receiver);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const result = await receiver.refresh({
      signal: interruption.signal,
      withInventory,
      onProgress: (message) => (terminal.isInteractive ? terminal.report(`${message} …`) : undefined),
    });
    return { ...result, systems: receiver.systems() };
  } finally {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
    await receiver.stop();
    await connection.close();
  }
}

/** Failures are warnings beside data, and errors without: the first one then decides the exit code. */
export function reportFailures({ failures }: RefreshResult, hasData: boolean, terminal: Terminal): ExitCode {
  const codes = failures.map(({ error }) => reportError(terminal, error, hasData ? 'warning' : 'error'));
  return hasData ? exitCodes.done : (codes[0] ?? exitCodes.failed);
}
