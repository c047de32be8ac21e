import { PowerVmError } from '../base/errors.ts';
import { Collector, parseConfig, parseDuration } from '../collector/index.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { inspectionTable } from './inspection-table.ts';
import { untilInterrupted } from './interruption.ts';
import { type Terminal, titleStyle } from './terminal.ts';

export interface DemoArguments {
  /** `60s` */
  readonly duration?: string;
  /** Commander's form of `--no-tty`. */
  readonly tty: boolean;
}

const CONFIGURATION = `
receivers:
  powervm:
    consoles: [{ simulator: { systems: 1, lpars: 12, vioses: 2, guest_memory: true } }]
exporters:
  debug: { verbosity: basic }
service:
  pipelines:
    metrics: { receivers: [powervm], exporters: [debug] }
`;
/** Home, and clear what is below: the picture stands still and only its numbers change. */
const REDRAW = '\u001b[H\u001b[J';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** The collector on the built-in simulator, with a live view. */
export async function demo({ duration, tty }: DemoArguments, terminal: Terminal): Promise<ExitCode> {
  const ended = endAfter(duration);
  const config = parseConfig(CONFIGURATION, 'demo', { environment: {}, readFile: () => '' });
  let delivered = 'nothing yet';
  const collector = await Collector.create(config, {
    print: (text) => {
      delivered = text;
    },
  });
  const isLive = tty && terminal.isInteractive;
  const show = () => terminal.print((isLive ? REDRAW : '') + picture(collector, delivered, terminal));
  const interrupted = untilInterrupted(ended);
  if (isLive) terminal.print(HIDE_CURSOR);
  let pending: NodeJS.Timeout | undefined;
  // The exporter is told of the same samples, and goes first.
  const showSoon = () => {
    clearTimeout(pending);
    pending = setTimeout(show, 200);
  };
  for (const receiver of collector.receivers.values()) receiver.onActivity(showSoon);
  await collector.start();
  await interrupted;
  await collector.stop();
  clearTimeout(pending);
  if (isLive) terminal.print(SHOW_CURSOR);
  return exitCodes.done;
}

function picture(collector: Collector, delivered: string, terminal: Terminal): string {
  const frames = [...collector.receivers.values()].flatMap((receiver) => receiver.frames());
  const requests = collector
    .statistics()
    .flatMap(({ receiver }) => receiver.consoles.flatMap((console) => console.requests))
    .reduce((sum, { count }) => sum + count, 0);
  return [
    'A simulated Power server, read as a real one is. A new sample comes every 30 seconds; Ctrl-C ends.',
    '',
    ...frames.map((frame) => inspectionTable(frame, titleStyle(terminal))),
    '',
    `Last delivery: ${delivered}. Requests to the console so far: ${requests}.`,
    'Your own server: otel-powervm inspect --endpoint https://HMC --username USER',
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
