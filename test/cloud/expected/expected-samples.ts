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

interface Series {
  readonly name: string;
  readonly type: ExpectedSample['type'];
  readonly unit: string;
  readonly resourceId: string;
  readonly values: { readonly time: number; readonly value: number }[];
  /** The value itself, its growth, or its growth per second. */
  readonly as: 'value' | 'growth' | 'rate';
}

const MEBIBYTE = 1_048_576;
const STATES: Readonly<Record<string, number>> = { Running: 1, 'Not Activated': 5 };

/**
 * The samples of every instance, from the documents that the console served. Knows nothing of the mapping that it
 * checks: it is written from Ceilometer's list of meters and IBM's description of the documents.
 * @param instanceOf how a partition appears in OpenStack; `undefined` for one that does not
 * @param interval milliseconds of the grid, in each square of which the last value counts; 0: every document counts
 */
export function expectedSamples(
  system: SimulatedSystem,
  documents: readonly ServedDocument[],
  instanceOf: (partition: SimulatedPartition) => ExpectedInstance | undefined,
  interval: number,
): readonly ExpectedSample[] {
  const requestLog = new SeriesHistory();
  for (const document of documents) {
    for (const partition of system.partitions) {
      const instance = instanceOf(partition);
      if (!instance) continue;
      if (document.kind === 'phyp') addHypervisor(requestLog, document, partition, instance);
      else if (document.kind === 'vios') addStorage(requestLog, document, system, partition, instance);
      else addGuestMemory(requestLog, document, partition, instance);
    }
  }
  return requestLog.all.flatMap((series) => samplesOf(series, interval));
}

