import type { HypervisorSample, MemoryPoolSample, PhysicalPoolSample, SharedPoolSample } from '../pcm/model.ts';
import type { MemoryPoolActivity, PhysicalPoolActivity, SharedPoolActivity } from './activity.ts';
import type { Baseline, Baselines } from './baselines.ts';
import { bytesOf, difference, ratio } from './counters.ts';
import { leftName } from './description.ts';
import type { Counters } from './timed.ts';

/** The physical processor pool, where the console tells of it. */
export function physicalPoolActivity(
  pool: PhysicalPoolSample | undefined,
  previous: HypervisorSample | undefined,
  baselines: Baselines,
): PhysicalPoolActivity | undefined {
  const counters = ({ totalCycles, consumedCycles }: PhysicalPoolSample) => [totalCycles, consumedCycles];
  const before = previous?.physicalPool && { stamp: previous, counters: counters(previous.physicalPool) };
  if (!pool) {
    if (before) baselines.leaveOut('physical pool', before);
    return undefined;
  }
  return {
    ...poolUse('physical pool', counters(pool), before, baselines),
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
  const counters = ({ assignedCycles, consumedCycles }: SharedPoolSample) => [assignedCycles, consumedCycles];
  const before = previous?.sharedPools.find((other) => other.id === pool.id);
  const baseline = previous && before && { stamp: previous, counters: counters(before) };
  return {
    id: pool.id,
    name: pool.name,
    leftName: leftName(before?.name, pool.name),
    ...poolUse(`pool ${pool.id}`, counters(pool), baseline, baselines),
    limit: pool.maximum,
    borrowed: pool.borrowed,
  };
}

/** @param counters cycles of its processors, and those that were used */
function poolUse(group: string, counters: Counters, previous: Baseline | undefined, baselines: Baselines) {
  const comparison = baselines.compare(group, counters, previous);
  const cyclesSince = (baseline: Baseline | undefined, place: number) =>
    difference(counters[place], baseline?.counters[place]);
  const rate = (place: number) => {
    const baseline = comparison.with(place);
    return ratio(cyclesSince(baseline, place), comparison.elapsedSince(baseline)?.cycles);
  };
  const [size, consumed, both] = [rate(0), rate(1), comparison.with(0, 1)];
  const isTimed = comparison.elapsedSince(both) !== undefined;
  return { size, consumed, utilization: isTimed ? ratio(cyclesSince(both, 1), cyclesSince(both, 0)) : undefined };
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
    leftName: leftName(before?.name, pool.name),
    size: bytesOf(pool.totalMib),
    assigned: bytesOf(pool.assignedMib),
    firmware: bytesOf(pool.firmwareMib),
    ioSize: bytesOf(pool.totalIoMib),
    ioMapped: bytesOf(pool.mappedIoMib),
  };
}
