import type { Counter, PartitionSample } from '../pcm/model.ts';
import type { ProcessorActivity } from './activity.ts';
import { difference, hasFallen, ratio, sumOf } from './counters.ts';
import type { Elapsed } from './elapsed.ts';
import { type Counters, HYPERVISOR, type StartTimes } from './timed.ts';

/** What the formulas need beside the partition's own sample. */
export interface ProcessorContext {
  readonly time: number;
  /** Of the sample before. */
  readonly previousTime: number | undefined;
  readonly cyclesPerSecond: number | undefined;
  readonly elapsed: Elapsed | undefined;
  readonly virtualProcessors: number | undefined;
  readonly dedicatedProcessors: number | undefined;
  /** Whether its counters began again since the sample before: see {@link hasRestarted} and {@link hasJumped}. */
  readonly restarted: boolean;
  readonly starts: StartTimes;
  /** Whether the idle counter of this partition cannot be believed (see masks.ts). */
  readonly isMasked: boolean;
  readonly isBusyFresh: boolean;
}

/**
 * The processor of a partition (catalog.md, "Partitions"; powervm-rest-api.md 6.2). Idle cycles are inside the
 * capped and uncapped ones, donated cycles outside: they are never subtracted.
 */
export function processorActivity(
  { id, processor }: PartitionSample,
  previous: ProcessorActivity | undefined,
  context: ProcessorContext,
): ProcessorActivity {
  const { elapsed, restarted, time, starts } = context;
  const rates = previous && elapsed && !restarted ? processorRates(processor, previous, context) : noRates;
  const dispatchRestarted =
    restarted ||
    hasFallen(processor.dispatchWait, previous?.dispatchWait) ||
    hasFallen(processor.instructions, previous?.instructions);
  return {
    poolId: processor.poolId,
    mode: processor.mode,
    cyclesPerSecond: context.cyclesPerSecond,
    cappedCycles: processor.cappedCycles,
    uncappedCycles: processor.uncappedCycles,
    idleCycles: processor.idleCycles,
    donatedCycles: processor.donatedCycles,
    entitledCycles: processor.entitledCycles,
    dispatchWait: processor.dispatchWait,
    instructions: processor.instructions,
    dispatchStartTime: starts.startOf(
      {
        owner: id,
        name: 'dispatch',
        source: HYPERVISOR,
        time,
        counters: [processor.dispatchWait, processor.instructions],
      },
      {
        previous: previous && {
          time: context.previousTime ?? time,
          startTime: previous.dispatchStartTime,
          fresh: true,
        },
        restarted: dispatchRestarted,
      },
    ),
    consumed: rates.consumed,
    busy: rates.busy,
    isBusyFresh: context.isBusyFresh,
    entitlement: rates.entitlement,
    utilization: rates.utilization,
    consumedUtilization: rates.consumedUtilization,
    virtualProcessors: context.virtualProcessors,
    dedicatedProcessors: context.dedicatedProcessors,
    virtualProcessorUtilization: ratio(rates.consumed, context.virtualProcessors),
    maxVirtualProcessors: processor.maxVirtualProcessors,
    maxProcessorUnits: processor.maxProcessorUnits,
    weight: processor.weight,
  };
}

export type Cycles = Pick<
  ProcessorActivity,
  'cappedCycles' | 'uncappedCycles' | 'idleCycles' | 'donatedCycles' | 'entitledCycles'
>;

type ProcessorRates = Pick<
  ProcessorActivity,
  'consumed' | 'busy' | 'entitlement' | 'utilization' | 'consumedUtilization'
>;

const noRates: ProcessorRates = {
  consumed: undefined,
  busy: undefined,
  entitlement: undefined,
  utilization: undefined,
  consumedUtilization: undefined,
};

/** Whether a partition's processor counters began again between two samples. */
export function hasRestarted(current: Cycles, previous: Cycles | undefined): boolean {
  if (!previous) return false;
  return (
    hasFallen(current.cappedCycles, previous.cappedCycles) ||
    hasFallen(current.uncappedCycles, previous.uncappedCycles) ||
    hasFallen(current.idleCycles, previous.idleCycles) ||
    hasFallen(current.donatedCycles, previous.donatedCycles) ||
    hasFallen(current.entitledCycles, previous.entitledCycles)
  );
}

/**
 * Whether the counters went up by what was not done here since the sample before: then nothing of the partition goes on.
 *
 * A partition that has just migrated in stood there with zeros and now shows the cycles of its whole life (one that was
 * just started looks the same); one that comes back shows what it did elsewhere, which may be more than the frame has
 * processors for.
 * @param installedProcessors of the frame
 */
export function hasJumped(
  current: Cycles,
  previous: Cycles | undefined,
  elapsed: Elapsed | undefined,
  installedProcessors: number | undefined,
): boolean {
  if (!previous) return false;
  if (hasNeverRun(previous) && !hasNeverRun(current)) return true;
  const consumed = ratio(consumedCycles(current, previous), elapsed?.cycles);
  return consumed !== undefined && installedProcessors !== undefined && consumed > installedProcessors * 1.1 + 1;
}

/** The counters that make {@link hasRestarted}, in one order. */
export function cyclesOf(cycles: Cycles): Counters {
  return [cycles.cappedCycles, cycles.uncappedCycles, cycles.idleCycles, cycles.donatedCycles, cycles.entitledCycles];
}

/** The same cycles back from {@link cyclesOf}. */
export function asCycles([cappedCycles, uncappedCycles, idleCycles, donatedCycles, entitledCycles]: Counters): Cycles {
  return { cappedCycles, uncappedCycles, idleCycles, donatedCycles, entitledCycles };
}

/** All zero: never started here, or a placeholder that waits for an incoming migration. */
export function hasNeverRun(cycles: Cycles): boolean {
  return isNone(cycles.cappedCycles) && isNone(cycles.uncappedCycles) && isNone(cycles.idleCycles);
}

function isNone(counter: Counter | undefined): boolean {
  return counter === undefined || Number(counter) === 0;
}

function processorRates(current: Cycles, previous: Cycles, context: ProcessorContext): ProcessorRates {
  const cycles = context.elapsed?.cycles;
  const consumedDelta = consumedCycles(current, previous);
  const idleDelta = context.isMasked ? undefined : difference(current.idleCycles, previous.idleCycles);
  const entitledDelta = difference(current.entitledCycles, previous.entitledCycles);
  const busyDelta =
    consumedDelta === undefined || idleDelta === undefined ? undefined : Math.max(0, consumedDelta - idleDelta);
  return {
    consumed: ratio(consumedDelta, cycles),
    busy: ratio(busyDelta, cycles),
    entitlement: ratio(entitledDelta, cycles),
    utilization: ratio(busyDelta, entitledDelta),
    consumedUtilization: ratio(consumedDelta, entitledDelta),
  };
}

function consumedCycles(current: Cycles, previous: Cycles): number | undefined {
  return difference(
    sumOf(current.cappedCycles, current.uncappedCycles),
    sumOf(previous.cappedCycles, previous.uncappedCycles),
  );
}