function addHypervisor(
  requestLog: SeriesHistory,
  { time, content, isInventoryServed }: ServedDocument,
  partition: SimulatedPartition,
  instance: ExpectedInstance,
): void {
  const { utilSample } = content.systemUtil;
  const found = utilSample.lparsUtil.find(({ id }: { id: number }) => id === partition.number);
  const of = (name: string, type: Series['type'], unit: string, value: number) =>
    requestLog.add({ name, type, unit, resourceId: instance.id, as: 'value' }, time, value);
  const { utilizedCappedProcCycles: capped, utilizedUnCappedProcCycles: uncapped } = found.processor;
  // Of an instance that is off an agent says no more than that, and how large it is.
  const isOff = found.state === 'Not Activated';
  if (!isOff) of('cpu', 'cumulative', 'ns', nanoseconds([capped, uncapped], utilSample.processor.procCyclesPerSecond));
  // Consoles list no virtual processors for a partition with processors of its own, but those.
  const isDedicated = partition.poolId === undefined;
  const processors = isDedicated ? partition.entitlement : partition.virtualProcessors;
  if (isInventoryServed) of('vcpus', 'gauge', 'vcpu', processors);
  if (!isOff || found.memory.logicalMem > 0) of('memory', 'gauge', 'MB', found.memory.logicalMem);
  if (!isOff) of('memory.resident', 'gauge', 'MB', found.memory.backedPhysicalMem);
  const state = STATES[found.state];
  if (state !== undefined) of('power.state', 'gauge', '', state);
  if (instance.disk && !isOff) {
    of('disk.root.size', 'gauge', 'GB', instance.disk.root);
    of('disk.ephemeral.size', 'gauge', 'GB', instance.disk.ephemeral);
  }
  for (const adapter of found.network?.virtualEthernetAdapters ?? []) {
    addInterface(requestLog, time, instance, adapter);
    addDrops(requestLog, time, instance, adapter.physicalLocation, adapter.droppedPackets, undefined);
  }
  const everyone = [...utilSample.lparsUtil, ...utilSample.viosUtil];
  const uuid = partition.id.replaceAll('-', '').toUpperCase();
  for (const owner of everyone) {
    for (const port of owner.network?.sriovLogicalPorts ?? []) {
      // A port behind a vNIC stands with its VIOS and belongs to the client that it names.
      const isOurs = port.clientPartitionUUID === undefined ? owner === found : port.clientPartitionUUID === uuid;
      if (!isOurs) continue;
      addInterface(requestLog, time, instance, port);
      const { physicalLocation, droppedReceivedPackets, droppedSentPackets, errorIn, errorOut } = port;
      addDrops(requestLog, time, instance, physicalLocation, droppedReceivedPackets, droppedSentPackets);
      const errors = { type: 'cumulative', unit: 'packet', as: 'value' } as const;
      const resourceId = interfaceId(instance, physicalLocation);
      requestLog.add({ ...errors, name: 'network.incoming.packets.error', resourceId }, time, errorIn);
      requestLog.add({ ...errors, name: 'network.outgoing.packets.error', resourceId }, time, errorOut);
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

function addInterface(
  requestLog: SeriesHistory,
  time: number,
  instance: ExpectedInstance,
  adapter: Readonly<Record<'receivedBytes' | 'sentBytes' | 'receivedPackets' | 'sentPackets', number>> & {
    readonly physicalLocation: string;
  },
): void {
  const resourceId = interfaceId(instance, adapter.physicalLocation);
  const ways = [
    { way: 'incoming', bytes: adapter.receivedBytes, packets: adapter.receivedPackets },
    { way: 'outgoing', bytes: adapter.sentBytes, packets: adapter.sentPackets },
  ];
  for (const { way, bytes, packets } of ways) {
    const name = `network.${way}`;
    const cumulative = { type: 'cumulative', resourceId, as: 'value' } as const;
    requestLog.add({ ...cumulative, name: `${name}.bytes`, unit: 'B' }, time, bytes);
    requestLog.add({ ...cumulative, name: `${name}.packets`, unit: 'packet' }, time, packets);
    requestLog.add({ name: `${name}.bytes.rate`, type: 'gauge', unit: 'B/s', resourceId, as: 'rate' }, time, bytes);
    requestLog.add({ name: `${name}.bytes.delta`, type: 'delta', unit: 'B', resourceId, as: 'growth' }, time, bytes);
  }
}

/** Virtual Ethernet does not say which way a packet went that it dropped: it counts as incoming. */
function addDrops(
  requestLog: SeriesHistory,
  time: number,
  instance: ExpectedInstance,
  location: string,
  incoming: number,
  outgoing: number | undefined,
): void {
  const drops = { type: 'cumulative', unit: 'packet', as: 'value' } as const;
  const resourceId = interfaceId(instance, location);
  requestLog.add({ ...drops, name: 'network.incoming.packets.drop', resourceId }, time, incoming);
  if (outgoing === undefined) return;
  requestLog.add({ ...drops, name: 'network.outgoing.packets.drop', resourceId }, time, outgoing);
}

/** Counters stand with the VIOS: found by the slot of the server adapter, or by the world wide port name. */
function addStorage(
  requestLog: SeriesHistory,
  { time, content }: ServedDocument,
  system: SimulatedSystem,
  partition: SimulatedPartition,
  instance: ExpectedInstance,
): void {
  // The hypervisor lists no adapters of a partition that is off, so nothing says whose these are.
  if (partition.state === 'Not Activated') return;
  const [vios] = content.systemUtil.utilSample.viosUtil;
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
    const resourceId = `${instance.id}-vios${number}.${adapter.id}`;
    const cumulative = { type: 'cumulative', resourceId, as: 'value' } as const;
    requestLog.add({ ...cumulative, name: 'disk.device.read.bytes', unit: 'B' }, time, adapter.readBytes);
    requestLog.add({ ...cumulative, name: 'disk.device.write.bytes', unit: 'B' }, time, adapter.writeBytes);
    requestLog.add({ ...cumulative, name: 'disk.device.read.requests', unit: 'request' }, time, adapter.numOfReads);
    requestLog.add({ ...cumulative, name: 'disk.device.write.requests', unit: 'request' }, time, adapter.numOfWrites);
  }
}

function addGuestMemory(
  requestLog: SeriesHistory,
  { time, content }: ServedDocument,
  partition: SimulatedPartition,
  instance: ExpectedInstance,
): void {
  const found = content.lparUtil.find(({ uuid }: { uuid: string }) => uuid.toLowerCase() === partition.id);
  // A guest that does not run, or has no connection to RMC, tells nothing.
  if (!found?.memory) return;
  const { realMemSizeBytes: size, pctRealMemAvbl: available } = found.memory;
  const gauge = { type: 'gauge', unit: 'MB', resourceId: instance.id, as: 'value' } as const;
  requestLog.add({ ...gauge, name: 'memory.available' }, time, size / MEBIBYTE);
  requestLog.add({ ...gauge, name: 'memory.usage' }, time, ((size / MEBIBYTE) * (100 - available)) / 100);
}

function interfaceId({ id, instanceName }: ExpectedInstance, location: string): string {
  return `${instanceName === undefined ? '' : `${instanceName}-`}${id}-${location}`;
}

// biome-ignore lint/suspicious/noExplicitAny: an adapter out of a document of no declared shape
function find(adapters: readonly any[], field: string, value: string): any {
  const found = adapters.find((adapter) => adapter[field] === value);
  if (!found) throw new Error(`the document has no adapter with ${field} ${value}`);
  return found;
}

class SeriesHistory {
  readonly #series = new Map<string, Series>();

  get all(): readonly Series[] {
    return [...this.#series.values()];
  }

  add(definition: Omit<Series, 'values'>, time: number, value: number): void {
    const key = `${definition.name} ${definition.resourceId}`;
    const series = this.#series.get(key) ?? { ...definition, values: [] };
    this.#series.set(key, series);
    series.values.push({ time, value });
  }
}

function samplesOf({ values, as, name, type, unit, resourceId }: Series, interval: number): readonly ExpectedSample[] {
  const start = (time: number) => (interval === 0 ? time : Math.floor(time / interval));
  const chosen = values.filter(({ time }, index) => {
    const next = values[index + 1];
    return next === undefined || start(next.time) !== start(time);
  });
  return chosen.flatMap(({ time, value }, index) => {
    const sample = { name, type, unit, resourceId, time };
    if (as === 'value') return [{ ...sample, volume: value }];
    const before = chosen[index - 1];
    if (!before) return [];
    const growth = value - before.value;
    return [{ ...sample, volume: as === 'growth' ? growth : growth / ((time - before.time) / 1000) }];
  });
}
