import type { SimulatedPartition, SimulatedSystem } from '../../../src/simulator/estate/model.ts';
import type { ServedDocument } from './served-documents.ts';

/** What a sample must be, by the words of Ceilometer's documentation and the documents alone. */
export interface ExpectedSample {
  readonly name: string;
  readonly type: 'gauge' | 'cumulative' | 'delta';
  readonly unit: string;
  readonly resourceId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly volume: number;
}

/** How Nova knows a partition. */
export interface ExpectedInstance {
  readonly id: string;
  /** `OS-EXT-SRV-ATTR:instance_name`. */
  readonly instanceName?: string;
  /** Gigabytes of its flavor. */
  readonly disk?: { readonly root: number; readonly ephemeral: number };
}

/**
 * How a partition appears in OpenStack; `undefined` when it does not.
 * @param at when its samples are made, milliseconds since 1970: Nova may know it differently later
 */
export type InstanceOf = (partition: SimulatedPartition, at: number) => ExpectedInstance | undefined;

interface Series {
  readonly name: string;
  readonly type: ExpectedSample['type'];
  readonly unit: string;
  readonly partition: SimulatedPartition;
  /** Location of an interface, name of a disk; empty for the instance itself. */
  readonly subject: string;
  /** The value itself, its growth, or its growth per second; of a size of the instance only when it counts. */
  readonly as: 'value' | 'growth' | 'rate' | ((instance: ExpectedInstance) => number | undefined);
  readonly resourceId: (instance: ExpectedInstance, subject: string) => string;
  readonly values: Value[];
}

interface Value {
  readonly time: number;
  readonly servedAt: number;
  readonly value: number;
  /** When the partition was last seen switched off, milliseconds since 1970. */
  readonly offAt: number;
}

const MEBIBYTE = 1_048_576;
/** Numbers of libvirt's domain states. */
const STATES: Readonly<Record<string, number>> = { Running: 1, 'Open Firmware': 1, Suspended: 3, 'Not Activated': 5 };

/**
 * The samples of every instance, from the documents that the console served. Knows nothing of the mapping that it
 * checks: it is written from Ceilometer's list of meters and IBM's description of the documents.
 * @param interval milliseconds of the grid, in each square of which the last value counts; 0: every document counts
 */
export function expectedSamples(
  system: SimulatedSystem,
  documents: readonly ServedDocument[],
  instanceOf: InstanceOf,
  interval: number,
): readonly ExpectedSample[] {
  const history = new SeriesHistory();
  let hypervisor: ServedDocument | undefined;
  for (const document of documents) {
    if (document.kind === 'phyp') hypervisor = document;
    for (const partition of system.partitions) {
      if (document.kind === 'phyp') addHypervisor(history, document, partition);
      else if (document.kind === 'vios') addStorage(history, document, system, partition, hypervisor);
      else addGuestMemory(history, document, partition);
    }
  }
  return history.all.flatMap((series) => samplesOf(series, interval, instanceOf));
}

function addHypervisor(history: SeriesHistory, document: ServedDocument, partition: SimulatedPartition): void {
  const { utilSample } = document.content.systemUtil;
  const found = partitionIn(document, partition);
  const ofInstance = (name: string, type: Series['type'], unit: string, value: number, as: Series['as'] = 'value') =>
    history.add({ name, type, unit, partition, subject: '', resourceId: ({ id }) => id, as }, document, value);
  const state = STATES[found.state];
  if (state !== undefined) ofInstance('power.state', 'gauge', '', state);
  // Consoles list no virtual processors for a partition with processors of its own, but those.
  const isDedicated = partition.poolId === undefined;
  const processors = isDedicated ? partition.entitlement : partition.virtualProcessors;
  if (document.isInventoryServed) ofInstance('vcpus', 'gauge', 'vcpu', processors);
  // Of an instance that is off an agent says no more than that, and how large it is.
  const isOff = found.state === 'Not Activated';
  if (!isOff || found.memory.logicalMem > 0) ofInstance('memory', 'gauge', 'MB', found.memory.logicalMem);
  if (isOff) {
    history.noteOff(partition, document.time);
    return;
  }
  const { utilizedCappedProcCycles: capped, utilizedUnCappedProcCycles: uncapped } = found.processor;
  const processorTime = nanoseconds([capped, uncapped], utilSample.processor.procCyclesPerSecond);
  ofInstance('cpu', 'cumulative', 'ns', processorTime);
  ofInstance('memory.resident', 'gauge', 'MB', found.memory.backedPhysicalMem);
  ofInstance('disk.root.size', 'gauge', 'GB', 0, ({ disk }) => disk?.root);
  ofInstance('disk.ephemeral.size', 'gauge', 'GB', 0, ({ disk }) => disk?.ephemeral);
  for (const adapter of found.network?.virtualEthernetAdapters ?? []) {
    const ofInterface = interfaceSeries(history, document, partition, adapter.physicalLocation);
    addTraffic(ofInterface, adapter);
    // Virtual Ethernet does not say which way a packet went that it dropped: it counts as incoming.
    ofInterface('network.incoming.packets.drop', 'cumulative', 'packet', adapter.droppedPackets);
  }
  const everyone = [...utilSample.lparsUtil, ...utilSample.viosUtil];
  const uuid = partition.id.replaceAll('-', '').toUpperCase();
  for (const owner of everyone) {
    for (const port of owner.network?.sriovLogicalPorts ?? []) {
      // A port behind a vNIC stands with its VIOS and belongs to the client that it names.
      const isOurs = port.clientPartitionUUID === undefined ? owner === found : port.clientPartitionUUID === uuid;
      if (!isOurs) continue;
      const ofInterface = interfaceSeries(history, document, partition, port.physicalLocation);
      addTraffic(ofInterface, port);
      ofInterface('network.incoming.packets.drop', 'cumulative', 'packet', port.droppedReceivedPackets);
      ofInterface('network.outgoing.packets.drop', 'cumulative', 'packet', port.droppedSentPackets);
      ofInterface('network.incoming.packets.error', 'cumulative', 'packet', port.errorIn);
      ofInterface('network.outgoing.packets.error', 'cumulative', 'packet', port.errorOut);
    }
  }
}

