import { access, constants, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError, PowerVmError } from '../../base/errors/errors.ts';
import { fileProblem } from '../../base/files/read-text-file.ts';
import { Recording } from '../../recording/index.ts';
import { type ConsoleOptions, type ManagedSystem, PowerVmConsole } from '../../rest/index.ts';
import { isSelected, openConnection } from '../connection/connection.ts';
import type { ConnectionArguments } from '../connection/connection-options.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-code.ts';
import { untilInterrupted } from '../terminal/interruption.ts';
import { reportError, type Terminal } from '../terminal/terminal.ts';
import { requestEverything } from './console-requests.ts';

export interface RecordArguments extends ConnectionArguments {
  readonly output: string;
  /** UUID, name or MTMS. */
  readonly system?: string;
  /** Instants whose documents are recorded. */
  readonly instants: number;
}

/** Writes what a console answers as a bundle for `simulate --replay`, redacted. */
export async function record(options: RecordArguments, terminal: Terminal): Promise<ExitCode> {
  if (options.instants < 1) throw new PowerVmError('POWERVM_USAGE', '--instants must be at least 1');
  await demandRoomFor(options.output);
  const connection = await openConnection(options, terminal);
  const interruption = new AbortController();
  const finished = new AbortController();
  void untilInterrupted(finished.signal).then(() => interruption.abort());
  try {
    const [console, ...others] = connection.receiver.consoles;
    if (!console || others.length > 0) {
      throw new PowerVmError(
        'POWERVM_USAGE',
        'a bundle is of one console: name it with --endpoint, or with --receiver',
      );
    }
    const keeps = (system: ManagedSystem) =>
      (connection.receiver.systems?.(system) ?? true) &&
      isSelected(options.system, [system.id, system.name, system.mtms]);
    return await recordConsole(console, keeps, options, interruption.signal, terminal);
  } finally {
    finished.abort();
    await connection.close();
  }
}

async function recordConsole(
  console: ConsoleOptions,
  keeps: (system: ManagedSystem) => boolean,
  { output, instants }: RecordArguments,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<ExitCode> {
  const recording = new Recording();
  let consoleTime: number | undefined;
  const client = new PowerVmConsole({
    ...console,
    onRequest: (request) => {
      consoleTime = request.consoleTime ?? consoleTime;
    },
    onResponse: ({ kind, method, path }, { statusCode, headers, body }) => {
      // Logons are not recorded; the replay has its own.
      if (kind === 'logon' || kind === 'logoff') return;
      const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
      recording.add({ method, path, statusCode, headers: Object.fromEntries(texts), body });
    },
  });
  try {
    const asked = requestEverything(client, { keeps, instants, signal, onProgress: terminal.report });
    const failures = await asked;
    for (const error of failures) reportError(terminal, error, 'warning');
  } finally {
    await client.logoff();
  }
  const bundle = recording.bundle(client.type ?? 'hmc', consoleTime ?? Date.now());
  await writeFile(output, bundle, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    throw unwritable(output, error);
  });
  terminal.report(
    `${output}: ${recording.size} answers, redacted. Look through it before you give it away; otel-powervm simulate --replay ${output} serves it.`,
  );
  return exitCodes.done;
}

/** Before minutes of questions, and not after them. */
async function demandRoomFor(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) throw new PowerVmError('POWERVM_USAGE', `${file} is there already; nothing is overwritten`);
  await access(path.dirname(file), constants.W_OK).catch((error: unknown) => {
    throw unwritable(file, error);
  });
}

function unwritable(file: string, error: unknown): ConfigurationError {
  return new ConfigurationError('POWERVM_FILE_UNWRITABLE', `cannot write ${file}: ${fileProblem(error)}`, {
    cause: error,
    context: { file },
  });
}
