import { type Clock, systemClock } from '../base/clock.ts';
import { ConfigurationError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { instanceAttributes } from '../openstack/index.ts';
import { PowerVmReceiver, type StartTimeStorage, type Subscription } from '../receiver/index.ts';
import type { PowerVmSimulator } from '../simulator/index.ts';
import { attributesFromNames } from './attributes-from-names.ts';
import type { Carried } from './carried.ts';
import { deliverySchema, retryPolicyOf } from './components/delivery-options.ts';
import type { BatchExporter, ExporterContext } from './components/exporter-component.ts';
import type { Extension } from './components/extension-component.ts';
import { openStackExtension } from './components/openstack.ts';
import { componentType, exporterComponents, extensionComponents } from './components/registry.ts';
import { consoleFingerprint } from './config/fingerprint.ts';
import type { CollectorConfig } from './config/load-config.ts';
import type { ConsoleConfig, ReceiverConfig } from './config/receiver-schema.ts';
import { milliseconds } from './config/values.ts';
import { openConsole } from './console-options.ts';
import { BatchFactory } from './delivery/batch-factory.ts';
import { ExportWorker } from './delivery/export-worker.ts';
import { keptStartTimes } from './delivery/kept-start-times.ts';
import { partitionPredicate, systemPredicate } from './filters.ts';
import { seriesWarning } from './series-warning.ts';
import { SessionMemories } from './session-memories.ts';
import { consolesOfShard } from './sharding.ts';
import type { Storage } from './storage/storage.ts';

export interface CollectorOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Standard output, for the debug exporter. */
  readonly print?: (text: string) => void;
  /** From the collector before in the same process. */
  readonly carried?: Carried;
}

export interface RunningReceiver {
  readonly id: string;
  readonly receiver: PowerVmReceiver;
  readonly batches: BatchFactory;
  readonly interval: number;
  readonly simulators: readonly PowerVmSimulator[];
  /** Fingerprints of its consoles, by endpoint. */
  readonly consoles: ReadonlyMap<string, string>;
}

export interface RunningExporter {
  readonly id: string;
  readonly exporter: BatchExporter;
  readonly worker: ExportWorker;
  readonly storage: Storage;
  /** Ids of the receivers that it delivers for. */
  readonly receivers: readonly string[];
  readonly subscriptions: Subscription[];
}

/** What a configuration names, made and not started. Extensions stand in the order in which they start. */
export interface Components {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly receivers: readonly RunningReceiver[];
  readonly exporters: readonly RunningExporter[];
}

/**
 * Makes everything that a configuration names and uses. Starts the simulators that it names, and nothing else.
 * @throws {ConfigurationError} for what only shows when a component is made, such as a file that is not there
 */
export async function createComponents(
  config: CollectorConfig,
  carried: Carried,
  options: CollectorOptions,
): Promise<Components> {
  const extensions = createExtensions(config, options);
  const used = Object.values(config.service.pipelines);
  const receivers: RunningReceiver[] = [];
  const memories = new SessionMemories(storageDirectory(extensions), options.logger ?? silentLogger);
  const surroundings = { extensions, carried, options };
  for (const [id, receiver] of Object.entries(config.receivers)) {
    const fed = used.filter(({ receivers: ids }) => ids.includes(id)).flatMap(({ exporters: ids }) => ids);
    if (fed.length === 0) continue;
    // Beside the cursors of all who read along.
    const storages = new Set(
      fed.map((exporterId) => storageFor(exporterId, config.exporters[exporterId], surroundings)),
    );
    const startTimes = keptStartTimes([...storages], id);
    receivers.push(await createReceiver(id, receiver, { memories, startTimes }, surroundings));
  }
  const exporters = Object.entries(config.exporters)
    .map(([id, exporter]) => {
      const pipelines = used.filter(({ exporters: ids }) => ids.includes(id));
      const sources = new Set(pipelines.flatMap(({ receivers: ids }) => ids));
      return { id, exporter, sources: [...sources] };
    })
    .filter(({ sources }) => sources.length > 0)
    .map(({ id, exporter, sources }) => {
      const read = receivers.filter((receiver) => sources.includes(receiver.id));
      // Four intervals of the slowest: what it brings must not vanish in between.
      const staleAfter = Math.max(...read.map(({ receiver }) => receiver.staleAfter));
      return createExporter(id, exporter, { sources, staleAfter }, surroundings);
    });
  return { extensions, receivers, exporters };
}

