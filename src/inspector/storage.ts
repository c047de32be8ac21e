import type { StorageCounters } from '../pcm/model.ts';
import type { StorageRates } from './activity.ts';
import type { Comparison } from './baselines.ts';
import { difference, hasFallen, ratio } from './counters.ts';
import type { Counters } from './timed.ts';

/** Whether the counters of a storage adapter began again since the document before. */
export function hasStorageRestarted(current: StorageCounters, previous: StorageCounters | undefined): boolean {
  return (
    previous !== undefined &&
    (hasFallen(current.reads, previous.reads) ||
      hasFallen(current.writes, previous.writes) ||
      hasFallen(current.readBytes, previous.readBytes) ||
      hasFallen(current.writtenBytes, previous.writtenBytes))
  );
}

/** Those that make {@link hasStorageRestarted}, in one order. */
export function storageCounters({ reads, writes, readBytes, writtenBytes }: StorageCounters): Counters {
  return [reads, writes, readBytes, writtenBytes];
}

/**
 * Per second, each since it could be read last.
 * @param comparison of counters in the order of {@link storageCounters}
 */
export function storageRates(comparison: Comparison, current: StorageCounters): StorageRates | undefined {
  if (!comparison.isPossible) return undefined;
  const counters = storageCounters(current);
  const rate = (place: number) => {
    const baseline = comparison.with(place);
    return ratio(difference(counters[place], baseline?.counters[place]), comparison.elapsedSince(baseline)?.seconds);
  };
  return { reads: rate(0), writes: rate(1), readBytes: rate(2), writtenBytes: rate(3) };
}
