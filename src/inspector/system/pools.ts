import type { HypervisorSample, MemoryPoolSample, PhysicalPoolSample, SharedPoolSample } from '../../pcm/model.ts';
import type { MemoryPoolActivity, PhysicalPoolActivity, SharedPoolActivity } from '../activity.ts';
import type { Baseline, Baselines, Comparison } from '../counters/baselines.ts';
import { type CounterName, type CounterValues, counterKinds } from '../counters/counter-kinds.ts';
import { bytesOf, difference, ratio } from '../counters/counters.ts';
import { previousName } from '../partition/description.ts';

/** The physical processor pool, where the console reports it. */
export function physicalPoolActivity(
  pool: PhysicalPoolSample | undefined,
  previous: HypervisorSample | undefined,
  baselines: Baselines,
): PhysicalPoolActivity | undefined {
  const key = { owner: 'system', kind: counterKinds.physicalPool, id: '' };
  const before = previous?.physicalPool && { stamp: previous, counters: previous.physicalPool };
  if (!pool) {
    if (before) baselines.leaveOut(key, before);
    return undefined;
  }
  return {
    ...poolUse(baselines.compare({ ...key, counters: pool }, before), pool, 'totalCycles'),
    configurable: pool.configurable,
    available: pool.available,
    borrowed: pool.borrowed,
  };
}

/** The shared processor pools that are in use. They nest in the physical pool: never add the two kinds. */
export function sharedPoolActivities(
  current: HypervisorSample,
  previous: HypervisorSample | undefined,
  baselines: Baselines,
): readonly SharedPoolActivity[] {
  return current.sharedPools
    .filter((pool) => !isUnusedPlaceholder(pool))
    .map((pool) => sharedPoolActivity(pool, previous, baselines));
}

function sharedPoolActivity(
  pool: SharedPoolSample,
  previous: HypervisorSample | undefined,
  baselines: Baselines,
): SharedPoolActivity {
  const group = { owner: 'system', kind: counterKinds.sharedPool, id: `${pool.id}`, counters: pool };
  const before = previous?.sharedPools.find((other) => other.id === pool.id);
  const baseline = previous && before && { stamp: previous, counters: before };
  return {
    id: pool.id,
    name: pool.name,
    previousName: previousName(before?.name, pool.name),
    ...poolUse(baselines.compare(group, baseline), pool, 'assignedCycles'),
    limit: pool.maximum,
    borrowed: pool.borrowed,
  };
}

/** @param size the counter of the cycles that its processors had */
function poolUse(comparison: Comparison, pool: CounterValues, size: 'totalCycles' | 'assignedCycles') {
  const cyclesSince = (baseline: Baseline | undefined, name: CounterName) =>
    difference(pool[name], baseline?.counters[name]);
  const rate = (name: CounterName) => {
    const baseline = comparison.with(name);
    return ratio(cyclesSince(baseline, name), comparison.elapsedSince(baseline)?.cycles);
  };
  const both = comparison.with(size, 'consumedCycles');
  const isTimed = comparison.elapsedSince(both) !== undefined;
  return {
    size: rate(size),
    consumed: rate('consumedCycles'),
    utilization: isTimed ? ratio(cyclesSince(both, 'consumedCycles'), cyclesSince(both, size)) : undefined,
  };
}

/** A frame lists all 64 pools; those called `SharedPoolNN` that hold only zeros were never set up. */
function isUnusedPlaceholder(pool: SharedPoolSample): boolean {
  const isEmpty = [pool.assignedCycles, pool.consumedCycles, pool.maximum].every(
    (value) => value === undefined || Number(value) === 0,
  );
  return isEmpty && /^SharedPool\d+$/.test(pool.name ?? '');
}

/** An Active Memory Sharing pool, in bytes. */
export function memoryPoolActivity(
  pool: MemoryPoolSample,
  previous: readonly MemoryPoolSample[] | undefined,
): MemoryPoolActivity {
  const before = previous?.find((other) => other.id === pool.id);
  return {
    id: pool.id,
    name: pool.name,
    previousName: previousName(before?.name, pool.name),
    size: bytesOf(pool.totalMib),
    assigned: bytesOf(pool.assignedMib),
    firmware: bytesOf(pool.firmwareMib),
    ioSize: bytesOf(pool.totalIoMib),
    ioMapped: bytesOf(pool.mappedIoMib),
  };
}
