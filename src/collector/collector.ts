import path from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { ConfigurationError, describeError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { type SelfStatistics, selfMetricsOf } from '../metrics/index.ts';
import { instanceAttributes } from '../openstack/index.ts';
import { PowerVmReceiver, type Subscription } from '../receiver/index.ts';
import { FileSessionMemory, type SessionMemory } from '../rest/index.ts';
import type { PowerVmSimulator } from '../simulator/index.ts';
import { attributesFromNames } from './attributes-from-names.ts';
import { type Carried, carryNothing } from './carried.ts';
import { deliverySchema } from './components/delivery-options.ts';
import type { BatchExporter } from './components/exporter-component.ts';
import type { CollectorView, Extension } from './components/extension-component.ts';
import { openStackExtension } from './components/openstack.ts';
import { componentType, exporterComponents, extensionComponents } from './components/registry.ts';
import { consoleFingerprint } from './config/fingerprint.ts';
import type { CollectorConfig } from './config/load-config.ts';
import type { ConsoleConfig, ReceiverConfig } from './config/receiver-schema.ts';
import { milliseconds } from './config/values.ts';
import { openConsole } from './console-options.ts';
import { batchOf } from './delivery/batch.ts';
import { BatchFactory } from './delivery/batch-factory.ts';
import { keptCursor } from './delivery/cursor-book.ts';
import { ExportWorker } from './delivery/export-worker.ts';
import { partitionPredicate, systemPredicate } from './filters.ts';
import { processStatistics } from './process-statistics.ts';
import { seriesWarning } from './series-warning.ts';
import type { Storage } from './storage/storage.ts';

/** How long exporters may take to let go of what waits, and once more of what they hold. */
const GRACE = 10_000;

export interface CollectorOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Standard output, for the debug exporter. */
  readonly print?: (text: string) => void;
  /** From the collector before in the same process. */
  readonly carried?: Carried;
}

interface RunningReceiver {
  readonly id: string;
  readonly receiver: PowerVmReceiver;
  readonly batches: BatchFactory;
  readonly interval: number;
  readonly simulators: readonly PowerVmSimulator[];
  /** Fingerprints of its consoles, by endpoint. */
  readonly consoles: ReadonlyMap<string, string>;
}

interface RunningExporter {
  readonly id: string;
  readonly exporter: BatchExporter;
  readonly worker: ExportWorker;
  readonly storage: Storage;
  /** Ids of the receivers that it delivers for. */
  readonly receivers: readonly string[];
  readonly subscriptions: Subscription[];
}

/** What a configuration names, made and not started. Extensions stand in the order in which they start. */
interface Components {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly receivers: readonly RunningReceiver[];
  readonly exporters: readonly RunningExporter[];
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
  readonly #exporters: readonly RunningExporter[];
  readonly #carried: Carried;
  readonly #stopping = new AbortController();
  #reporting: Promise<unknown> = Promise.resolve();