/** The extensions that are in use, by id and in the order in which they start. */
export function createExtensions(config: CollectorConfig, options: CollectorOptions): ReadonlyMap<string, Extension> {
  return new Map(config.service.extensions.map((id) => [id, createExtension(id, config.extensions[id], options)]));
}

/** An exporter without a pipeline before it. */
export function createBatchExporter(config: unknown, context: ExporterContext): BatchExporter {
  const component = exporterComponents[componentType(context.id)];
  // The configuration was checked against the same registry.
  if (!component) throw new Error(`there is no exporter ${context.id}`);
  return component.create(config, context);
}

interface Surroundings {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly carried: Carried;
  readonly options: CollectorOptions;
}

async function createReceiver(
  id: string,
  config: ReceiverConfig,
  { memories, startTimes }: { readonly memories: SessionMemories; readonly startTimes: StartTimeStorage },
  { extensions, carried, options: { clock, logger = silentLogger } }: Surroundings,
): Promise<RunningReceiver> {
  const isRefused = (console: ConsoleConfig) => carried.refusedConsoles.has(consoleFingerprint(console));
  const configured = consolesOfShard(id, config);
  const consoles = await Promise.all(
    configured.map((console) => openConsole(console, memories.memoryFor(console, id))),
  );
  const interval = milliseconds(config.collection_interval);
  const receiver = new PowerVmReceiver({
    consoles: consoles.map(({ options }, index) => {
      const console = configured[index];
      return console && isRefused(console) ? { ...options, wasRefused: true } : options;
    }),
    collectionInterval: interval,
    systems: systemPredicate(config.systems),
    partitions: partitionPredicate(config.partitions),
    pcm: config.pcm,
    startTimes,
    logger,
    ...(clock ? { clock } : {}),
  });
  const batches = new BatchFactory(
    {
      metrics: config.metrics,
      attributes: config.attributes,
      attributesFromNames: attributesFromNames(config.attributes_from),
      resourceAttributes: config.resource_attributes,
      serviceAttributes: config.service_attributes,
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
    configured.map((console, index) => [consoles[index]?.options.endpoint ?? '', consoleFingerprint(console)]),
  );
  return { id, receiver, batches, interval, simulators, consoles: fingerprints };
}

/** Undefined when nothing is kept on disk. */
function storageDirectory(extensions: ReadonlyMap<string, Extension>): string | undefined {
  for (const extension of extensions.values()) {
    if (isStorage(extension) && extension.directory !== undefined) return extension.directory;
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
  { sources: receivers, staleAfter }: { readonly sources: readonly string[]; readonly staleAfter: number },
  { extensions, carried, options }: Surroundings,
): RunningExporter {
  const { logger = silentLogger, print = () => undefined, clock = systemClock } = options;
  const storage = storageFor(id, config, { extensions, carried, options });
  const exporter = createBatchExporter(config, { id, clock, logger, print, extensions, storage, staleAfter });
  const { sending_queue: queue } = deliverySchema.parse(config);
  const subscriptions: Subscription[] = [];
  const worker = new ExportWorker({
    exporterId: id,
    exporter,
    limits: { batches: queue.queue_size, points: queue.max_points, bytes: queue.max_bytes },
    consumers: queue.num_consumers,
    retry: retryPolicyOf(config),
    onRoom: () => {
      for (const subscription of subscriptions) subscription.notifyRoom();
    },
    clock,
    logger,
  });
  return { id, exporter, worker, storage, receivers, subscriptions };
}

/** Where an exporter keeps what must outlive it; without an extension for it, as long as the process lives. */
function storageFor(exporterId: string, config: unknown, { extensions, carried }: Surroundings): Storage {
  const { sending_queue: queue } = deliverySchema.parse(config);
  return storageOf(exporterId, queue.storage, extensions) ?? carried.memory;
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
