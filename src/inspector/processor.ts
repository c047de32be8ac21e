import type { Counter, PartitionSample } from '../pcm/model.ts';
import type { ProcessorActivity } from './activity.ts';
import type { Comparison } from './baselines.ts';
import { difference, hasFallen, ratio, sumOf } from './counters.ts';
import type { Elapsed } from './elapsed.ts';
import { type Counters, HYPERVISOR, type StartTimes } from './timed.ts';

/** What the formulas need beside the partition's own sample. */
export interface ProcessorContext {
  readonly time: number;
  /** Of the sample before. */
  readonly previousTime: number | undefined;
  readonly cyclesPerSecond: number | undefined;
  /** Its cycles beside those of before, in the order of {@link cyclesOf}. */
  readonly comparison: Comparison;
  readonly virtualProcessors: number | undefined;
  readonly dedicatedProcessors: number | undefined;
  /** Whether its counters began again since the sample before: see {@link hasJumped}. */
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
  const { restarted, time, starts } = context;
  const rates = restarted ? noRates : processorRates(processor, context);
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

/**
 * Whether the counters went up by what was not done here since the sample before: then nothing of the partition goes on.
 *
 * A partition that has just migrated in stood there with zeros and now shows the cycles of its whole life (one that was
 * just started looks the same); one that comes back shows what it did elsewhere, which may be more than the frame has
 * processors for.
 * @param installedProcessors of the frame
 */
export function hasJumped(current: Cycles, comparison: Comparison, installedProcessors: number | undefined): boolean {
  const before = comparison.withAny(0, 1, 2);
  if (before && hasBegun(current, asCycles(before.counters))) return true;
  const baseline = comparison.with(0, 1);
  if (!baseline) return false;
  const elapsed = comparison.elapsedSince(baseline);
  return haveJumped(current, asCycles(baseline.counters), elapsed, installedProcessors);
}

/** The same for cycles that were read at any earlier time. */
export function haveJumped(
  current: Cycles,
  previous: Cycles,
  elapsed: Elapsed | undefined,
  installedProcessors: number | undefined,
): boolean {
  if (hasBegun(current, previous)) return true;
  const consumed = ratio(consumedCycles(current, previous), elapsed?.cycles);
  return consumed !== undefined && installedProcessors !== undefined && consumed > installedProcessors * 1.1 + 1;
}

function hasBegun(current: Cycles, previous: Cycles): boolean {
  return hasNeverRun(previous) && !hasNeverRun(current);
}

/** The counters that begin again together, in one order. */
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

/** Each over the time since all that it is made of could be read; nearly always that is the sample before. */
function processorRates(current: Cycles, { comparison, isMasked }: ProcessorContext): ProcessorRates {
  const over = (...places: readonly number[]) => {
    const baseline = comparison.with(...places);
    if (!baseline) return undefined;
    const previous = asCycles(baseline.counters);
    const consumed = consumedCycles(current, previous);
    const idle = isMasked ? undefined : difference(current.idleCycles, previous.idleCycles);
    return {
      cycles: comparison.elapsedSince(baseline)?.cycles,
      consumed,
      busy: consumed === undefined || idle === undefined ? undefined : Math.max(0, consumed - idle),
      entitled: difference(current.entitledCycles, previous.entitledCycles),
    };
  };
  const [capped, uncapped, idle, , entitled] = PLACES;
  const [consumption, work, entitlement] = [over(capped, uncapped), over(capped, uncapped, idle), over(entitled)];
  const workEntitled = work?.entitled === undefined ? over(capped, uncapped, idle, entitled) : work;
  const consumptionEntitled = consumption?.entitled === undefined ? over(capped, uncapped, entitled) : consumption;
  return {
    consumed: ratio(consumption?.consumed, consumption?.cycles),
    busy: ratio(work?.busy, work?.cycles),
    entitlement: ratio(entitlement?.entitled, entitlement?.cycles),
    utilization: workEntitled?.cycles === undefined ? undefined : ratio(workEntitled.busy, workEntitled.entitled),
    consumedUtilization:
      consumptionEntitled?.cycles === undefined
        ? undefined
        : ratio(consumptionEntitled.consumed, consumptionEntitled.entitled),
  };
}

/** Of the counters in {@link cyclesOf}. */
const PLACES = [0, 1, 2, 3, 4] as const;

function consumedCycles(current: Cycles, previous: Cycles): number | undefined {
  return difference(
    sumOf(current.cappedCycles, current.uncappedCycles),
    sumOf(previous.cappedCycles, previous.uncappedCycles),
  );
}
