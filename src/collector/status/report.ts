import { version } from '../../base/version.ts';
import type { DiskActivity, FrameActivity, NetworkAdapterActivity, PartitionActivity } from '../../inspector/index.ts';
import { diskTraffic, networkTraffic, viosLabel } from '../../inspector/index.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import type { ValuesOverTime } from './history-book.ts';
import type {
  AdapterStatus,
  ExporterStatus,
  Fact,
  FrameStatus,
  PartitionHistory,
  PartitionStatus,
  StatusReport,
} from './status-model.ts';
import { troublesOf } from './troubles.ts';

/** What the report is made of. */
export interface StatusSources {
  readonly time: number;
  readonly frames: readonly FrameActivity[];
  /** By id of the receiver. */
  readonly statistics: ReadonlyMap<string, SelfStatistics>;
  /** How much a count has grown in the last half hour. */
  readonly recent: (key: string, count: number) => number;
}

/** All but the partitions, see {@link partitionStatus}. */
export function statusReport(sources: StatusSources): Omit<StatusReport, 'partitions'> {
  const { time, frames, statistics } = sources;
  const receivers = [...statistics].map(([id, { receiver }]) => ({ id, ...receiver }));
  return {
    version,
    time,
    troubles: troublesOf(sources),
    frames: frames.map(frameStatus),
    consoles: receivers.flatMap(({ consoles }) =>
      consoles.map(({ address, up, condition, clockSkew, requests }) => ({
        address,
        up,
        state: condition?.state,
        clockSkew,
        requests: total(requests.map(({ count }) => count)),
      })),
    ),
    receivers: receivers.map(({ id, systems }) => ({
      id,
      systems: systems.length,
      samples: total(systems.map(({ samples }) => samples.new)),
      backfilled: total(systems.map(({ samples }) => samples.backfilled)),
      lost: total(systems.flatMap(({ gaps }) => gaps.map(({ count }) => count))),
      documentErrors: total(systems.flatMap(({ documentErrors }) => documentErrors.map(({ count }) => count))),
    })),
    exporters: [...statistics.values()].flatMap(({ exporters = [] }) => exporters.map(exporterStatus)),
  };
}

export function partitionHistory(
  partition: PartitionActivity,
  frame: FrameActivity,
  values: ValuesOverTime,
): PartitionHistory {
  return {
    partition: partitionStatus(partition, frame),
    facts: factsOf(partition, frame),
    adapters: [...partition.networkAdapters.map(networkAdapter), ...partition.disks.map(disk)],
    ...values,
  };
}

function frameStatus({ system, time }: FrameActivity): FrameStatus {
  const { description, processor, memory, energy, sharedPools } = system;
  return {
    id: description.id,
    name: description.name ?? description.id,
    mtms: description.mtms,
    sampleTime: time,
    processor: {
      configurable: processor.configurable,
      consumed: processor.consumed,
      busy: processor.busy,
      utilization: processor.utilization,
      busyWithout: listOrNothing(system.masked.map(viosLabel)),
    },
    memory: { configurable: memory.configurable, unassigned: memory.available },
    powerWatts: energy?.powerWatts,
    pools: sharedPools
      .filter(({ size }) => size !== undefined && size > 0)
      .map(({ id, name, size, consumed, utilization }) => ({ id, name, size, consumed, utilization })),
  };
}

export function partitionStatus(partition: PartitionActivity, frame: FrameActivity): PartitionStatus {
  const { id, number, name, type, state, processor, memory, guestMemory, vios } = partition;
  const network = networkTraffic(partition);
  const disk = diskTraffic(partition);
  return {
    id,
    number,
    name,
    type,
    state,
    frame: frame.system.description.name ?? frame.system.description.id,
    entitlement: processor.entitlement,
    consumed: processor.consumed,
    busy: processor.busy,
    consumedUtilization: processor.consumedUtilization,
    memory: memory.limit,
    memoryUsed: guestMemory?.usage ?? vios?.memory.usage,
    network: network.bytesPerSecond,
    networkWithout: listOrNothing(network.without),
    disk: disk.bytesPerSecond,
    diskWithout: listOrNothing(disk.without),
  };
}

function listOrNothing(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : names;
}

function factsOf({ id, number, type, state, processor, description }: PartitionActivity, frame: FrameActivity) {
  const { name, mtms } = frame.system.description;
  return [
    ...fact('UUID', id),
    ...fact('Partition number', number),
    ...fact('Type', type),
    ...fact('State', state),
    ...fact('Operating system', description.operatingSystemType),
    ...fact('Frame', [name, mtms].filter((part) => part !== undefined).join(', ') || undefined),
    ...fact('Processor mode', processor.mode),
    ...fact('Processor pool', processor.poolId),
    ...fact('Weight', processor.weight),
    ...fact('Virtual processors', processor.virtualProcessors),
  ];
}

function fact(label: string, value: string | number | undefined): readonly Fact[] {
  return value === undefined ? [] : [{ label, text: String(value) }];
}

function networkAdapter({ type, location, rates, vios, vlanId, sharedEthernetAdapterId }: NetworkAdapterActivity) {
  return adapter(type, location, rates?.receivedBytes, rates?.sentBytes, [
    vios?.name,
    sharedEthernetAdapterId,
    vlanId === undefined ? undefined : `VLAN ${vlanId}`,
  ]);
}

function disk({ type, device, rates, vios, fibreChannelAdapterId }: DiskActivity): AdapterStatus {
  return adapter(type, device, rates?.readBytes, rates?.writtenBytes, [
    vios.name ?? `VIOS ${vios.number}`,
    fibreChannelAdapterId,
  ]);
}

function adapter(
  kind: string,
  name: string,
  incoming: number | undefined,
  outgoing: number | undefined,
  path: readonly (string | undefined)[],
): AdapterStatus {
  const known = path.filter((part) => part !== undefined);
  return { kind, name, incoming, outgoing, servedBy: known.length === 0 ? undefined : known.join(', ') };
}

function exporterStatus({
  name,
  sentPoints,
  failedPoints,
  queueSize,
  queueCapacity,
}: NonNullable<SelfStatistics['exporters']>[number]): ExporterStatus {
  return { name, sent: sentPoints, failed: failedPoints, queueSize, queueCapacity };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
