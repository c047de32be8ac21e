import { ConfigurationError, describeError, PowerVmError } from '../base/errors/errors.ts';
import { fileProblem } from '../base/files/read-text-file.ts';
import { silentLogger } from '../base/logger.ts';
import { loadConfig, openReplayTarget, type ReplayTarget } from '../collector/index.ts';
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

interface ReplayCounts {
  lines: number;
  points: number;
  refusedPoints: number;
  unreadableLines: number;
}

interface Run {
  readonly target: ReplayTarget;
  readonly signal: AbortSignal;
  readonly counts: ReplayCounts;
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
  const counts: ReplayCounts = { lines: 0, points: 0, refusedPoints: 0, unreadableLines: 0 };
  const run: Run = { target, signal: interruption.signal, counts, terminal };
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
      `${counts.points} points of ${counts.lines} lines sent, ${counts.refusedPoints} points refused, ${counts.unreadableLines} lines unreadable`,
    );
  }
  return isStopped || counts.refusedPoints > 0 || counts.unreadableLines > 0 ? exitCodes.failed : exitCodes.done;
}

function openTarget({ to, config, set }: ReplayArguments, terminal: Terminal): ReplayTarget {
  const options = {
    logger: silentLogger,
    print: terminal.print,
    onFailure: (error: unknown) => void reportError(terminal, error, 'warning'),
  };
  if (config !== undefined) {
    const files = configurationFiles({ config, ...(set ? { set } : {}) });
    return openReplayTarget(loadConfig(files, terminal.environment).exporters, to, options);
  }
  if (URL.canParse(to) && /^https?:$/.test(new URL(to).protocol)) {
    return openReplayTarget({ otlp_http: { endpoint: to } }, 'otlp_http', options);
  }
  throw new PowerVmError(
    'POWERVM_USAGE',
    `--to ${to} is no http:// or https:// address; of an exporter --config names the file`,
  );
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
async function replayLine(place: string, text: string, { target, signal, counts, terminal }: Run): Promise<boolean> {
  let resources: ReturnType<typeof readOtlpJson>;
  try {
    resources = readOtlpJson(text);
  } catch (error) {
    counts.unreadableLines += 1;
    terminal.report(`${place}: ${describeError(error)}`);
    return true;
  }
  const points = resources.reduce((total, resource) => total + pointCount(resource), 0);
  const outcome = await target.deliver(resources, signal);
  if (outcome.result === 'undelivered') return false;
  const refused = outcome.result === 'refused' ? points : outcome.refusedPoints;
  counts.lines += 1;
  counts.points += points - refused;
  counts.refusedPoints += refused;
  return true;
}
