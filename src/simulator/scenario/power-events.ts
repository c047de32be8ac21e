import { newCycleCounters } from '../estate/build-partition.ts';
import { noCounterOffsets } from '../estate/counter-offsets.ts';
import { allPartitions, workAt } from '../estate/counters.ts';
import type { PartitionState, SimulatedPartition, SimulatedSystem } from '../estate/model.ts';
import {
  changePartition,
  findPartition,
  findSystem,
  type Place,
  replaceSystem,
  type Step,
  started,
} from './estate-edit.ts';
import type { Action } from './event-schema.ts';

/**
 * Counters fall when it goes down into Open Firmware, and continue from there. A VIOS does not report until it is up.
 */
export function reboot(place: Action<'reboot'>): readonly Step[] {
  return [
    { after: 0, apply: (estate, time) => startIn(estate, place, time, 'Open Firmware') },
    { after: place.takes, apply: (estate, time) => startIn(estate, place, time, 'Running') },
  ];
}

export function powerOff(place: Action<'power_off'>): readonly Step[] {
  return [
    {
      after: 0,
      apply: (estate, time) => {
        const { system, partition } = findPartition(estate, place);
        const off = changePartition(system, partition.id, time, (one) => ({
          state: 'Not Activated',
          rmcState: 'none',
          problem: one.kind === 'vios' ? 'missing' : undefined,
          cycleCounters: newCycleCounters(time, workAt(one, time)),
        }));
        return replaceSystem(estate, off);
      },
    },
  ];
}

export function powerOn(place: Action<'power_on'>): readonly Step[] {
  return [{ after: 0, apply: (estate, time) => startIn(estate, place, time, 'Running') }];
}

/** Maintenance of a frame: no sample is taken while it is off, and everything on it that was running is started again. */
export function powerCycle({ system: name, takes }: Action<'power_cycle'>): readonly Step[] {
  const paused = (system: SimulatedSystem, isPaused: boolean): SimulatedSystem => ({
    ...system,
    collection: { ...system.collection, isPaused },
  });
  return [
    { after: 0, apply: (estate) => replaceSystem(estate, paused(findSystem(estate, name), true)) },
    {
      after: takes,
      apply: (estate, time) => {
        const off = findSystem(estate, name);
        const up = allPartitions(off)
          .filter(({ state }) => state !== 'Not Activated')
          .reduce((system, partition) => started(system, partition, time, 'Running'), off);
        return replaceSystem(estate, { ...paused(up, false), bootTime: time, counterOffsets: noCounterOffsets(time) });
      },
    },
  ];
}

export function viosFailure(place: Action<'vios_failure'>): readonly Step[] {
  const problem = place.shows === 'missing' ? 'missing' : '4002';
  return [
    changing(place, 0, (one) => {
      if (one.kind !== 'vios') throw new Error(`${one.name} is no VIOS`);
      return { state: 'Open Firmware', rmcState: 'none', problem };
    }),
    { after: place.lasts, apply: (estate, time) => startIn(estate, place, time, 'Running') },
  ];
}

export function rmcInactive(place: Action<'rmc_inactive'>): readonly Step[] {
  return [
    changing(place, 0, (one) => ({ rmcState: 'inactive', ...(one.kind === 'vios' ? { problem: '4005' } : {}) })),
    changing(place, place.lasts, () => ({ rmcState: 'active', problem: undefined })),
  ];
}

/** Frozen until it resumes: no counter falls. */
export function suspend(place: Action<'suspend'>): readonly Step[] {
  return [
    changing(place, 0, () => ({ state: 'Suspended', rmcState: 'none' })),
    changing(place, place.lasts, () => ({ state: 'Running', rmcState: 'active' })),
  ];
}

function changing(
  place: Place,
  after: number,
  change: (partition: SimulatedPartition) => Partial<SimulatedPartition>,
): Step {
  return {
    after,
    apply: (estate, time) => {
      const { system, partition } = findPartition(estate, place);
      return replaceSystem(estate, changePartition(system, partition.id, time, change));
    },
  };
}

function startIn(estate: Parameters<Step['apply']>[0], place: Place, time: number, state: PartitionState) {
  const { system, partition } = findPartition(estate, place);
  const up = started(system, partition, time, state);
  const isReporting = state === 'Running' || partition.kind !== 'vios';
  return replaceSystem(estate, isReporting ? up : changePartition(up, partition.id, time, () => ({ problem: '4002' })));
}
