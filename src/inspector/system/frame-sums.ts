import type { Counter, HypervisorSample, PartitionType } from '../../pcm/model.ts';
import type { PartitionActivity, PartitionCount, PartitionLists } from '../activity.ts';
import { isAtRest } from '../partition/mobility.ts';

/** What the sums of a frame are made of. */
export interface SummedPartitions {
  readonly partitions: readonly PartitionActivity[];
  /** Those of the sample that this one is compared with, by UUID; empty when there is none. */
  readonly previous: ReadonlyMap<string, PartitionActivity>;
  readonly previousHypervisor: HypervisorSample | undefined;
  /** Which lists of partitions are known in full. */
  readonly complete: PartitionLists;
  /** Whether a VIOS is masked: then the busy time of the system is unknown. */
  readonly isAnyMasked: boolean;
}

/** Processors. */
export interface SystemUsage {
  readonly consumed: number | undefined;
  readonly busy: number | undefined;
}

const UNKNOWN: SystemUsage = { consumed: undefined, busy: undefined };

/**
 * Sums over the partitions and VIOSes that both samples hold (docs/numbers.md#the-frame-and-its-pools): one that has
 * arrived, or that stood still before, contributes nothing to this interval. One that was running and whose counters
 * are unreadable or restarted makes the sum unknown; so does a list that is not whole.
 */
export function systemUsage(summed: SummedPartitions): SystemUsage {
  const { partitions, previous, complete, isAnyMasked } = summed;
  if (!complete.lpars || !complete.vioses) return UNKNOWN;
  let [consumed, busy, known] = [0, 0, 0];
  let isBusyKnown = !isAnyMasked;
  for (const partition of partitions) {
    const { processor } = partition;
    if (processor.consumed === undefined) {
      const before = previous.get(partition.id);
      if (before ? isIdle(before) : isIdle(partition) || wasListComplete(partition, summed)) continue;
      return UNKNOWN;
    }
    known += 1;
    consumed += processor.consumed;
    // A partition without idle time makes the busy time of the system unknown.
    if (processor.busy === undefined) isBusyKnown = false;
    else busy += processor.busy;
  }
  // A sum over nothing is not zero.
  return known === 0 ? UNKNOWN : { consumed, busy: isBusyKnown ? busy : undefined };
}

/** Nothing runs there: it is switched off, never ran, or is a placeholder for an incoming migration. */
function isIdle({ state, processor }: PartitionActivity): boolean {
  return isAtRest(state) || (isZero(processor.cappedCycles) && isZero(processor.uncappedCycles));
}

function isZero(counter: Counter | undefined): boolean {
  return counter !== undefined && Number(counter) === 0;
}

/**
 * Whether a partition that is new has arrived: where the list before was not whole, it may have been there all the
 * time.
 */
function wasListComplete({ type }: PartitionActivity, { previous, previousHypervisor }: SummedPartitions): boolean {
  const kind = kindOf(type);
  return previousHypervisor?.listing[kind] === 'whole' && countOf(kind, previous.values()) > 0;
}

/** A partition is switched off before it is deleted, and says so when it migrates, which takes minutes. */
function mayLeave(partition: PartitionActivity): boolean {
  return isIdle(partition) || partition.state?.toLowerCase().startsWith('migrating') === true;
}

/**
 * Which lists of partitions a document holds in full, and which the frame has had so far. A list that is absent or
 * empty is what it says on a frame that never had one, or from which the last ones may have left. On every other it is
 * lost.
 */
export function completeLists(
  { listing, partitions }: HypervisorSample,
  previous: ReadonlyMap<string, PartitionActivity>,
  listedBefore: PartitionLists | undefined,
): { readonly complete: PartitionLists; readonly listed: PartitionLists } {
  const hasListed = (kind: keyof PartitionLists) =>
    countOf(kind, partitions) > 0 ||
    listing[kind] === 'partial' ||
    (listedBefore?.[kind] === true && !haveLeft(kind, previous));
  const listed = { lpars: hasListed('lpars'), vioses: hasListed('vioses') };
  return { complete: wholeLists({ listing, partitions }, listed), listed };
}

/** Which lists of a document are whole, where the frame has had some so far. */
export function wholeLists(
  { listing, partitions }: Pick<HypervisorSample, 'listing' | 'partitions'>,
  listed: PartitionLists,
): PartitionLists {
  const isWhole = (kind: keyof PartitionLists) =>
    listing[kind] !== 'partial' && (countOf(kind, partitions) > 0 || !listed[kind]);
  return { lpars: isWhole('lpars'), vioses: isWhole('vioses') };
}

/** Whether all of a kind may be gone permanently. */
function haveLeft(kind: keyof PartitionLists, previous: ReadonlyMap<string, PartitionActivity>): boolean {
  const those = [...previous.values()].filter(({ type }) => kindOf(type) === kind);
  return those.length > 0 && those.every(mayLeave);
}

function kindOf(type: PartitionType): keyof PartitionLists {
  return type === 'vios' ? 'vioses' : 'lpars';
}

function countOf(kind: keyof PartitionLists, partitions: Iterable<{ readonly type: PartitionType }>): number {
  let count = 0;
  for (const { type } of partitions) if (kindOf(type) === kind) count += 1;
  return count;
}

/** How many partitions of each type are in each state; of a type of which one is not known, none is counted. */
export function countPartitions(
  partitions: readonly PartitionActivity[],
  complete: PartitionLists,
): readonly PartitionCount[] {
  const withoutState = new Set(partitions.filter(({ state }) => state === undefined).map(({ type }) => type));
  const counts = new Map<string, PartitionCount>();
  for (const { type, state } of partitions) {
    if (state === undefined || withoutState.has(type) || !complete[kindOf(type)]) continue;
    const key = `${type}/${state}`;
    counts.set(key, { type, state, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

/**
 * The counts with a single 0 for every combination that has disappeared, since a backend would keep the last count.
 * Types that cannot be counted now are omitted.
 * @param before counts of the previous instant
 */
export function withVanished(
  counts: readonly PartitionCount[],
  before: readonly PartitionCount[],
  partitions: readonly PartitionActivity[],
): readonly PartitionCount[] {
  const isCounted = (type: PartitionType) =>
    counts.some((entry) => kindOf(entry.type) === kindOf(type)) &&
    !partitions.some((partition) => partition.type === type && partition.state === undefined);
  const vanished = before.filter(
    ({ type, state, count }) =>
      count > 0 && isCounted(type) && !counts.some((entry) => entry.type === type && entry.state === state),
  );
  return vanished.length === 0 ? counts : [...counts, ...vanished.map((entry) => ({ ...entry, count: 0 }))];
}
