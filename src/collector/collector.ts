import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../base/clock.ts';
import { describeError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { type MetricView, metricView, type SelfStatistics, selfMetricsOf } from '../metrics/index.ts';
import { instanceAttributes } from '../openstack/index.ts';
import { PowerVmReceiver } from '../receiver/index.ts';
import type { PowerVmSimulator } from '../simulator/index.ts';
import { attributesFromNames } from './attributes-from-names.ts';
import type { BatchExporter } from './components/exporter-component.ts';
import type { CollectorView, Extension } from './components/extension-component.ts';
import { openStackExtension } from './components/openstack.ts';
import { componentType, exporterComponents, extensionComponents } from './components/registry.ts';
import type { CollectorConfig } from './config/load-config.ts';
import type { ReceiverConfig } from './config/receiver-schema.ts';
import { milliseconds } from './config/values.ts';
import { openConsole } from './console-options.ts';
import { ExportWorker } from './export-worker.ts';
import { partitionPredicate, systemPredicate } from './filters.ts';
import { processStatistics } from './process-statistics.ts';
import { seriesWarning } from './series-warning.ts';

/** Half an hour at one sample in thirty seconds, which is what PCM itself keeps. */
const HISTORY_LIMIT = 60;
/** How long exporters may take to let go of their last batch. */
const GRACE = 10_000;

export interface CollectorOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Standard output, for the debug exporter. */
  readonly print?: (text: string) => void;
}

interface RunningReceiver {
  readonly id: string;
  readonly receiver: PowerVmReceiver;
  readonly view: MetricView;
  readonly interval: number;
  readonly simulators: readonly PowerVmSimulator[];
  /** Points that were handed to its pipelines. */
  points: number;
}

/** What a configuration names, made and not started. Extensions stand in the order in which they start. */
interface Components {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly receivers: readonly RunningReceiver[];
  readonly exporters: ReadonlyMap<string, BatchExporter>;
}

/**
 * The collector: receivers and exporters of a configuration, joined by pipelines, and the extensions beside them. Every
 * exporter goes at its own pace; one that is slow or dead stops nobody.
 */
export class Collector implements CollectorView {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #extensions: ReadonlyMap<string, Extension>;
  readonly #receivers: readonly RunningReceiver[];
  readonly #exporters: ReadonlyMap<string, BatchExporter>;
  readonly #workers: ReadonlyMap<RunningReceiver, readonly ExportWorker[]>;
  readonly #stopping = new AbortController();
  #working: Promise<unknown> = Promise.resolve();

  private constructor(
    { extensions, receivers, exporters }: Components,
    config: CollectorConfig,
    options: CollectorOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#extensions = extensions;
    this.#receivers = receivers;
    this.#exporters = exporters;
    this.#workers = new Map(receivers.map((running) => [running, this.#createWorkers(running, config)]));
  }

  /**
   * Makes every component. Starts the simulators that the configuration names, and nothing else.
   * @throws {ConfigurationError} for what only shows when a component is made, such as a file that is not there
   */
  static async create(config: CollectorConfig, options: CollectorOptions = {}): Promise<Collector> {
    const extensions = new Map(
      config.service.extensions.map((id) => [id, createExtension(id, config.extensions[id], options)]),
    );
    const used = Object.values(config.service.pipelines);
    const receivers: RunningReceiver[] = [];
    for (const [id, receiver] of Object.entries(config.receivers)) {
      const isUsed = used.some(({ receivers: ids }) => ids.includes(id));
      if (isUsed) receivers.push(await createReceiver(id, receiver, extensions, options));
    }
    const exporters = new Map(
      Object.entries(config.exporters)
        .filter(([id]) => used.some(({ exporters: ids }) => ids.includes(id)))
        .map(([id, exporter]) => [id, createExporter(id, exporter, extensions, options)]),
    );
    return new Collector({ extensions, receivers, exporters }, config, options);
  }

