import { newCycleCounters } from '../estate/build-partition.ts';
import { allPartitions, cycleCountersAt } from '../estate/counters.ts';
import type { SimulatedLogicalPort, SimulatedPartition, SimulatedSystem } from '../estate/model.ts';
import {
  changePartition,
  changeSystem,
  type Estate,
  findPartition,
  findSystem,
  replaceSystem,
  type Step,
} from './estate-edit.ts';
import type { Action } from './event-schema.ts';

/**
 * Live partition mobility (docs/reference/pcm-documents.md#migration): at first the target holds a placeholder with
 * zeros, then the partition is there at once, and the source lists it for a while as Not Activated. The UUID stays.
 */
export function migrate(action: Action<'migrate'>): readonly Step[] {
  let moving: { readonly id: string; readonly from: string } | undefined;
  return [
    {
      after: 0,
      apply: (estate, time) => {
        const { system: source, partition } = findPartition(estate, action);
        if (partition.kind === 'vios') throw new Error(`${partition.name} is a VIOS, which cannot migrate`);
        const target = findSystem(estate, action.to);
        if (target.id === source.id) throw new Error(`${partition.name} is on ${source.name} already`);
        moving = { id: partition.id, from: source.id };
        const leaving = changePartition(source, partition.id, time, () => ({ state: 'Migrating Running' }));
        const placeholder = placeholderOf(partition, target, time);
        const awaiting = changeSystem(target, time, (old) => ({
          ...old,
          partitions: [...old.partitions, placeholder],
        }));
        return replaceSystem(replaceSystem(estate, leaving), awaiting);
      },
    },
    { after: action.takes, apply: (estate, time) => (moving ? arrive(estate, moving, action, time) : estate) },
    {
      after: action.takes + action.leaves_after,
      apply: (estate, time) => {
        const source = findSystem(estate, moving?.from);
        const gone = changeSystem(source, time, (old) => ({
          ...old,
          partitions: old.partitions.filter(({ id }) => id !== moving?.id),
        }));
        return replaceSystem(estate, gone);
      },
    },
  ];
}

/** As consoles show it: no pool, no weight, nothing counted. */
function placeholderOf(partition: SimulatedPartition, target: SimulatedSystem, time: number): SimulatedPartition {
  return {
    ...partition,
    number: Math.max(...allPartitions(target).map(({ number }) => number)) + 1,
    state: 'Not Activated',
    mode: 'share_idle_procs',
    poolId: undefined,
    weight: undefined,
    entitlement: 0,
    virtualProcessors: 0,
    memoryMib: 0,
    sharedMemory: undefined,
    cycleCounters: newCycleCounters(time),
    rmcState: 'none',
    affinityScore: 0,
    isPlaceholder: true,
    ethernet: [],
    logicalPorts: [],
    scsi: [],
    fibreChannel: [],
  };
}

function arrive(
  estate: Estate,
  moving: { readonly id: string; readonly from: string },
  { to, counters }: Action<'migrate'>,
  time: number,
): Estate {
  const source = findSystem(estate, moving.from);
  const partition = source.partitions.find(({ id }) => id === moving.id);
  if (!partition) return estate;
  const target = findSystem(estate, to);
  const cycleCounters = cycleCountersAt(partition, time);
  const backing = source.vioses.flatMap(({ number, logicalPorts }) =>
    logicalPorts.filter(({ clientId }) => clientId === moving.id).map((port) => ({ number, port })),
  );
  const left = changeSystem(source, time, (old) => ({
    ...old,
    partitions: old.partitions.map((one) =>
      one.id === moving.id ? { ...abandoned(one), cycleCounters: newCycleCounters(time, cycleCounters.work) } : one,
    ),
    vioses: old.vioses.map((vios) => ({
      ...vios,
      logicalPorts: vios.logicalPorts.filter(({ clientId }) => clientId !== moving.id),
    })),
  }));
  const there = changeSystem(target, time, (old) => ({
    ...old,
    partitions: old.partitions.map((one) =>
      one.id === moving.id && one.isPlaceholder
        ? {
            ...moved(partition, source, old, one.number, cycleCounters.work),
            cycleCounters: counters === 'carried' ? cycleCounters : newCycleCounters(time, cycleCounters.work),
          }
        : one,
    ),
    vioses: old.vioses.map((vios) => ({
      ...vios,
      logicalPorts: [
        ...vios.logicalPorts,
        ...backing
          .filter(({ number }) => number === vios.number)
          .map(({ port }) => ({ ...movedPort(port, source, old), origin: cycleCounters.work })),
      ],
    })),
  }));
  return replaceSystem(replaceSystem(estate, left), there);
}

/** What the source lists for a while. */
function abandoned(partition: SimulatedPartition): SimulatedPartition {
  return {
    ...partition,
    state: 'Not Activated',
    rmcState: 'none',
    isPlaceholder: true,
    ethernet: [],
    logicalPorts: [],
    scsi: [],
    fibreChannel: [],
  };
}

/** Its adapters are recreated on the target: other locations, counters from zero, the other WWPN of each pair. */
function moved(
  partition: SimulatedPartition,
  source: SimulatedSystem,
  target: SimulatedSystem,
  number: number,
  origin: number,
): SimulatedPartition {
  const location = (old: string) =>
    old.replace(`${unitOf(source)}-V${partition.number}-`, `${unitOf(target)}-V${number}-`);
  const renewed = <Adapter extends { readonly location: string }>(adapter: Adapter) => ({
    ...adapter,
    location: location(adapter.location),
    origin,
  });
  const isPoolInUse = target.pools.some(({ id, maximumUnits }) => id === partition.poolId && maximumUnits > 0);
  return {
    ...partition,
    number,
    state: 'Running',
    poolId: partition.poolId === undefined || isPoolInUse ? partition.poolId : 0,
    ethernet: partition.ethernet.map(renewed),
    // A partition with a port of its own cannot migrate: it is taken away first.
    logicalPorts: [],
    scsi: partition.scsi.map((adapter) => ({ ...renewed(adapter), serverSlot: 1_000 + number })),
    fibreChannel: partition.fibreChannel.map((adapter) => ({
      ...renewed(adapter),
      activeWwpn: adapter.activeWwpn === 0 ? 1 : 0,
    })),
  };
}

function movedPort(port: SimulatedLogicalPort, source: SimulatedSystem, target: SimulatedSystem): SimulatedLogicalPort {
  // Beyond the ports that the target has from the start.
  const drcIndex = String(Number(port.drcIndex) + 10_000);
  return { ...port, drcIndex, location: `${port.location.replace(unitOf(source), unitOf(target))}0` };
}

function unitOf({ machineType, model, serialNumber }: SimulatedSystem): string {
  return `U${machineType}.${model}.${serialNumber}`;
}
