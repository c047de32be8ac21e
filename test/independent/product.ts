import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { PowerVmSimulator, type PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink, type ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import type { Served } from './story.ts';

/** The product as a user runs it, between a simulated console and an OTLP receiver, and what passed on both sides. */

export interface ProductRun {
  readonly console: { readonly url: string; readonly username: string; readonly password: string };
  readonly clock: ManualClock;
  readonly minutes: number;
  readonly encoding: 'proto' | 'json';
  /** Names of the metrics that are off unless switched on. */
  readonly optionalMetrics: readonly string[];
  /** Minutes after which something happens to the product or to where it delivers. Default: nothing. */
  readonly incidents?: Readonly<Record<number, Incident>>;
  /** Called after each minute. */
  readonly afterMinute?: () => Promise<unknown>;
}

/** `stop` and `start` are of the collector, which keeps its state; `away` and `back` of both destinations. */
export type Incident = 'stop' | 'start' | 'away' | 'back';

export interface ProductResult {
  readonly served: readonly Served[];
  readonly points: readonly ReceivedPoint[];
  /** What a second exporter of the same run sent as deltas. */
  readonly deltas: readonly ReceivedPoint[];
  /** What the strict receiver had to complain about. */
  readonly violations: readonly string[];
}

const START = Date.parse('2026-03-04T12:00:10Z');

/** The same on the built-in simulator, which lives by the same clock. */
export async function runOnSimulator(
  options: PowerVmSimulatorOptions,
  run: Omit<ProductRun, 'console' | 'clock'>,
): Promise<ProductResult> {
  const clock = new ManualClock(START);
  const simulator = new PowerVmSimulator({ ...options, now: () => clock.now() });
  await simulator.start();
  afterThisTest(() => simulator.stop());
  return runProduct({ ...run, console: simulator, clock });
}

/** Minutes of simulated time, as fast as the machine can. */
export async function runProduct({ console, clock, ...run }: ProductRun): Promise<ProductResult> {
  const recorder = await Recorder.start(console.url);
  afterThisTest(() => recorder.stop());
  let isAway = false;
  const reply = () => (isAway ? { status: 503 } : undefined);
  const sink = await OtlpSink.start({ reply });
  afterThisTest(() => sink.stop());
  const deltaSink = await OtlpSink.start({ reply });
  afterThisTest(() => deltaSink.stop());
  const switches = run.optionalMetrics.map((name) => `${name}: { enabled: true }`).join(', ');
  const config = parseConfig(
    `
receivers:
  powervm:
    consoles: [{ endpoint: '${recorder.url}', username: '${console.username}', password: '${console.password}' }]
    metrics: { ${switches} }
    attributes: { site: ams }
exporters:
  otlp_http: { endpoint: '${sink.url}', encoding: ${run.encoding} }
  otlp_http/delta: { endpoint: '${deltaSink.url}', encoding: ${run.encoding}, temporality: delta }
extensions: { file_storage: { directory: '${await temporaryDirectory()}' } }
service:
  extensions: [file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http, otlp_http/delta] } }`,
    'independent.yaml',
    { environment: {}, readFile: () => '' },
  );
  let collector: Collector | undefined;
  const start = async () => {
    collector = await Collector.create(config, { clock });
    await collector.start();
  };
  const settle = () =>
    untilQuiet(
      () =>
        `${recorder.activity}/${[sink, deltaSink].map(({ requestCount, requests }) => `${requestCount}/${requests.length}`)}`,
    );
  const stop = async () => {
    let isStopped = collector === undefined;
    const stopped = collector?.stop().finally(() => {
      isStopped = true;
    });
    collector = undefined;
    // Its last pauses are by the same clock.
    while (!isStopped) await clock.advance(1_000, settle);
    await stopped;
  };
  await start();
  for (let minute = 1; minute <= run.minutes; minute += 1) {
    await clock.advance(60_000, settle);
    const incident = run.incidents?.[minute];
    if (incident === 'start') await start();
    else if (incident === 'stop') await stop();
    else if (incident !== undefined) isAway = incident === 'away';
    await run.afterMinute?.();
  }
  await stop();
  return {
    served: recorder.served,
    points: sink.points,
    deltas: deltaSink.points,
    violations: [...sink.violations, ...deltaSink.violations],
  };
}

/** What the product does between two requests takes fewer milliseconds, also on a busy machine. */
const QUIET_TURNS = 20;

/** Waits until nothing has happened for some turns of the event loop. All parties live in this process. */
async function untilQuiet(activity: () => string): Promise<void> {
  for (let quiet = 0, before = ''; quiet < QUIET_TURNS; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    quiet = activity() === before ? quiet + 1 : 0;
    before = activity();
  }
}

/** Stands between the product and its console, passes everything on and keeps what was answered with 200. */
class Recorder {
  readonly served: Served[] = [];
  #begun = 0;
  #ended = 0;
  readonly #server: http.Server;

  private constructor(console: string) {
    this.#server = http.createServer((request, response) => {
      this.#begun += 1;
      const { method, headers, url: path = '' } = request;
      const forwarded = http.request(`${console}${path}`, { method, headers }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => {
          const body = Buffer.concat(chunks);
          if (reply.statusCode === 200) this.served.push({ path: pathOf(path), text: body.toString('utf8') });
          // Of adapters it counts that they were asked for.
          else if (/\/(?:ClientNetworkAdapter|SRIOVEthernetLogicalPort)$/.test(path)) {
            this.served.push({ path: pathOf(path), text: '' });
          }
          response.writeHead(reply.statusCode ?? 502, reply.headers).end(body);
          this.#ended += 1;
        });
      });
      forwarded.on('error', () => {
        response.destroy();
        this.#ended += 1;
      });
      request.pipe(forwarded);
    });
  }

  static async start(console: string): Promise<Recorder> {
    const recorder = new Recorder(console);
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve));
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Changes with every request and answer. */
  get activity(): string {
    return `${this.#begun}/${this.#ended}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function pathOf(url: string): string {
  return decodeURIComponent(new URL(url, 'http://console').pathname);
}