  get receivers(): ReadonlyMap<string, PowerVmReceiver> {
    return new Map(this.#receivers.map(({ id, receiver }) => [id, receiver]));
  }

  /**
   * Resolves when every console was tried once; what is down is tried again.
   * @throws {PowerVmError} of an extension or exporter that cannot work at all
   */
  async start(): Promise<void> {
    for (const extension of this.#extensions.values()) await extension.start(this);
    for (const exporter of this.#exporters.values()) await exporter.start?.();
    const workers = [...this.#workers.values()].flat();
    this.#working = Promise.all(workers.map((worker) => worker.run(this.#stopping.signal)));
    await Promise.all(this.#receivers.map(({ receiver }) => receiver.start()));
  }

  /** Ends polling, logs off every console, and delivers what is left as far as exporters take it at once. */
  async stop(): Promise<void> {
    await Promise.all(this.#receivers.map(({ receiver }) => receiver.stop()));
    this.#stopping.abort();
    await this.#withinGrace(this.#working, 'the last samples were not delivered in time');
    await Promise.all([...this.#exporters].map(([id, exporter]) => this.#shutDown(id, exporter)));
    for (const [id, extension] of [...this.#extensions].reverse()) await this.#shutDown(id, extension);
    await Promise.all(this.#receivers.flatMap(({ simulators }) => simulators.map((simulator) => simulator.stop())));
  }

  /** What the receivers, their pipelines and the process count about themselves, one entry for each receiver. */
  statistics(): readonly SelfStatistics[] {
    return this.#receivers.map((running) => this.#statisticsOf(running));
  }

  async #shutDown(id: string, component: BatchExporter | Extension): Promise<void> {
    await component.shutdown().catch((error) => {
      this.#logger.warn({ component: id, reason: describeError(error) }, 'did not end in order');
    });
  }

  async #withinGrace(work: Promise<unknown>, complaint: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), GRACE);
    });
    if ((await Promise.race([work, grace])) === 'late') this.#logger.warn({}, complaint);
    clearTimeout(timer);
  }

  #createWorkers(running: RunningReceiver, config: CollectorConfig): readonly ExportWorker[] {
    return Object.entries(config.service.pipelines)
      .filter(([, { receivers }]) => receivers.includes(running.id))
      .flatMap(([pipeline, { exporters }]) =>
        exporters.flatMap((exporterId) => {
          const exporter = this.#exporters.get(exporterId);
          return exporter ? [this.#createWorker(running, pipeline, exporterId, exporter)] : [];
        }),
      );
  }

  #createWorker(running: RunningReceiver, pipeline: string, exporterId: string, exporter: BatchExporter): ExportWorker {
    return new ExportWorker({
      exporterId,
      pipeline,
      exporter,
      receiver: running.receiver,
      view: running.view,
      queueCapacity: HISTORY_LIMIT,
      selfMetricsInterval: running.interval,
      selfMetrics: () => this.#selfMetrics(running),
      onBatch: (points) => {
        running.points += points;
      },
      clock: this.#clock,
      logger: this.#logger,
    });
  }

  #selfMetrics(running: RunningReceiver): readonly ResourceMetrics[] {
    return selfMetricsOf(this.#statisticsOf(running), running.view, {
      'service.name': 'otel-powervm',
      'otelcol.component.id': running.id,
      'otelcol.component.kind': 'receiver',
    });
  }

  #statisticsOf(running: RunningReceiver): SelfStatistics {
    const { budget } = running.view;
    return {
      receiver: running.receiver.statistics(),
      points: {
        scrapedPoints: running.points,
        acceptedPoints: running.points,
        ...(budget ? { erroredPoints: budget.droppedPoints } : {}),
      },
      exporters: (this.#workers.get(running) ?? []).map((worker) => worker.statistics),
      process: processStatistics(),
    };
  }
}

async function createReceiver(
  id: string,
  config: ReceiverConfig,
  extensions: ReadonlyMap<string, Extension>,
  { clock, logger }: CollectorOptions,
): Promise<RunningReceiver> {
  const consoles = await Promise.all(config.consoles.map(openConsole));
  const interval = milliseconds(config.collection_interval);
  const receiver = new PowerVmReceiver({
    consoles: consoles.map(({ options }) => options),
    collectionInterval: interval,
    systems: systemPredicate(config.systems),
    partitions: partitionPredicate(config.partitions),
    pcm: config.pcm,
    historyLimit: HISTORY_LIMIT,
    ...(clock ? { clock } : {}),
    ...(logger ? { logger } : {}),
  });
  const view = metricView({
    metrics: config.metrics,
    attributes: config.attributes,
    attributesFromNames: attributesFromNames(config.attributes_from),
    maxSeries: config.max_series,
    onSeriesShortage: seriesWarning(id, logger ?? silentLogger),
    adapterAttributes: config.adapter_attributes,
    trunkAdapters: config.trunk_adapters,
    ...partitionAttributes(config, extensions),
  });
  const simulators = consoles.flatMap(({ simulator }) => simulator ?? []);
  return { id, receiver, view, interval, simulators, points: 0 };
}

/** Partitions that are instances of a cloud are told of under their names there as well. */
function partitionAttributes({ openstack }: ReceiverConfig, extensions: ReadonlyMap<string, Extension>) {
  const instances = openStackExtension(extensions, openstack)?.instances;
  return instances ? { partitionAttributes: instanceAttributes(instances) } : {};
}

function createExporter(
  id: string,
  config: unknown,
  extensions: ReadonlyMap<string, Extension>,
  { clock, logger, print }: CollectorOptions,
): BatchExporter {
  const component = exporterComponents[componentType(id)];
  // The configuration was checked against the same registry.
  if (!component) throw new Error(`there is no exporter ${id}`);
  return component.create(config, {
    id,
    clock: clock ?? systemClock,
    logger: logger ?? silentLogger,
    print: print ?? (() => undefined),
    extensions,
  });
}

function createExtension(id: string, config: unknown, { clock, logger }: CollectorOptions): Extension {
  const component = extensionComponents[componentType(id)];
  if (!component) throw new Error(`there is no extension ${id}`);
  return component.create(config, { id, clock: clock ?? systemClock, logger: logger ?? silentLogger });
}
