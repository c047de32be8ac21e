import type { HypervisorSample, MemoryPoolSample, PhysicalPoolSample, SharedPoolSample } from '../pcm/model.ts';
import type { MemoryPoolActivity, PhysicalPoolActivity, SharedPoolActivity } from './activity.ts';
import { bytesOf, difference, hasFallen, ratio } from './counters.ts';
import { leftName } from './description.ts';
import type { Elapsed } from './elapsed.ts';

/** The physical processor pool, where the console tells of it. */
export function physicalPoolActivity(
  pool: PhysicalPoolSample | undefined,
  previous: PhysicalPoolSample | undefined,
  elapsed: Elapsed | undefined,
): PhysicalPoolActivity | undefined {
  if (!pool) return undefined;
  const continues =
    previous !== undefined &&
    !hasFallen(pool.totalCycles, previous.totalCycles) &&
    !hasFallen(pool.consumedCycles, previous.consumedCycles);
  const size = continues ? ratio(difference(pool.totalCycles, previous.totalCycles), elapsed?.cycles) : undefined;
  const consumed = continues
    ? ratio(difference(pool.consumedCycles, previous.consumedCycles), elapsed?.cycles)
    : undefined;
  return {
    size,
    consumed,
    configurable: pool.configurable,
    available: pool.available,
    borrowed: pool.borrowed,
    utilization: ratio(consumed, size),
  };
}

/** The shared processor pools that are in use. They nest in the physical pool: never add the two kinds. */
export function sharedPoolActivities(
  current: HypervisorSample,
  previous: HypervisorSample | undefined,
  elapsed: Elapsed | undefined,
): readonly SharedPoolActivity[] {
  return current.sharedPools
    .filter((pool) => !isUnusedPlaceholder(pool))
    .map((pool) =>
      sharedPoolActivity(
        pool,
        previous?.sharedPools.find((other) => other.id === pool.id),
        elapsed,
      ),
    );
}

function sharedPoolActivity(
  pool: SharedPoolSample,
  previous: SharedPoolSample | undefined,
  elapsed: Elapsed | undefined,
): SharedPoolActivity {
  const continues =
    previous !== undefined &&
    !hasFallen(pool.assignedCycles, previous.assignedCycles) &&
    !hasFallen(pool.consumedCycles, previous.consumedCycles);
  const size = continues ? ratio(difference(pool.assignedCycles, previous.assignedCycles), elapsed?.cycles) : undefined;
  const consumed = continues
    ? ratio(difference(pool.consumedCycles, previous.consumedCycles), elapsed?.cycles)
    : undefined;
  return {
    id: pool.id,
    name: pool.name,
    leftName: leftName(previous?.name, pool.name),
    size,
    consumed,
    limit: pool.maximum,
    borrowed: pool.borrowed,
    utilization: ratio(consumed, size),
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
    leftName: leftName(before?.name, pool.name),
    size: bytesOf(pool.totalMib),
    assigned: bytesOf(pool.assignedMib),
    firmware: bytesOf(pool.firmwareMib),
    ioSize: bytesOf(pool.totalIoMib),
    ioMapped: bytesOf(pool.mappedIoMib),
  };
}
