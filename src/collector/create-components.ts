import { type Clock, systemClock } from '../base/clock/clock.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { instanceAttributes } from '../openstack/index.ts';
import { PowerVmReceiver, type StartTimeStorage, type Subscription } from '../receiver/index.ts';
import type { PowerVmSimulator } from '../simulator/index.ts';
import { attributesFromNames } from './attributes-from-names.ts';
import { deliverySchema, queueLimitsOf, retryPolicyOf } from './components/exporters/delivery-options.ts';
import type { BatchExporter, ExporterContext } from './components/exporters/exporter-component.ts';
import type { Extension } from './components/extensions/extension-component.ts';
import { openStackExtension } from './components/extensions/openstack.ts';
import { componentType, exporterComponents, extensionComponents } from './components/registry.ts';
import { consoleFingerprint } from './config/fingerprint.ts';
import type { CollectorConfig } from './config/load-config.ts';
import { ProblemList } from './config/problems/problem-list.ts';
import type { ConsoleConfig, ReceiverConfig } from './config/schema/receiver-schema.ts';
import { milliseconds } from './config/schema/values.ts';
import { type OpenedConsole, openConsole, startNoSimulator } from './console-options.ts';
import { BatchFactory } from './delivery/batch-factory.ts';
import { ExportWorker } from './delivery/export-worker.ts';
import { storedStartTimes } from './delivery/stored-start-times.ts';
import { partitionPredicate, systemPredicate } from './filters.ts';
import type { FleetReceiver } from './fleet/fleet-receiver.ts';
import { openFleetReceiver } from './fleet/open-fleet-receiver.ts';
import { emptyHandover, type Handover } from './handover.ts';
import { seriesWarning } from './series-warning.ts';
import { SessionStores } from './session-stores.ts';
import { consolesOfShard } from './sharding.ts';
import { storageDirectory, storageFor } from './storage/choose-storage.ts';
import type { Storage } from './storage/storage.ts';

export interface CollectorOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Standard output, for the debug exporter. */
  readonly print?: (text: string) => void;
  /** From the collector before in the same process. */
  readonly handover?: Handover;
}