/** Whole nanoseconds, rounded down as the inspector does. In integers: a sum of doubles is itself rounded. */
function nanoseconds(cycles: readonly number[], cyclesPerSecond: number): number {
  // Cycles of months have 48 bits: a double has five more behind the binary point.
  const bits = 20;
  const scaled = cycles.map((count) => (BigInt(Math.trunc(count)) << BigInt(bits)) + BigInt((count % 1) * 2 ** bits));
  const sum = scaled.reduce((total, count) => total + count, 0n);
  return Number((sum * 1_000_000_000n) / (BigInt(cyclesPerSecond) << BigInt(bits)));
}

type AddOfInterface = (
  name: string,
  type: Series['type'],
  unit: string,
  value: number,
  as?: Extract<Series['as'], string>,
) => void;

function interfaceSeries(
  history: SeriesHistory,
  document: ServedDocument,
  partition: SimulatedPartition,
  location: string,
): AddOfInterface {
  return (name, type, unit, value, as = 'value') =>
    history.add({ name, type, unit, partition, subject: location, resourceId: interfaceId, as }, document, value);
}

function addTraffic(
  ofInterface: AddOfInterface,
  adapter: Readonly<Record<'receivedBytes' | 'sentBytes' | 'receivedPackets' | 'sentPackets', number>>,
): void {
  const ways = [
    { way: 'incoming', bytes: adapter.receivedBytes, packets: adapter.receivedPackets },
    { way: 'outgoing', bytes: adapter.sentBytes, packets: adapter.sentPackets },
  ];
  for (const { way, bytes, packets } of ways) {
    const name = `network.${way}`;
    ofInterface(`${name}.bytes`, 'cumulative', 'B', bytes);
    ofInterface(`${name}.packets`, 'cumulative', 'packet', packets);
    ofInterface(`${name}.bytes.rate`, 'gauge', 'B/s', bytes, 'rate');
    ofInterface(`${name}.bytes.delta`, 'delta', 'B', bytes, 'growth');
  }
}

/** Counters stand with the VIOS: found by the slot of the server adapter, or by the world wide port name. */
function addStorage(
  history: SeriesHistory,
  document: ServedDocument,
  system: SimulatedSystem,
  partition: SimulatedPartition,
  hypervisor: ServedDocument | undefined,
): void {
  // The hypervisor lists no adapters of a partition that does not run, so nothing says whose these are.
  if (!hypervisor || partitionIn(hypervisor, partition).storage === undefined) return;
  const [vios] = document.content.systemUtil.utilSample.viosUtil;
  const number = Number(vios.id);
  const { genericVirtualAdapters: hosts, fiberChannelAdapters } = vios.storage;
  const frame = `U${system.machineType}.${system.model}.${system.serialNumber}`;
  const ports = fiberChannelAdapters.flatMap((adapter: { ports: unknown[] }) => adapter.ports);
  const adapters = [
    ...partition.scsi
      .filter(({ viosNumber }) => viosNumber === number)
      .map(({ serverSlot }) => find(hosts, 'physicalLocation', `${frame}-V${number}-C${serverSlot}`)),
    ...partition.fibreChannel
      .filter(({ viosNumber }) => viosNumber === number)
      .map(({ wwpns }) => find(ports, 'wwpn', wwpns[0].toString(16).padStart(16, '0'))),
  ];
  for (const adapter of adapters) {
    const ofDisk = (name: string, unit: string, value: number) =>
      history.add(
        {
          name: `disk.device.${name}`,
          type: 'cumulative',
          unit,
          partition,
          subject: `vios${number}.${adapter.id}`,
          resourceId: ({ id }, device) => `${id}-${device}`,
          as: 'value',
        },
        document,
        value,
      );
    ofDisk('read.bytes', 'B', adapter.readBytes);
    ofDisk('write.bytes', 'B', adapter.writeBytes);
    ofDisk('read.requests', 'request', adapter.numOfReads);
    ofDisk('write.requests', 'request', adapter.numOfWrites);
  }
}