  private constructor({ extensions, receivers, exporters }: Components, carried: Carried, options: CollectorOptions) {
    this.#carried = carried;
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
    const extensions = new Map(
      config.service.extensions.map((id) => [id, createExtension(id, config.extensions[id], options)]),
    );
    const carried = options.carried ?? carryNothing();
    const used = Object.values(config.service.pipelines);
    const receivers: RunningReceiver[] = [];
    for (const [id, receiver] of Object.entries(config.receivers)) {
      const isUsed = used.some(({ receivers: ids }) => ids.includes(id));
      if (isUsed) receivers.push(await createReceiver(id, receiver, { extensions, carried, options }));
    }
    const exporters = Object.entries(config.exporters)
      .map(([id, exporter]) => {
        const pipelines = used.filter(({ exporters: ids }) => ids.includes(id));
        const sources = new Set(pipelines.flatMap(({ receivers: ids }) => ids));
        return { id, exporter, sources: [...sources] };
      })
      .filter(({ sources }) => sources.length > 0)
      .map(({ id, exporter, sources }) => createExporter(id, exporter, sources, { extensions, carried, options }));
    return new Collector({ extensions, receivers, exporters }, carried, options);
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
    for (const { exporter } of this.#exporters) await exporter.start?.();
    for (const running of this.#receivers) this.#subscribe(running);
    for (const { worker } of this.#exporters) worker.start();
    this.#reporting = Promise.all(this.#receivers.map((running) => this.#report(running)));
    await Promise.all(this.#receivers.map(({ receiver }) => receiver.start()));
  }

  /** Writes down for the next collector of this process which consoles are not to be asked again. */
  handOver(): void {
    for (const { receiver, consoles } of this.#receivers) {
      const refused = receiver.refusedConsoles();
      for (const [endpoint, fingerprint] of consoles) {
        if (refused.includes(endpoint)) this.#carried.refusedConsoles.add(fingerprint);
      }
    }
  }

  /**
   * Ends polling, logs off every console, and delivers what is left as far as exporters take it in time. What stays is
   * told, and comes again with the next start.
   */
  async stop(): Promise<void> {
    await Promise.all(this.#receivers.map(({ receiver }) => receiver.stop()));
    this.#stopping.abort();
    await this.#reporting;
    for (const running of this.#receivers) this.#sendSelfMetrics(running);
    await withinGrace(Promise.all(this.#exporters.map(({ worker }) => worker.drain())));
    await withinGrace(Promise.all(this.#exporters.map(({ id, exporter }) => this.#shutDown(id, exporter))));
    for (const exporter of this.#exporters) this.#settle(exporter);
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

  /** Hands every sample of a receiver to its exporters, each from where it stood. */
  #subscribe({ id, receiver, batches }: RunningReceiver): void {
    for (const exporter of this.#exporters) {
      if (!exporter.receivers.includes(id)) continue;
      const reader = exporter.worker.readerFor({ receiverId: id, batchOf: (activity) => batches.batchOf(activity) });
      const cursor = keptCursor(exporter.storage, id, exporter.id, this.#logger);
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

  #sendSelfMetrics({ id, batches, ...running }: RunningReceiver): void {
    const statistics = this.#statisticsOf({ id, batches, ...running });
    const batch = batchOf(
      selfMetricsOf(statistics, batches.view, {
        'service.name': 'otel-powervm',
        'otelcol.component.id': id,
        'otelcol.component.kind': 'receiver',
      }),
    );
    for (const { worker, receivers } of this.#exporters) if (receivers.includes(id)) worker.sendSelfMetrics(id, batch);
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
        .map(({ worker }) => worker.statisticsFor(id)),
      process: processStatistics(),
    };
  }
}

/** Sockets live in real time, and so does the patience with them. */
async function withinGrace(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise((resolve) => {
    timer = setTimeout(resolve, GRACE);
  });
  await Promise.race([work, grace]);
  clearTimeout(timer);
}

interface Surroundings {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly carried: Carried;
  readonly options: CollectorOptions;
}

async function createReceiver(
  id: string,
  config: ReceiverConfig,
  { extensions, carried, options: { clock, logger = silentLogger } }: Surroundings,
): Promise<RunningReceiver> {
  const isRefused = (console: ConsoleConfig) => carried.refusedConsoles.has(consoleFingerprint(console));
  for (const { endpoint } of config.consoles.filter(isRefused)) {
    logger.error({ console: endpoint }, 'the console refused this logon before; it is not asked until that changes');
  }
  const asked = config.consoles.filter((console) => !isRefused(console));
  const sessionMemory = sessionMemoryIn(extensions);
  const consoles = await Promise.all(asked.map((console) => openConsole(console, sessionMemory)));
  const interval = milliseconds(config.collection_interval);
  const receiver = new PowerVmReceiver({
    consoles: consoles.map(({ options }) => options),
    collectionInterval: interval,
    systems: systemPredicate(config.systems),
    partitions: partitionPredicate(config.partitions),
    pcm: config.pcm,
    logger,
    ...(clock ? { clock } : {}),
  });
  const batches = new BatchFactory(
    {
      metrics: config.metrics,
      attributes: config.attributes,
      attributesFromNames: attributesFromNames(config.attributes_from),
      maxSeries: config.max_series,
      onSeriesShortage: seriesWarning(id, logger),
      adapterAttributes: config.adapter_attributes,
      trunkAdapters: config.trunk_adapters,
      ...partitionAttributes(config, extensions),
    },
    logger,
  );
  const simulators = consoles.flatMap(({ simulator }) => simulator ?? []);
  const fingerprints = new Map(
    asked.map((console, index) => [consoles[index]?.options.endpoint ?? '', consoleFingerprint(console)]),
  );
  return { id, receiver, batches, interval, simulators, consoles: fingerprints };
}

/** Where sessions are remembered, so that the next run ends what a crash leaves open: with the cursors. */
function sessionMemoryIn(extensions: ReadonlyMap<string, Extension>): SessionMemory | undefined {
  for (const extension of extensions.values()) {
    if (isStorage(extension) && extension.directory !== undefined) {
      return new FileSessionMemory(path.join(extension.directory, 'sessions'));
    }
  }
  return undefined;
}

/** Partitions that are instances of a cloud are told of under their names there as well. */
function partitionAttributes({ openstack }: ReceiverConfig, extensions: ReadonlyMap<string, Extension>) {
  const instances = openStackExtension(extensions, openstack)?.instances;
  return instances ? { partitionAttributes: instanceAttributes(instances) } : {};
}

function createExporter(
  id: string,
  config: unknown,
  receivers: readonly string[],
  { extensions, carried, options }: Surroundings,
): RunningExporter {
  const component = exporterComponents[componentType(id)];
  // The configuration was checked against the same registry.
  if (!component) throw new Error(`there is no exporter ${id}`);
  const { logger = silentLogger, print = () => undefined, clock = systemClock } = options;
  const exporter = component.create(config, { id, clock, logger, print, extensions });
  const { sending_queue: queue, retry_on_failure: retry } = deliverySchema.parse(config);
  const subscriptions: Subscription[] = [];
  const worker = new ExportWorker({
    exporterId: id,
    exporter,
    limits: { batches: queue.queue_size, points: queue.max_points, bytes: queue.max_bytes },
    consumers: queue.num_consumers,
    retry: {
      enabled: retry.enabled,
      initialInterval: milliseconds(retry.initial_interval),
      randomizationFactor: retry.randomization_factor,
      multiplier: retry.multiplier,
      maxInterval: milliseconds(retry.max_interval),
      maxElapsedTime: milliseconds(retry.max_elapsed_time),
    },
    onRoom: () => {
      for (const subscription of subscriptions) subscription.notifyRoom();
    },
    clock,
    logger,
  });
  const storage = storageOf(id, queue.storage, extensions) ?? carried.memory;
  return { id, exporter, worker, storage, receivers, subscriptions };
}

/** The storage that an exporter names; without a name the only one there is. */
function storageOf(
  exporterId: string,
  name: string | undefined,
  extensions: ReadonlyMap<string, Extension>,
): Storage | undefined {
  const storages = [...extensions].flatMap(([id, extension]) =>
    isStorage(extension) ? [[id, extension] as const] : [],
  );
  if (name === undefined && storages.length < 2) return storages[0]?.[1];
  const [, named] = storages.find(([id]) => id === name) ?? [];
  if (named) return named;
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    `exporters.${exporterId}.sending_queue.storage must name one of service.extensions that stores: ${storages.map(([id]) => id).join(', ') || 'there is none'}`,
  );
}

function isStorage(extension: Extension): extension is Extension & Storage {
  return 'entries' in extension && 'set' in extension && 'isLasting' in extension;
}

function createExtension(id: string, config: unknown, { clock, logger }: CollectorOptions): Extension {
  const component = extensionComponents[componentType(id)];
  if (!component) throw new Error(`there is no extension ${id}`);
  return component.create(config, { id, clock: clock ?? systemClock, logger: logger ?? silentLogger });
}
