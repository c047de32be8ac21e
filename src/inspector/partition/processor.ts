import type { Counter, PartitionSample } from '../../pcm/model.ts';
import type { ProcessorActivity } from '../activity.ts';
import type { Baseline, Comparison } from '../counters/baselines.ts';
import { type CounterName, type CounterValues, counterKinds } from '../counters/counter-kinds.ts';
import { difference, hasDecreased, ratio, sumOf } from '../counters/counters.ts';
import type { Elapsed } from '../counters/elapsed.ts';
import { HYPERVISOR, type StartTimes } from '../counters/timed.ts';

/** What the formulas need beside the partition's own sample. */
export interface ProcessorContext {
  readonly time: number;
  /** Of the sample before. */
  readonly previousTime: number | undefined;
  readonly cyclesPerSecond: number | undefined;
  /** Its cycles beside those of before. */
  readonly comparison: Comparison;
  readonly virtualProcessors: number | undefined;
  readonly dedicatedProcessors: number | undefined;
  /** Whether its counters began again since the sample before: see {@link hasJumped}. */
  readonly restarted: boolean;
  readonly starts: StartTimes;
  /** Whether the idle counter of this partition is unreliable (see masks.ts). */
  readonly isMasked: boolean;
  readonly isBusyFresh: boolean;
}

/**
 * The processor of a partition (docs/numbers.md#processor). Idle cycles are inside the
 * capped and uncapped ones, donated cycles outside: they are never subtracted.
 */
export function processorActivity(
  owner: string,
  processor: PartitionSample['processor'],
  previous: ProcessorActivity | undefined,
  context: ProcessorContext,
): ProcessorActivity {
  const { restarted, time, starts } = context;
  const rates = restarted ? noRates : processorRates(processor, context);
  const dispatchRestarted =
    restarted ||
    hasDecreased(processor.dispatchWait, previous?.dispatchWait) ||
    hasDecreased(processor.instructions, previous?.instructions);
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
        owner,
        kind: counterKinds.dispatch,
        id: '',
        source: HYPERVISOR,
        time,
        counters: processor,
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
  CounterValues,
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
 * Whether the counters went up by what was not done here since the sample before: then nothing of the partition
 * continues.
 *
 * A partition that has just migrated in stood there with zeros and now shows the cycles of its whole life (one that was
 * just started looks the same); one that comes back shows what it did elsewhere, which may be more than the frame has
 * processors for.
 * @param installedProcessors of the frame
 */
export function hasJumped(current: Cycles, comparison: Comparison, installedProcessors: number | undefined): boolean {
  const before = comparison.withAny('cappedCycles', 'uncappedCycles', 'idleCycles');
  if (before && hasBegun(current, before.counters)) return true;
  const baseline = comparison.with('cappedCycles', 'uncappedCycles');
  if (!baseline) return false;
  const elapsed = comparison.elapsedSince(baseline);
  return haveJumped(current, baseline.counters, elapsed, installedProcessors);
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

/** All zero: never started here, or a placeholder that waits for an incoming migration. */
export function hasNeverRun(cycles: Cycles): boolean {
  return isNone(cycles.cappedCycles) && isNone(cycles.uncappedCycles) && isNone(cycles.idleCycles);
}

function isNone(counter: Counter | undefined): boolean {
  return counter === undefined || Number(counter) === 0;
}

function processorRates(current: Cycles, { comparison, isMasked }: ProcessorContext): ProcessorRates {
  const { withAll } = comparison;
  if (!withAll) return partialRates(current, comparison, isMasked);
  const { cycles, consumed, busy, entitled } = usedSince(withAll, current, comparison, isMasked);
  const isTimed = cycles !== undefined;
  return {
    consumed: ratio(consumed, cycles),
    busy: ratio(busy, cycles),
    entitlement: ratio(entitled, cycles),
    utilization: isTimed ? ratio(busy, entitled) : undefined,
    consumedUtilization: isTimed ? ratio(consumed, entitled) : undefined,
  };
}

/** The same where a counter is missing: each over the time since all that it is made of could be read. */
function partialRates(current: Cycles, comparison: Comparison, isMasked: boolean): ProcessorRates {
  const over = (...names: readonly CounterName[]) => {
    const baseline = comparison.with(...names);
    return baseline && usedSince(baseline, current, comparison, isMasked);
  };
  const consumption = over('cappedCycles', 'uncappedCycles');
  const work = over('cappedCycles', 'uncappedCycles', 'idleCycles');
  const entitlement = over('entitledCycles');
  const workEntitled =
    work?.entitled === undefined ? over('cappedCycles', 'uncappedCycles', 'idleCycles', 'entitledCycles') : work;
  const consumptionEntitled =
    consumption?.entitled === undefined ? over('cappedCycles', 'uncappedCycles', 'entitledCycles') : consumption;
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

/** Cycles since a baseline. */
function usedSince(baseline: Baseline, current: Cycles, comparison: Comparison, isMasked: boolean) {
  const previous = baseline.counters;
  const consumed = consumedCycles(current, previous);
  const idle = isMasked ? undefined : difference(current.idleCycles, previous.idleCycles);
  return {
    cycles: comparison.elapsedSince(baseline)?.cycles,
    consumed,
    busy: consumed === undefined || idle === undefined ? undefined : Math.max(0, consumed - idle),
    entitled: difference(current.entitledCycles, previous.entitledCycles),
  };
}

function consumedCycles(current: Cycles, previous: Cycles): number | undefined {
  return difference(
    sumOf(current.cappedCycles, current.uncappedCycles),
    sumOf(previous.cappedCycles, previous.uncappedCycles),
  );
}
