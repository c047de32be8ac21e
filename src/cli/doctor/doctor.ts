import { metricView } from '../../metrics/index.ts';
import type { PowerVmReceiverOptions } from '../../receiver/index.ts';
import { type ConsoleOptions, PowerVmConsole, type RequestObservation } from '../../rest/index.ts';
import { linesOf, summary } from '../checks/check-lines.ts';
import type { CheckResult } from '../checks/check-result.ts';
import { checkComponents } from '../checks/components.ts';
import { type Connection, openConnection } from '../connection/connection.ts';
import type { ConnectionArguments } from '../connection/connection-options.ts';
import { type ExitCode, exitCodeOf, exitCodes } from '../terminal/exit-code.ts';
import { type OutputFormat, outputFormat, type Terminal } from '../terminal/terminal.ts';
import { checkConsole, RequestLog } from './console.ts';
import { checkNetwork } from './network.ts';
import { Patience, PROBE_TIMEOUT_MS } from './patience.ts';
import { checkMonitoring, checkReading } from './systems.ts';

export interface DoctorArguments extends ConnectionArguments {
  readonly format?: OutputFormat;
}

/** A result, and the console that it is about. */
interface PlacedCheckResult extends CheckResult {
  readonly console: string | undefined;
}

/** Looks at everything between here and the numbers, and says what to do about what is wrong. A line a check, as it goes. */
export async function doctor(options: DoctorArguments, terminal: Terminal): Promise<ExitCode> {
  const connection = await openConnection(options, terminal);
  const isTable = outputFormat(options.format, terminal) === 'table';
  const results: PlacedCheckResult[] = [];
  try {
    for await (const result of checkAll(connection)) {
      results.push(result);
      if (isTable) for (const line of linesOf(result, terminal)) terminal.print(line);
    }
  } finally {
    await connection.close();
  }
  const failures = results.filter(({ status }) => status === 'failed');
  const warnings = results.filter(({ status }) => status === 'warning');
  if (isTable) terminal.print(summary(failures.length, warnings.length));
  else terminal.print(JSON.stringify({ healthy: failures.length === 0, checks: results }));
  const codes = failures.map(({ code }) => (code === undefined ? exitCodes.failed : exitCodeOf({ code })));
  return WORST_FIRST.find((code) => codes.includes(code)) ?? exitCodes.done;
}

/** What keeps most from working comes first: a refused logon before a system without samples. */
const WORST_FIRST: readonly ExitCode[] = [
  exitCodes.refused,
  exitCodes.unreachable,
  exitCodes.usage,
  exitCodes.failed,
  exitCodes.noSample,
];

async function* checkAll({ receiver, configuration }: Connection): AsyncGenerator<PlacedCheckResult> {
  for (const console of receiver.consoles) {
    for await (const result of checkOne(console, receiver)) yield { console: console.endpoint, ...result };
  }
  if (!configuration) return;
  for await (const result of checkComponents(configuration)) yield { console: undefined, ...result };
}

async function* checkOne(options: ConsoleOptions, receiver: PowerVmReceiverOptions): AsyncGenerator<CheckResult> {
  if (!(yield* checkNetwork(options))) return;
  const log = new RequestLog();
  const patience = new Patience(options.endpoint);
  const onRequest = (observation: RequestObservation) => {
    log.add(observation);
    if (observation.statusCode !== undefined) patience.noteAnswer();
  };
  // A logon is not given up by a signal, since it may leave a session behind.
  const readTimeout = Math.min(options.readTimeout ?? Number.POSITIVE_INFINITY, PROBE_TIMEOUT_MS + 1_000);
  const client = new PowerVmConsole({ ...options, readTimeout, onRequest });
  try {
    for await (const result of examineAnswers(client, log, receiver, patience.signal)) {
      if (!patience.signal.aborted) {
        yield result;
        continue;
      }
      // Whatever else is asked is not answered either.
      yield { ...result, remedy: SILENT };
      return;
    }
  } finally {
    // The response to the logoff is one as well.
    await client.logoff();
    patience.end();
  }
}

const SILENT =
  'Look at the console: its REST service hangs, is still starting, or something else listens there. What would come after this was not looked at.';

async function* examineAnswers(
  client: PowerVmConsole,
  log: RequestLog,
  receiver: PowerVmReceiverOptions,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const systems = yield* checkConsole(client, log, signal);
  if (!systems) return;
  const kept = systems.filter(receiver.systems ?? (() => true));
  yield* checkMonitoring(client, kept, signal);
  yield* checkReading({ ...receiver, consoles: [client] }, metricView({}), signal);
}
