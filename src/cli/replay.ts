import { ConfigurationError, describeError, PowerVmError } from '../base/errors/errors.ts';
import { fileProblem } from '../base/files/read-text-file.ts';
import { silentLogger } from '../base/logger.ts';
import { loadConfig, openReplayTarget, parseConfig, type ReplayTarget } from '../collector/index.ts';
import { pointCount } from '../otlp/encoding/resource-splitting.ts';
import { readOtlpJson } from '../otlp/file/otlp-json.ts';
import { readOtlpLines } from '../otlp/file/otlp-lines.ts';
import { configurationFiles } from './configuration-files.ts';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import { untilInterrupted } from './terminal/interruption.ts';
import { reportError, type Terminal } from './terminal/terminal.ts';

export interface ReplayArguments {
  /** An exporter of the configuration, or the address of an OTLP receiver. */
  readonly to: string;
  readonly config?: readonly string[];
  /** `KEY=VALUE`, of the configuration. */
  readonly set?: readonly string[];
  /** Of the first file, from 1. */
  readonly fromLine: number;
}

interface CountsByKey {
  lines: number;
  points: number;
  refusedPoints: number;
  unreadableLines: number;
}

interface Run {
  readonly target: ReplayTarget;
  readonly signal: AbortSignal;
  readonly tally: CountsByKey;
  readonly terminal: Terminal;
}

/**
 * Sends the lines of files that a `file` exporter has written, in order and with their times. A line that cannot be
 * read is skipped alone. What the destination does not take is tried again for as long as the exporter's
 * `retry_on_failure` says; then, as at a signal, it is said where to continue.
 */
export async function replay(
  files: readonly string[],
  options: ReplayArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const target = openTarget(options, terminal);
  const interruption = new AbortController();
  const finished = new AbortController();
  void untilInterrupted(finished.signal).then(() => interruption.abort());
  const tally: CountsByKey = { lines: 0, points: 0, refusedPoints: 0, unreadableLines: 0 };
  const run: Run = { target, signal: interruption.signal, tally, terminal };
  let isStopped = false;
  try {
    for (const [index, file] of files.entries()) {
      const stoppedAt = await replayFile(file, index === 0 ? options.fromLine : 1, run);
      if (stoppedAt === undefined) continue;
      terminal.report(
        `stopped before line ${stoppedAt} of ${file}; to go on: --from-line ${stoppedAt} with ${[file, ...files.slice(index + 1)].join(' ')}`,
      );
      isStopped = true;
      break;
    }
  } finally {
    finished.abort();
    await target.shutdown();
    terminal.print(
      `${tally.points} points of ${tally.lines} lines sent, ${tally.refusedPoints} points refused, ${tally.unreadableLines} lines unreadable`,
    );
  }
  return isStopped || tally.refusedPoints > 0 || tally.unreadableLines > 0 ? exitCodes.failed : exitCodes.done;
}

function openTarget({ to, config, set }: ReplayArguments, terminal: Terminal): ReplayTarget {
  const options = {
    logger: silentLogger,
    print: terminal.print,
    onFailure: (error: unknown) => void reportError(terminal, error, 'warning'),
  };
  if (config !== undefined)
    return openReplayTarget(
      loadConfig(configurationFiles({ config, ...(set ? { set } : {}) }), terminal.environment),
      to,
      options,
    );
  if (URL.canParse(to) && /^https?:$/.test(new URL(to).protocol))
    return openReplayTarget(otlpTo(to), 'otlp_http', options);
  throw new PowerVmError(
    'POWERVM_USAGE',
    `--to ${to} is no http:// or https:// address; of an exporter --config names the file`,
  );
}

/** The configuration that an address alone stands for. */
function otlpTo(endpoint: string): ReturnType<typeof parseConfig> {
  const text = JSON.stringify({
    receivers: { powervm: { consoles: [{ simulator: {} }] } },
    exporters: { otlp_http: { endpoint } },
    service: { pipelines: { metrics: { receivers: ['powervm'], exporters: ['otlp_http'] } } },
  });
  return parseConfig(text, '--to', { environment: {}, readFile: () => '' });
}

/** @returns the line before which it was stopped, if it was */
async function replayFile(file: string, fromLine: number, run: Run): Promise<number | undefined> {
  const lines = readOtlpLines(file);
  for (;;) {
    const next = await lines.next().catch((error: unknown) => {
      throw new ConfigurationError('POWERVM_CONFIG_UNREADABLE', `cannot read ${file}: ${fileProblem(error)}`, {
        cause: error,
      });
    });
    if (next.done) return undefined;
    const { number, text } = next.value;
    if (number < fromLine) continue;
    if (run.signal.aborted || !(await replayLine(`${file}:${number}`, text, run))) {
      await lines.return(undefined);
      return number;
    }
  }
}

/** @returns whether the next line may follow */
async function replayLine(place: string, text: string, { target, signal, tally, terminal }: Run): Promise<boolean> {
  let resources: ReturnType<typeof readOtlpJson>;
  try {
    resources = readOtlpJson(text);
  } catch (error) {
    tally.unreadableLines += 1;
    terminal.report(`${place}: ${describeError(error)}`);
    return true;
  }
  const points = resources.reduce((total, resource) => total + pointCount(resource), 0);
  const outcome = await target.deliver(resources, signal);
  if (outcome.result === 'undelivered') return false;
  const refused = outcome.result === 'refused' ? points : outcome.refusedPoints;
  tally.lines += 1;
  tally.points += points - refused;
  tally.refusedPoints += refused;
  return true;
}
