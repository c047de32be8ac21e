import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { listMetrics } from '../../src/index.ts';
import { PowerVmSimulator, type PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import type { Served } from '../independent/story.ts';
import { CountingHttp2Proxy, CountingHttpProxy, type CountingProxy } from './counting-proxy.ts';
import type { PeerProcess } from './peers/peer-process.ts';

/** What {@link DeliveryRun.throughOutages} puts to the proof, for the table. */
export const BOTH_AWAY = '20 min of it, 20 min of us';

const MINUTE = 60_000;
/** Before now, so that receivers that mind the age of a point take it: the runs are shorter than this. */
const HEAD_START = 3 * 60 * MINUTE;

export interface DeliveryRunOptions {
  readonly simulator?: PowerVmSimulatorOptions;
  /** Address of the receiver under test; the product reaches it through a proxy that counts. */
  readonly receiver: string;
  /** The exporter, its key included, given the address to send to. */
  readonly exporter: (url: string) => string;
  /** Default `http`. */
  readonly protocol?: 'http' | 'grpc';
}

/**
 * Milliseconds without anything in progress: what the product does between two requests takes less, also on a busy
 * machine.
 */
const QUIET = 20;
/** Milliseconds that a stop may take of itself. */
const UNHURRIED = 3_000;

/**
 * The product between the simulator and a real receiver, in simulated time. Beside the real receiver a strict OTLP
 * receiver of the tests gets the same points and is always well.
 */
export class DeliveryRun {
  readonly receiver: CountingProxy;
  readonly reference: OtlpSink;
  readonly #console: CountingHttpProxy;
  readonly #clock: ManualClock;
  readonly #config: string;
  #collector: Collector | undefined;

  private constructor(
    parts: Pick<DeliveryRun, 'receiver' | 'reference'> & { console: CountingHttpProxy; clock: ManualClock },
    config: string,
  ) {
    this.receiver = parts.receiver;
    this.reference = parts.reference;
    this.#console = parts.console;
    this.#clock = parts.clock;
    this.#config = config;
  }

  static async start(options: DeliveryRunOptions): Promise<DeliveryRun> {
    // On a half minute, and ten seconds later: when the documents of an instant are there.
    const clock = new ManualClock(Math.floor((Date.now() - HEAD_START) / MINUTE) * MINUTE + 10_000);
    const simulator = new PowerVmSimulator({ lpars: 6, vioses: 2, ...options.simulator, now: () => clock.now() });
    await simulator.start();
    afterThisTest(() => simulator.stop());
    const console = await CountingHttpProxy.before(simulator.url);
    const ReceiverProxy = options.protocol === 'grpc' ? CountingHttp2Proxy : CountingHttpProxy;
    const receiver = await ReceiverProxy.before(options.receiver);
    const reference = await OtlpSink.start();
    afterThisTest(() => reference.stop());
    const storage = await temporaryDirectory();
    const { username, password } = simulator;
    const exporter = options.exporter(receiver.url);
    const switches = listMetrics().map((metric) => `${metric.name}: { enabled: true }`);
    const name = /^\s*([\w/]+):/.exec(exporter)?.[1] ?? '';
    const run = new DeliveryRun(
      { receiver, reference, console, clock },
      `
receivers:
  powervm:
    consoles: [{ endpoint: '${console.url}', username: '${username}', password: '${password}' }]
    metrics: { ${switches.join(', ')} }
    attributes: { site: ams }
exporters:
  ${exporter}
  otlp_http/reference: { endpoint: '${reference.url}' }
extensions: { file_storage: { directory: '${storage}' } }
service:
  extensions: [file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [${name}, otlp_http/reference] } }`,
    );
    await run.startCollector();
    afterThisTest(() => run.stopCollector());
    return run;
  }

  /** What the console has served so far. */
  get served(): readonly Served[] {
    return this.#console.exchanges
      .filter(({ status }) => status === 200 || status === 204)
      .map(({ path, responseBody }) => ({
        path: decodeURIComponent(new URL(path, 'http://console').pathname),
        text: responseBody.toString('utf8'),
      }));
  }

  now(): number {
    return this.#clock.now();
  }

  async startCollector(): Promise<void> {
    const config = parseConfig(this.#config, 'receivers.yaml', { environment: {}, readFile: () => '' });
    this.#collector = await Collector.create(config, { clock: this.#clock });
    await this.#collector.start();
  }

  async stopCollector(): Promise<void> {
    const collector = this.#collector;
    this.#collector = undefined;
    // Its last pauses are by the same clock.
    let isStopped = false;
    const stopped = collector?.stop().finally(() => {
      isStopped = true;
    });
    // Only when it waits for that clock: a sample that falls due meanwhile is read in part.
    for (let waited = 0; collector && !isStopped && waited < UNHURRIED; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    while (collector && !isStopped) await this.pass(1);
    await stopped;
  }

  /** Twenty minutes in which the receiver is away, and later twenty in which the product is. */
  async throughOutages(receiver: Pick<PeerProcess, 'start' | 'stop'>): Promise<void> {
    await this.pass(5);
    await receiver.stop();
    await this.pass(20);
    await receiver.start();
    await this.pass(10);
    await this.stopCollector();
    await this.pass(20);
    await this.startCollector();
    await this.pass(10);
    await this.stopCollector();
  }

  /** Lets minutes pass for the console and the product; continues when nothing is in progress. */
  async pass(minutes: number): Promise<void> {
    for (let seconds = 0; seconds < minutes * 60; seconds += 30)
      await this.#clock.advance(30_000, () => this.#settle());
  }

  async #settle(): Promise<void> {
    const activity = () =>
      `${this.#console.activity} ${this.receiver.activity} ${this.reference.requestCount}/${this.reference.requests.length}`;
    for (let quiet = 0, before = ''; quiet < QUIET; ) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const isQuiet = activity() === before && this.#console.isIdle && this.receiver.isIdle;
      quiet = isQuiet ? quiet + 1 : 0;
      before = activity();
    }
  }
}
