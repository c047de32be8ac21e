import { poolSize } from '../estate/aggregates.ts';
import { buildEthernet, buildFibreChannel, buildLogicalPort, buildScsi } from '../estate/build-adapters.ts';
import { allPartitions, hasGuest, workAt } from '../estate/counters.ts';
import type { LoadProfile } from '../estate/load.ts';
import type { SimulatedPartition, SimulatedSystem } from '../estate/model.ts';
import { SeededRandom } from '../random.ts';
import { changePartition, changeSystem, findPartition, findSystem, replaceSystem, type Step } from './estate-edit.ts';
import type { Action } from './event-schema.ts';

/** A new adapter, whose counters begin at zero. */
export function plug(action: Action<'plug'>): readonly Step[] {
  return [
    {
      after: 0,
      apply: (estate, time) => {
        const { system, partition } = findPartition(estate, action);
        if (!system.vioses.some(({ number }) => number === action.vios)) {
          throw new Error(`${system.name} has no VIOS with number ${action.vios}`);
        }
        const changed = changePartition(system, partition.id, time, (one) => withAdapter(system, one, action, time));
        return replaceSystem(estate, changed);
      },
    },
  ];
}

function withAdapter(
  system: SimulatedSystem,
  partition: SimulatedPartition,
  { adapter, vios }: Action<'plug'>,
  time: number,
): Partial<SimulatedPartition> {
  const { number, ethernet, scsi, fibreChannel, logicalPorts } = partition;
  const unit = `U${system.machineType}.${system.model}.${system.serialNumber}`;
  const frame = { unit, physicalPorts: system.physicalPorts };
  const origin = workAt(partition, time);
  const count = ethernet.length + scsi.length + fibreChannel.length + logicalPorts.length;
  const random = new SeededRandom(partition.id).for(`plugged-${count}`);
  switch (adapter) {
    case 'ethernet': {
      const slot = Math.max(FIRST_PLUGGED_SLOT, ...ethernet.map((other) => other.slot + 1));
      return { ethernet: [...ethernet, buildEthernet(frame, random, number, slot, origin)] };
    }
    case 'scsi':
      return { scsi: [...scsi, buildScsi(frame, random, number, vios, 1 + scsi.length, origin)] };
    case 'fibre_channel': {
      const added = buildFibreChannel(frame, random, number, vios, 1 + fibreChannel.length, origin);
      return { fibreChannel: [...fibreChannel, added] };
    }
    case 'sriov': {
      const added = buildLogicalPort(frame, random, 1_000 * (1 + logicalPorts.length) + number, undefined, origin);
      return { logicalPorts: [...logicalPorts, added] };
    }
  }
}

/** Beyond the slots of the adapters that a partition has from the start. */
const FIRST_PLUGGED_SLOT = 30;

export function unplug(action: Action<'unplug'>): readonly Step[] {
  return [
    {
      after: 0,
      apply: (estate, time) => {
        const { system, partition } = findPartition(estate, action);
        const changed = changePartition(system, partition.id, time, (one) => withoutAdapter(one, action.adapter));
        return replaceSystem(estate, changed);
      },
    },
  ];
}

function withoutAdapter(
  { name, ethernet, scsi, fibreChannel, logicalPorts }: SimulatedPartition,
  adapter: Action<'unplug'>['adapter'],
): Partial<SimulatedPartition> {
  const lists = { ethernet, scsi, fibre_channel: fibreChannel, sriov: logicalPorts };
  if (lists[adapter].length === 0) throw new Error(`${name} has no ${adapter} adapter to unplug`);
  switch (adapter) {
    case 'ethernet':
      return { ethernet: ethernet.slice(0, -1) };
    case 'scsi':
      return { scsi: scsi.slice(0, -1) };
    case 'fibre_channel':
      return { fibreChannel: fibreChannel.slice(0, -1) };
    case 'sriov':
      return { logicalPorts: logicalPorts.slice(0, -1) };
  }
}

/** DLPAR. The load keeps its share of what it may use. */
export function resize(action: Action<'resize'>): readonly Step[] {
  return [
    {
      after: 0,
      apply: (estate, time) => {
        const { system, partition } = findPartition(estate, action);
        return replaceSystem(
          estate,
          changePartition(system, partition.id, time, (one) => {
            const entitlement = action.entitlement ?? one.entitlement;
            const isDedicated = one.poolId === undefined;
            const virtualProcessors = isDedicated ? entitlement : (action.virtual_processors ?? one.virtualProcessors);
            return {
              entitlement,
              virtualProcessors,
              memoryMib: action.memory_mib ?? one.memoryMib,
              load: scaledLoad(one, entitlement, virtualProcessors),
            };
          }),
        );
      },
    },
  ];
}

function scaledLoad(before: SimulatedPartition, entitlement: number, virtualProcessors: number): LoadProfile {
  const { load } = before;
  const within = entitlement / before.entitlement;
  const spare = before.virtualProcessors - before.entitlement;
  const beyond = spare <= 0 ? 0 : Math.max(virtualProcessors - entitlement, 0) / spare;
  return {
    ...load,
    night: load.night * within,
    day: load.day * within,
    ripple: load.ripple * within,
    burst: load.burst * beyond,
    batch: load.batch * beyond,
  };
}

/** Every member uses its entitlement, and the uncapped ones share what is left of the pool by weight. */
export function exhaustPool(action: Action<'exhaust_pool'>): readonly Step[] {
  const before = new Map<string, LoadProfile>();
  const reload = (after: number, loadOf: (system: SimulatedSystem, one: SimulatedPartition) => LoadProfile): Step => ({
    after,
    apply: (estate, time) => {
      const system = findSystem(estate, action.system);
      const id = poolId(system, action.pool);
      const members = allPartitions(system).filter((one) => one.poolId === id && hasGuest(one));
      return replaceSystem(
        estate,
        members.reduce(
          (changed, member) => changePartition(changed, member.id, time, (one) => ({ load: loadOf(system, one) })),
          changeSystem(system, time, (old) => old),
        ),
      );
    },
  });
  return [
    reload(0, (system, one) => {
      before.set(one.id, one.load);
      return greedyLoad(system, one);
    }),
    reload(action.lasts, (_, one) => before.get(one.id) ?? one.load),
  ];
}

function poolId(system: SimulatedSystem, name: string): number {
  const pool = system.pools.find((one) => one.name === name || String(one.id) === name);
  if (pool) return pool.id;
  throw new Error(`${system.name} has no pool ${name}; it has ${system.pools.map((one) => one.name).join(', ')}`);
}

function greedyLoad(system: SimulatedSystem, one: SimulatedPartition): LoadProfile {
  const members = allPartitions(system).filter((other) => other.poolId === one.poolId && hasGuest(other));
  const entitled = members.reduce((sum, { entitlement }) => sum + entitlement, 0);
  const weights = members.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  const left = Math.max(poolSize(system, one.poolId ?? 0) - entitled, 0);
  const share = weights === 0 ? 0 : (left * (one.weight ?? 0)) / weights;
  return {
    ...one.load,
    night: one.entitlement,
    day: one.entitlement,
    ripple: 0,
    burst: 0,
    batch: 0,
    surplus: one.mode === 'uncap' ? Math.min(share, one.virtualProcessors - one.entitlement) : 0,
    idleShare: 0.02,
  };
}
