import { PORTS_FAILED } from '../documents/hypervisor-document.ts';
import type { SimulatedCollection } from '../estate/model.ts';
import { findPartition, findSystem, replaceSystem, type Step } from './estate-edit.ts';
import type { Action } from './event-schema.ts';

const PORTS_FAILED_ERROR = { id: PORTS_FAILED, message: 'Statistics of SR-IOV physical ports could not be read.' };

export function computeOnly({ system, lasts }: Action<'compute_only'>): readonly Step[] {
  return during(system, lasts, { isComputeOnly: true }, { isComputeOnly: false });
}

export function energyGap({ system, lasts }: Action<'energy_gap'>): readonly Step[] {
  return during(system, lasts, { isEnergyPaused: true }, { isEnergyPaused: false });
}

export function noSamples({ system, lasts }: Action<'no_samples'>): readonly Step[] {
  return during(system, lasts, { isPaused: true }, { isPaused: false });
}

export function samples({ system, lasts, status, errors }: Action<'samples'>): readonly Step[] {
  return during(
    system,
    lasts,
    { status, errors: errors ?? (status === 2 ? [PORTS_FAILED_ERROR] : []) },
    { status: 0, errors: [] },
  );
}

export function listPartitionTwice(action: Action<'list_twice'>): readonly Step[] {
  const list = (after: number, isTwice: boolean): Step => ({
    after,
    apply: (estate) => {
      const { system, partition } = findPartition(estate, action);
      const others = system.collection.listedTwice.filter((id) => id !== partition.id);
      const listedTwice = isTwice ? [...others, partition.id] : others;
      return replaceSystem(estate, { ...system, collection: { ...system.collection, listedTwice } });
    },
  });
  return [list(0, true), ...(action.lasts === undefined ? [] : [list(action.lasts, false)])];
}

function during(
  name: string | undefined,
  lasts: number | undefined,
  change: Partial<SimulatedCollection>,
  back: Partial<SimulatedCollection>,
): readonly Step[] {
  const changing = (after: number, values: Partial<SimulatedCollection>): Step => ({
    after,
    apply: (estate) => {
      const system = findSystem(estate, name);
      return replaceSystem(estate, { ...system, collection: { ...system.collection, ...values } });
    },
  });
  return [changing(0, change), ...(lasts === undefined ? [] : [changing(lasts, back)])];
}
