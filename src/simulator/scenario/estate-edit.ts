import { newCycleCounters } from '../estate/build-partition.ts';
import { continued } from '../estate/counter-offsets.ts';
import { allPartitions, cycleCountersAt, workAt } from '../estate/counters.ts';
import type { SimulatedPartition, SimulatedSystem, SimulatedVios } from '../estate/model.ts';

export type Estate = readonly SimulatedSystem[];

export interface Place {
  readonly partition: string;
  readonly system?: string | undefined;
}

/** @throws {Error} for what is not on the estate */
export function findSystem(estate: Estate, name: string | undefined): SimulatedSystem {
  const found =
    name === undefined
      ? estate[0]
      : estate.find(({ id, name: own, mtms }) => [id, own, mtms].includes(name) || id === name.toLowerCase());
  if (found) return found;
  throw new Error(`there is no system ${name ?? ''}; there are ${estate.map((system) => system.name).join(', ')}`);
}

/** Looks in the system that is named, else in all; one that is only a placeholder or has left is not meant. */
export function findPartition(
  estate: Estate,
  { partition: name, system }: Place,
): { readonly system: SimulatedSystem; readonly partition: SimulatedPartition | SimulatedVios } {
  const systems = system === undefined ? estate : [findSystem(estate, system)];
  for (const owner of systems) {
    const partition = allPartitions(owner).find(
      (one) => !one.isPlaceholder && [one.id, one.name, String(one.number)].includes(name.toLowerCase()),
    );
    if (partition) return { system: owner, partition };
  }
  throw new Error(`there is no partition ${name}${system === undefined ? '' : ` on ${system}`}`);
}

/**
 * A system with a change of one of its partitions at `time`: what it counted until then stays counted, and so do
 * the pools, bridges and disks.
 */
export function changePartition(
  system: SimulatedSystem,
  id: string,
  time: number,
  change: (partition: SimulatedPartition) => Partial<SimulatedVios>,
): SimulatedSystem {
  return changeSystem(system, time, (old) =>
    withPartition(old, id, (one) => ({ cycleCounters: cycleCountersAt(one, time), ...change(one) })),
  );
}

/** @param restarted numbers of VIOSes whose own counters restart */
export function changeSystem(
  system: SimulatedSystem,
  time: number,
  change: (system: SimulatedSystem) => SimulatedSystem,
  restarted: readonly number[] = [],
): SimulatedSystem {
  return continued(system, change(system), time, new Set(restarted));
}

function withPartition(
  system: SimulatedSystem,
  id: string,
  change: (partition: SimulatedPartition) => Partial<SimulatedVios>,
): SimulatedSystem {
  const changed = <One extends SimulatedPartition>(one: One): One => (one.id === id ? { ...one, ...change(one) } : one);
  return { ...system, partitions: system.partitions.map(changed), vioses: system.vioses.map(changed) };
}

export function replaceSystem(estate: Estate, system: SimulatedSystem): Estate {
  return estate.map((old) => (old.id === system.id ? system : old));
}

/** Starts a partition: its own counters restart, and those that a VIOS keeps of its clients. */
export function started(
  system: SimulatedSystem,
  partition: SimulatedPartition,
  time: number,
  state: SimulatedPartition['state'],
): SimulatedSystem {
  const work = workAt(partition, time);
  const change = (old: SimulatedSystem) => {
    const afresh = withPartition(old, partition.id, (one) => ({
      state,
      problem: undefined,
      rmcState: state === 'Running' && one.kind !== 'ibmi' ? 'active' : 'none',
      cycleCounters: newCycleCounters(time, work),
      ethernet: one.ethernet.map((adapter) => ({ ...adapter, origin: work })),
      logicalPorts: one.logicalPorts.map((port) => ({ ...port, origin: clientWork(old, port.clientId, time) ?? work })),
    }));
    return partition.kind === 'vios' ? restartedServers(afresh, partition.number, time) : afresh;
  };
  return changeSystem(system, time, change, partition.kind === 'vios' ? [partition.number] : []);
}

function clientWork(system: SimulatedSystem, clientId: string | undefined, time: number): number | undefined {
  const client = system.partitions.find(({ id }) => id === clientId);
  return client && workAt(client, time);
}

function restartedServers(system: SimulatedSystem, viosNumber: number, time: number): SimulatedSystem {
  return {
    ...system,
    partitions: system.partitions.map((client) => {
      const afresh = <Adapter extends { readonly viosNumber: number }>(adapter: Adapter): Adapter =>
        adapter.viosNumber === viosNumber ? { ...adapter, origin: workAt(client, time) } : adapter;
      return { ...client, scsi: client.scsi.map(afresh), fibreChannel: client.fibreChannel.map(afresh) };
    }),
  };
}

/** A change of the estate, some time after its event begins. */
export interface Step {
  /** Milliseconds. */
  readonly after: number;
  /** @throws {Error} when the estate has not what it is about */
  readonly apply: (estate: Estate, time: number) => Estate;
}
