import { allPartitions, cycles, trafficCounters } from './counters.ts';
import type {
  CycleCounters,
  SimulatedPartition,
  SimulatedSystem,
  SimulatedVios,
  StorageCounters,
  TrafficCounters,
} from './model.ts';
import type { Reading } from './reading.ts';
import { byName, NO_STORAGE, NO_TRAFFIC, sumOfStorage, sumOfTraffic } from './sums.ts';

/** The name of the physical processor pool, in which the shared ones nest. */
export const PHYSICAL = 'physical';

export interface PoolCounters {
  /** Cycles. */
  readonly given: number;
  /** Cycles, exact: the sum over a large frame is beyond 2^53. */
  readonly used: bigint;
}

/** What the pools of a system have counted, by their id; the physical one under {@link physicalPool}. */
export function poolCounters(
  { system, time }: Reading,
  cycleTotals: readonly { readonly partition: SimulatedPartition; readonly cycleCounters: CycleCounters }[],
): { readonly physical: PoolCounters; readonly shared: ReadonlyMap<number, PoolCounters> } {
  const { counterOffsets } = system;
  const elapsed = (time - counterOffsets.since) / 1000;
  const counters = (name: string, size: number, used: bigint): PoolCounters => ({
    given: (counterOffsets.poolSize[name] ?? 0) + cycles(size * elapsed),
    used: (counterOffsets.poolUse[name] ?? 0n) + used,
  });
  const usedBy = new Map<number, bigint>();
  let usedByAll = 0n;
  for (const { partition, cycleCounters } of cycleTotals) {
    if (partition.poolId === undefined) continue;
    const used = BigInt(cycleCounters.capped + cycleCounters.uncapped);
    usedBy.set(partition.poolId, (usedBy.get(partition.poolId) ?? 0n) + used);
    usedByAll += used;
  }
  return {
    physical: counters(PHYSICAL, sharedCores(system), usedByAll),
    shared: new Map(
      system.pools.map((pool) => [
        pool.id,
        counters(String(pool.id), poolSize(system, pool.id), usedBy.get(pool.id) ?? 0n),
      ]),
    ),
  };
}

/** Cores that no dedicated partition has for itself. */
export function sharedCores(system: SimulatedSystem): number {
  const dedicated = allPartitions(system)
    .filter(({ poolId, isPlaceholder }) => poolId === undefined && !isPlaceholder)
    .reduce((sum, { entitlement }) => sum + entitlement, 0);
  return system.configurableCores - dedicated;
}

/** The default pool may use every shared core. */
export function poolSize(system: SimulatedSystem, poolId: number): number {
  return poolId === 0 ? sharedCores(system) : (system.pools.find(({ id }) => id === poolId)?.maximumUnits ?? 0);
}

/** What every physical SR-IOV port has carried, by location: the sum of its logical ports. */
export function physicalPortTraffic(reading: Reading): Readonly<Record<string, TrafficCounters>> {
  const { system } = reading;
  const counterOffsetsOf = new Map<number, TrafficCounters[]>();
  for (const owner of reading.allPartitions) {
    for (const port of owner.logicalPorts) {
      const traffic = counterOffsetsOf.get(port.physicalPortId) ?? [];
      traffic.push(reading.portTraffic(owner, port));
      counterOffsetsOf.set(port.physicalPortId, traffic);
    }
  }
  return byName(system.physicalPorts, ({ kind, id, location, bytesPerSecond }) => {
    const own = trafficCounters((reading.time - system.bootTime) / 1000, bytesPerSecond);
    const counterOffsets = system.counterOffsets.ports[location] ?? NO_TRAFFIC;
    return [
      location,
      sumOfTraffic([counterOffsets, own, ...(kind === 'sriov' ? (counterOffsetsOf.get(id) ?? []) : [])]),
    ];
  });
}

/** What each trunk of a VIOS has bridged, by location. Of several in one VLAN one does all of it. */
export function trunkTraffic(reading: Reading, vios: SimulatedVios): Readonly<Record<string, TrafficCounters>> {
  const { system } = reading;
  return byName(vios.ethernet, ({ location, vlanId, switchId }) => {
    const isActive = activeTrunk(system, vlanId, switchId) === location;
    const bridged = isActive
      ? system.partitions.flatMap((partition) =>
          partition.ethernet
            .filter((adapter) => adapter.vlanId === vlanId && adapter.switchId === switchId)
            .map((adapter) => externalPart(reading.traffic(partition, adapter))),
        )
      : [];
    return [location, sumOfTraffic([system.counterOffsets.trunks[location] ?? NO_TRAFFIC, ...bridged])];
  });
}

function activeTrunk(system: SimulatedSystem, vlanId: number, switchId: number): string | undefined {
  const trunks = system.vioses
    .filter(({ state }) => state === 'Running')
    .flatMap(({ ethernet }) => ethernet)
    .filter((trunk) => trunk.vlanId === vlanId && trunk.switchId === switchId)
    .sort((one, other) => (one.trunkPriority ?? 0) - (other.trunkPriority ?? 0));
  return trunks[0]?.location;
}

/** Half of what a virtual adapter carries leaves the frame. */
export function externalPart(traffic: TrafficCounters): TrafficCounters {
  return {
    receivedBytes: Math.floor(traffic.receivedBytes / 2),
    sentBytes: Math.floor(traffic.sentBytes / 2),
    receivedPackets: Math.floor(traffic.receivedPackets / 2),
    sentPackets: Math.floor(traffic.sentPackets / 2),
    droppedPackets: 0,
  };
}

/** What each Fibre Channel port of a VIOS has carried, by location: the sum of the virtual ports on it. */
export function fibreChannelTraffic(reading: Reading, vios: SimulatedVios): Readonly<Record<string, StorageCounters>> {
  const counterOffsetsOf = vios.fibreChannelPorts.map((): StorageCounters[] => []);
  for (const partition of reading.system.partitions) {
    for (const adapter of partition.fibreChannel) {
      if (adapter.viosNumber === vios.number)
        counterOffsetsOf[adapter.portIndex]?.push(reading.storage(partition, adapter));
    }
  }
  return byName(vios.fibreChannelPorts, ({ location }, index) => {
    const counterOffsets = reading.system.counterOffsets.fibreChannel[location] ?? NO_STORAGE;
    return [location, sumOfStorage([counterOffsets, ...(counterOffsetsOf[index] ?? [])])];
  });
}

/** What the disks of a VIOS have done: the sum of the virtual SCSI servers on it. */
export function diskTraffic(reading: Reading, vios: SimulatedVios): StorageCounters {
  const served = reading.system.partitions.flatMap((partition) =>
    partition.scsi
      .filter(({ viosNumber }) => viosNumber === vios.number)
      .map((adapter) => reading.storage(partition, adapter)),
  );
  return sumOfStorage([reading.system.counterOffsets.disks[vios.storageLocation] ?? NO_STORAGE, ...served]);
}
