import { type Clock, systemClock } from '../base/clock/clock.ts';
import { describeError } from '../base/errors/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { version } from '../base/version.ts';
import { type SelfStatistics, selfMetricsOf } from '../metrics/index.ts';
import type { PowerVmReceiver } from '../receiver/index.ts';
import type { BatchExporter } from './components/exporters/exporter-component.ts';
import type { CollectorView, Extension, ServedPage } from './components/extensions/extension-component.ts';
import type { CollectorConfig } from './config/load-config.ts';
import { milliseconds } from './config/schema/values.ts';
import {
  type CollectorOptions,
  type Components,
  createComponents,
  type RunningExporter,
  type RunningReceiver,
} from './create-components.ts';
import { batchOf } from './delivery/batch.ts';
import { storedCursor } from './delivery/stored-cursor.ts';
import { emptyHandover, type Handover } from './handover.ts';
import { instanceId } from './instance-id.ts';
import { processStatistics } from './process-statistics.ts';
import { statisticsToReport } from './self-metrics.ts';

/**
 * By when each part of an orderly end must be over, as shares of `shutdown_timeout`: what waits is delivered, exporters
 * let go of what they hold (consoles are logged off meanwhile), and extensions write down what they keep.
 */
const HANDED_OVER_BY = 0.4;
const DRAIN_DEADLINE = 0.5;
const RELEASE_DEADLINE = 0.8;
const END_DEADLINE = 0.95;

/**
 * The collector: receivers and exporters of a configuration, joined by pipelines, and the extensions beside them. Every
 * exporter goes at its own pace; a slow or dead one does not delay the others.
 */
export class Collector implements CollectorView {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #extensions: ReadonlyMap<string, Extension>;
  readonly #receivers: readonly RunningReceiver[];
  readonly #exporters: readonly RunningExporter[];
  readonly #handover: Handover;
  readonly #stopping = new AbortController();
  /** Milliseconds of real time. */
  readonly #shutdownTimeout: number;
  #reporting: Promise<unknown> = Promise.resolve();
  #starting: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #isReady = false;
  #instanceId: string | undefined;

  private constructor(
    config: CollectorConfig,
    { extensions, receivers, exporters }: Components,
    handover: Handover,
    options: CollectorOptions,
  ) {
    this.#shutdownTimeout = milliseconds(config.service.shutdown_timeout);
    this.#handover = handover;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#extensions = extensions;
    this.#receivers = receivers;
    this.#exporters = exporters;
  }

  /**
   * Makes every component. Starts the simulators that the configuration names, and nothing else.
   * @throws {ConfigurationError} for what only shows when a component is made, such as a file that is not there
   */
  static async create(config: CollectorConfig, options: CollectorOptions = {}): Promise<Collector> {
    const handover = options.handover ?? emptyHandover();
    return new Collector(config, await createComponents(config, handover, options), handover, options);
  }