export interface RunningReceiver {
  readonly id: string;
  readonly receiver: PowerVmReceiver;
  readonly batches: BatchFactory;
  readonly interval: number;
  readonly simulators: readonly PowerVmSimulator[];
  /** Fingerprints of its consoles, by endpoint. */
  readonly consoles: ReadonlyMap<string, string>;
  /** Where it shares its consoles with other collectors; its cursors are kept there then. */
  readonly fleet: FleetReceiver | undefined;
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

/** What a configuration names, made and not started. Extensions are in start order. */
export interface Components {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly receivers: readonly RunningReceiver[];
  readonly exporters: readonly RunningExporter[];
}

/**
 * Makes everything that a configuration names and uses, as {@link createComponents} does, and starts nothing: what `run`
 * would refuse is refused here, all of it at once. What only holds at a moment, such as a port in use, is not looked at.
 * @throws {InvalidConfiguration}
 */
export async function tryComponents(config: CollectorConfig): Promise<void> {
  await makeComponents(config, emptyHandover(), { logger: silentLogger }, startNoSimulator);
}

/**
 * Makes everything that a configuration names and uses. Starts the simulators that it names, and nothing else, once all
 * else is known to fit.
 * @throws {InvalidConfiguration} for what only shows when components are made, such as files that are not there
 */
export async function createComponents(
  config: CollectorConfig,
  handover: Handover,
  options: CollectorOptions,
): Promise<Components> {
  await tryComponents(config);
  return makeComponents(config, handover, options, openConsole);
}

async function makeComponents(
  config: CollectorConfig,
  handover: Handover,
  options: CollectorOptions,
  open: typeof openConsole,
): Promise<Components> {
  const problems = new ProblemList(config);
  const extensions = await makeExtensions(config, options, problems);
  const used = Object.values(config.service.pipelines);
  const receivers: RunningReceiver[] = [];
  const memories = new SessionStores(storageDirectory(extensions), options.logger ?? silentLogger);
  const componentContext = { extensions, handover, options };
  const unstored = new Set<string>();
  for (const id of new Set(used.flatMap(({ exporters: ids }) => ids))) {
    const path = ['exporters', id, 'sending_queue', 'storage'];
    const storage = await problems.during(path, () => storageFor(config.exporters[id], componentContext));
    if (!storage) unstored.add(id);
  }
  for (const [id, receiver] of Object.entries(config.receivers)) {
    const fed = used.filter(({ receivers: ids }) => ids.includes(id)).flatMap(({ exporters: ids }) => ids);
    if (fed.length === 0) continue;
    const fleet = await problems.during(['receivers', id, 'fleet'], () =>
      openFleetReceiver(id, fed, config, extensions, options.logger ?? silentLogger),
    );
    const consoles: OpenedConsole[] = [];
    const own = await problems.during(['receivers', id, 'shard'], () => consolesOfShard(receiver));
    for (const console of own ?? []) {
      const path = ['receivers', id, 'consoles', receiver.consoles.indexOf(console)];
      const opened = await problems.during(path, () =>
        open(console, fleet?.sessionStore ?? memories.storeFor(console, id)),
      );
      if (opened) consoles.push(opened);
    }
    // What depends on something that cannot be made is not blamed for it.
    if (!problems.isEmpty) continue;
    const made = await problems.during(['receivers', id], () => {
      // Beside the cursors of all who read along.
      const storages = new Set(fed.map((exporterId) => storageFor(config.exporters[exporterId], componentContext)));
      const startTimes = storedStartTimes(fleet ? [fleet] : [...storages], id);
      return createReceiver(id, receiver, { consoles, startTimes, fleet }, componentContext);
    });
    if (made) receivers.push(made);
  }
  const hasAll = problems.isEmpty;
  const exporters: RunningExporter[] = [];
  for (const [id, exporter] of Object.entries(config.exporters)) {
    const pipelines = used.filter(({ exporters: ids }) => ids.includes(id));
    const sources = [...new Set(pipelines.flatMap(({ receivers: ids }) => ids))];
    // One that may need an extension which cannot be made is looked at once that is mended.
    if (sources.length === 0 || unstored.has(id) || extensions.size < config.service.extensions.length) continue;
    const read = receivers.filter((receiver) => sources.includes(receiver.id));
    // Four intervals of the slowest: what it brings must not vanish in between.
    const staleAfter = hasAll ? Math.max(...read.map(({ receiver }) => receiver.staleAfter)) : 1;
    const made = await problems.during(['exporters', id], async () => {
      const shared = read.flatMap(({ fleet }) => fleet ?? []);
      const running = createExporter(id, exporter, { sources, shared, staleAfter }, componentContext);
      await running.exporter.check?.();
      return running;
    });
    if (made) exporters.push(made);
  }
  problems.throwIfAny();
  return { extensions, receivers, exporters };
}

async function makeExtensions(
  config: CollectorConfig,
  options: CollectorOptions,
  problems: ProblemList,
): Promise<ReadonlyMap<string, Extension>> {
  const extensions = new Map<string, Extension>();
  for (const id of config.service.extensions) {
    const made = await problems.during(['extensions', id], async () => {
      const extension = createExtension(id, config.extensions[id], options);
      await extension.check?.();
      return extension;
    });
    if (made) extensions.set(id, made);
  }
  return extensions;
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

interface ComponentContext {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly handover: Handover;
  readonly options: CollectorOptions;
}

interface ReceiverParts {
  readonly consoles: readonly OpenedConsole[];
  readonly startTimes: StartTimeStorage;
  readonly fleet: FleetReceiver | undefined;
}

function createReceiver(
  id: string,
  config: ReceiverConfig,
  { consoles, startTimes, fleet }: ReceiverParts,
  { extensions, handover, options: { clock, logger = silentLogger } }: ComponentContext,
): RunningReceiver {
  const isRefused = (console: ConsoleConfig) => handover.refusedConsoles.has(consoleFingerprint(console));
  const interval = milliseconds(config.collection_interval);
  const receiver = new PowerVmReceiver({
    consoles: consoles.map(({ config: console, options }) => ({
      ...options,
      ...(fleet ? { beforeRequest: () => fleet.demandHeld(options.endpoint) } : {}),
      ...(isRefused(console) ? { wasRefused: true } : {}),
    })),
    waitsForConsoles: fleet !== undefined,
    ...(fleet
      ? {
          admitsSystems: (console: string, systemIds: readonly string[]) => fleet.admit(console, systemIds),
          sharedSightings: fleet.sightings,
        }
      : {}),
    collectionInterval: interval,
    systems: systemPredicate(config.systems),
    partitions: partitionPredicate(config.partitions),
    pcm: config.pcm,
    startTimes,
    logger,
    ...(clock ? { clock } : {}),
  });
  fleet?.attach(receiver);
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
  const fingerprints = new Map(consoles.map(({ config: console, address }) => [address, consoleFingerprint(console)]));
  return { id, receiver, batches, interval, simulators, consoles: fingerprints, fleet };
}

/** Partitions that are instances of a cloud also carry their names there. */
function partitionAttributes({ openstack }: ReceiverConfig, extensions: ReadonlyMap<string, Extension>) {
  const instances = openStackExtension(extensions, openstack)?.instances;
  return instances ? { partitionAttributes: instanceAttributes(instances) } : {};
}

/** Who feeds an exporter. */
interface ExporterSources {
  readonly sources: readonly string[];
  readonly shared: readonly FleetReceiver[];
  readonly staleAfter: number;
}

function createExporter(
  id: string,
  config: unknown,
  { sources: receivers, shared, staleAfter }: ExporterSources,
  { extensions, handover, options }: ComponentContext,
): RunningExporter {
  const { logger = silentLogger, print = () => undefined, clock = systemClock } = options;
  const storage = storageFor(config, { extensions, handover });
  const exporter = createBatchExporter(config, { id, clock, logger, print, extensions, storage, shared, staleAfter });
  const { sending_queue: queue } = deliverySchema.parse(config);
  const subscriptions: Subscription[] = [];
  const worker = new ExportWorker({
    exporterId: id,
    exporter,
    limits: queueLimitsOf(config),
    consumers: queue.num_consumers,
    retry: retryPolicyOf(config),
    onCapacity: () => {
      for (const subscription of subscriptions) subscription.notifyCapacity();
    },
    clock,
    logger,
  });
  return { id, exporter, worker, storage, receivers, subscriptions };
}

function createExtension(id: string, config: unknown, { clock, logger }: CollectorOptions): Extension {
  const component = extensionComponents[componentType(id)];
  if (!component) throw new Error(`there is no extension ${id}`);
  return component.create(config, { id, clock: clock ?? systemClock, logger: logger ?? silentLogger });
}