function addGuestMemory(history: SeriesHistory, document: ServedDocument, partition: SimulatedPartition): void {
  const found = document.content.lparUtil.find(({ uuid }: { uuid: string }) => uuid.toLowerCase() === partition.id);
  // A guest that does not run, or has no connection to RMC, tells nothing.
  if (!found?.memory) return;
  const { realMemSizeBytes: size, pctRealMemAvbl: available } = found.memory;
  const ofInstance = (name: string, value: number) =>
    history.add(
      { name, type: 'gauge', unit: 'MB', partition, subject: '', resourceId: ({ id }) => id, as: 'value' },
      document,
      value,
    );
  ofInstance('memory.available', size / MEBIBYTE);
  ofInstance('memory.usage', ((size / MEBIBYTE) * (100 - available)) / 100);
}

function interfaceId({ id, instanceName }: ExpectedInstance, location: string): string {
  return `${instanceName === undefined ? '' : `${instanceName}-`}${id}-${location}`;
}

// biome-ignore lint/suspicious/noExplicitAny: a partition out of a document of no declared shape
function partitionIn({ content }: ServedDocument, { number }: SimulatedPartition): any {
  return content.systemUtil.utilSample.lparsUtil.find(({ id }: { id: number }) => id === number);
}

// biome-ignore lint/suspicious/noExplicitAny: an adapter out of a document of no declared shape
function find(adapters: readonly any[], field: string, value: string): any {
  const found = adapters.find((adapter) => adapter[field] === value);
  if (!found) throw new Error(`the document has no adapter with ${field} ${value}`);
  return found;
}

class SeriesHistory {
  readonly #series = new Map<string, Series>();
  readonly #offAt = new Map<SimulatedPartition, number>();

  get all(): readonly Series[] {
    return [...this.#series.values()];
  }

  noteOff(partition: SimulatedPartition, time: number): void {
    this.#offAt.set(partition, time);
  }

  add(definition: Omit<Series, 'values'>, { time, servedAt }: ServedDocument, value: number): void {
    const key = `${definition.name} ${definition.partition.id} ${definition.subject}`;
    const series = this.#series.get(key) ?? { ...definition, values: [] };
    this.#series.set(key, series);
    const offAt = this.#offAt.get(definition.partition) ?? Number.NEGATIVE_INFINITY;
    series.values.push({ time, servedAt, value, offAt });
  }
}

function samplesOf(series: Series, interval: number, instanceOf: InstanceOf): readonly ExpectedSample[] {
  const { values, name, type, unit, partition, subject, resourceId } = series;
  const start = (time: number) => (interval === 0 ? time : Math.floor(time / interval) * interval);
  const chosen = values.filter(({ time }, index) => {
    const next = values[index + 1];
    return next === undefined || start(next.time) !== start(time);
  });
  return chosen.flatMap((value, index) => {
    const { time, servedAt } = value;
    const instance = instanceOf(partition, interval === 0 ? servedAt : start(time) + interval);
    const volume = instance && volumeOf(series, instance, value, chosen[index - 1]);
    if (!instance || volume === undefined) return [];
    return [{ name, type, unit, resourceId: resourceId(instance, subject), time, volume }];
  });
}

function volumeOf(
  { as }: Series,
  instance: ExpectedInstance,
  { time, value, offAt }: Value,
  before: Value | undefined,
): number | undefined {
  if (typeof as === 'function') return as(instance);
  if (as === 'value') return value;
  if (!before) return undefined;
  // A counter that fell began anew: what it has since is its growth, and nobody knows since when exactly.
  if (value < before.value) return as === 'growth' ? value : undefined;
  // Over a restart nothing continues, though the port behind a vNIC stays with its VIOS: docs/numbers.md says so.
  if (offAt > before.time) return undefined;
  const growth = value - before.value;
  return as === 'growth' ? growth : growth / ((time - before.time) / 1000);
}