  get receivers(): ReadonlyMap<string, PowerVmReceiver> {
    return new Map(this.#receivers.map(({ id, receiver }) => [id, receiver]));
  }

  /**
   * Resolves when every console was tried once; what is down is tried again.
   * @throws {PowerVmError} of an extension or exporter that cannot work at all
   */
  async start(): Promise<void> {
    this.#starting = this.#startComponents();
    await this.#starting;
  }

  /** Writes down for the next collector of this process which consoles are not to be asked again. */
  handOver(): void {
    for (const { receiver, consoles } of this.#receivers) {
      const refused = receiver.refusedConsoles();
      for (const [endpoint, fingerprint] of consoles) {
        if (refused.includes(endpoint)) this.#handover.refusedConsoles.add(fingerprint);
      }
    }
  }

  /**
   * Ends polling, logs off every console, and delivers what is left as far as exporters take it in time. What remains
   * is logged, and is fetched again after the next start. Resolves within `service.shutdown_timeout`, whatever hangs.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    const within = deadlines(this.#shutdownTimeout, (work) => this.#logger.warn({}, `${work} did not end in time`));
    // First of all: others continue where this one ends, and what is delivered by then they need not fetch again.
    await within(
      HANDED_OVER_BY,
      'handing over to the rest of the fleet',
      this.#receivers.flatMap(({ fleet }) => fleet?.handOver() ?? []),
    );
    const receiversEnded = within(
      RELEASE_DEADLINE,
      'the logoff of the consoles',
      this.#receivers.map(({ receiver }) => receiver.stop()),
    );
    await this.#reporting;
    for (const running of this.#receivers) this.#sendSelfMetrics(running);
    // What cannot be delivered any more is logged for each exporter below.
    await within(
      DRAIN_DEADLINE,
      undefined,
      this.#exporters.map(({ worker }) => worker.drain()),
    );
    await within(
      RELEASE_DEADLINE,
      undefined,
      this.#exporters.map(({ id, exporter }) => this.#shutDown(id, exporter)),
    );
    await receiversEnded;
    for (const exporter of this.#exporters) this.#settle(exporter);
    for (const [id, extension] of [...this.#extensions].reverse()) {
      await within(END_DEADLINE, `the extension ${id}`, [this.#shutDown(id, extension)]);
    }
    const simulators = this.#receivers.flatMap((running) => running.simulators.map((simulator) => simulator.stop()));
    await within(1, 'the simulator', simulators);
    await within(1, 'the start', [this.#starting.catch(() => undefined)]);
  }

  /** What the receivers, their pipelines and the process count about themselves, by id of the receiver. */
  statistics(): ReadonlyMap<string, SelfStatistics> {
    return new Map(this.#receivers.map((running) => [running.id, this.#statisticsOf(running)]));
  }

  get pages(): readonly ServedPage[] {
    const parts = [...this.#extensions.values(), ...this.#exporters.map(({ exporter }) => exporter)];
    return parts.flatMap(({ page }) => page ?? []);
  }

  /** Whether every console was tried once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Starting may take time; after a stop no more components are started. */
  async #startComponents(): Promise<void> {
    const { signal } = this.#stopping;
    for (const extension of this.#extensions.values()) {
      if (!signal.aborted) await extension.start(this);
    }
    for (const { exporter } of this.#exporters) {
      if (!signal.aborted) await exporter.start?.(this);
    }
    if (signal.aborted) return;
    for (const running of this.#receivers) this.#subscribe(running);
    for (const { worker } of this.#exporters) worker.start();
    this.#reporting = Promise.all(this.#receivers.map((running) => this.#report(running)));
    await Promise.all(this.#receivers.map(({ receiver }) => receiver.start()));
    if (!signal.aborted) for (const { fleet } of this.#receivers) fleet?.begin();
    this.#isReady = !signal.aborted;
  }

  async #shutDown(id: string, component: BatchExporter | Extension): Promise<void> {
    await component.shutdown().catch((error) => {
      this.#logger.warn({ component: id, reason: describeError(error) }, 'did not end in order');
    });
  }

  /** Hands every sample of a receiver to its exporters, each from where it stood. */
  #subscribe({ id, receiver, batches, fleet }: RunningReceiver): void {
    for (const exporter of this.#exporters) {
      if (!exporter.receivers.includes(id)) continue;
      const reader = exporter.worker.readerFor({ receiverId: id, batchOf: (activity) => batches.batchOf(activity) });
      const cursor = storedCursor(fleet ?? exporter.storage, id, exporter.id, this.#logger);
      exporter.subscriptions.push(receiver.subscribe(exporter.id, reader, cursor));
    }
    receiver.onActivity(() => batches.forget());
  }

  /** Sends the receiver's own metrics now and then. */
  async #report(running: RunningReceiver): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#sendSelfMetrics(running);
      await this.#clock.sleep(running.interval, signal).catch(() => undefined);
    }
  }

  #sendSelfMetrics(running: RunningReceiver): void {
    const { id, batches } = running;
    const statistics = this.#statisticsOf(running);
    this.#instanceId ??= instanceId(this.#exporters.map(({ storage }) => storage));
    const resource = {
      'service.name': 'otel-powervm',
      'service.version': version,
      'service.instance.id': this.#instanceId,
      'otelcol.component.id': id,
      'otelcol.component.kind': 'receiver',
    };
    for (const { worker, receivers } of this.#exporters) {
      if (!receivers.includes(id)) continue;
      const reportedStatistics = statisticsToReport(statistics, id, receivers, this.#exporters);
      worker.sendSelfMetrics(id, batchOf(selfMetricsOf(reportedStatistics, batches.view, resource)));
    }
  }

  #settle({ id, worker, storage }: RunningExporter): void {
    worker.settle();
    const { undelivered } = worker;
    if (undelivered === 0) return;
    const fate = storage.isLasting
      ? 'they come again with the next start'
      : 'they are lost: no storage keeps the cursor';
    this.#logger.warn({ exporter: id, samples: undelivered }, `samples were not delivered; ${fate}`);
  }

  #statisticsOf({ id, receiver, batches }: RunningReceiver): SelfStatistics {
    return {
      receiver: receiver.statistics(),
      points: batches.statistics,
      exporters: this.#exporters
        .filter(({ receivers }) => receivers.includes(id))
        .map(({ worker, exporter }) => ({ ...worker.statisticsFor(id), ...exporter.unsent })),
      clouds: [...this.#extensions].flatMap(([name, { cloudDirectory }]) =>
        cloudDirectory ? [{ name, ...cloudDirectory }] : [],
      ),
      fleets: [...this.#extensions].flatMap(([name, { fleet }]) => (fleet ? [{ name, ...fleet }] : [])),
      extensions: [...this.#extensions].map(([name, { condition }]) => ({ name, condition })),
      process: processStatistics(),
    };
  }
}

/**
 * Waits for the parts of a shutdown within one common timeout. Sockets live in real time, and so does this timeout.
 * @param timeout milliseconds for everything
 * @param onLate called with the work that was not done in its share of the time
 */
function deadlines(timeout: number, onLate: (work: string) => void) {
  const begin = performance.now();
  return async (share: number, work: string | undefined, promises: readonly Promise<unknown>[]): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), Math.max(0, begin + share * timeout - performance.now()));
    });
    const outcome = await Promise.race([Promise.allSettled(promises), expired]);
    clearTimeout(timer);
    if (outcome === 'late' && work !== undefined) onLate(work);
  };
}
