import { PowerVmError } from '../base/errors/errors.ts';
import { Collector, parseConfig, parseDuration } from '../collector/index.ts';
import { asCalled } from './command-name.ts';
import { inspectionTable } from './inspect/inspection-table.ts';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import { untilInterrupted } from './terminal/interruption.ts';
import type { Terminal } from './terminal/terminal.ts';
import { ProblemLog } from './top/problem-log.ts';
import { watchReceiver } from './top/top.ts';

export interface DemoArguments {
  /** `60s` */
  readonly duration?: string;
  /** File with what happens meanwhile. */
  readonly scenario?: string;
  /** Commander's form of `--no-tty`. */
  readonly tty: boolean;
}

/** JSON, which YAML contains: a file name may hold anything. */
function configuration(scenario: string | undefined): string {
  const estate = { lpars: 12, vioses: 2, guest_memory: true };
  const simulator = scenario === undefined ? { systems: 1, ...estate } : { systems: 2, ...estate, scenario };
  return JSON.stringify({
    receivers: { powervm: { consoles: [{ simulator }] } },
    exporters: { debug: { verbosity: 'basic' } },
    service: { pipelines: { metrics: { receivers: ['powervm'], exporters: ['debug'] } } },
  });
}

/**
 * The collector on the built-in simulator. On a terminal with the live view of `top`; otherwise a table with every new
 * sample.
 */
export async function demo({ duration, scenario, tty }: DemoArguments, terminal: Terminal): Promise<ExitCode> {
  const ended = endAfter(duration);
  const config = parseConfig(configuration(scenario), 'demo', { environment: {}, readFile: () => '' });
  const log = new ProblemLog();
  let delivered = 'nothing yet';
  const collector = await Collector.create(config, {
    logger: log,
    print: (text) => {
      delivered = text;
    },
  });
  const [receiver] = collector.receivers.values();
  const isLive = tty && terminal.isInteractive && process.stdin.isTTY === true;
  try {
    if (isLive && receiver) {
      await Promise.all([
        collector.start(),
        watchReceiver(receiver, { log, terminal, withHistory: true, until: ended }),
      ]);
    } else {
      await printPictures(collector, () => picture(collector, delivered), ended, terminal);
    }
  } finally {
    await collector.stop();
  }
  terminal.print(asCalled('Your own server: otel-powervm top --endpoint https://HMC --username USER'));
  return exitCodes.done;
}

async function printPictures(
  collector: Collector,
  show: () => string,
  ended: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  let pending: NodeJS.Timeout | undefined;
  for (const receiver of collector.receivers.values()) {
    receiver.onActivity(() => {
      clearTimeout(pending);
      // The exporter gets the same samples, and goes first.
      pending = setTimeout(() => terminal.print(show()), 200);
    });
  }
  const interrupted = untilInterrupted(ended);
  await collector.start();
  await interrupted;
  clearTimeout(pending);
}

function picture(collector: Collector, delivered: string): string {
  const frames = [...collector.receivers.values()].flatMap((receiver) => receiver.frames());
  const requests = [...collector.statistics().values()]
    .flatMap(({ receiver }) => receiver.consoles.flatMap((console) => console.requests))
    .reduce((sum, { count }) => sum + count, 0);
  return [
    'A simulated Power server, read as a real one is. A new sample comes every 30 seconds; Ctrl-C ends.',
    '',
    ...frames.map((frame) => inspectionTable(frame, (text) => text)),
    '',
    `Last delivery: ${delivered}. Requests to the console so far: ${requests}.`,
    '',
  ].join('\n');
}

function endAfter(duration: string | undefined): AbortSignal {
  const ended = new AbortController();
  if (duration === undefined) return ended.signal;
  const milliseconds = parseDuration(duration);
  if (milliseconds === undefined) {
    throw new PowerVmError('POWERVM_USAGE', `--duration ${duration}: must be a duration such as 60s or 5m`);
  }
  setTimeout(() => ended.abort(), milliseconds).unref();
  return ended.signal;
}
