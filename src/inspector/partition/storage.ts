import type { StorageCounters } from '../../pcm/model.ts';
import type { StorageRates } from '../activity.ts';
import type { Comparison } from '../counters/baselines.ts';
import { difference, ratio } from '../counters/counters.ts';

/** Per second, each since it could be read last. */
export function storageRates(comparison: Comparison, current: StorageCounters): StorageRates | undefined {
  if (!comparison.isPossible) return undefined;
  const [reads, writes] = [comparison.with('reads'), comparison.with('writes')];
  const [readBytes, writtenBytes] = [comparison.with('readBytes'), comparison.with('writtenBytes')];
  return {
    reads: ratio(difference(current.reads, reads?.counters.reads), comparison.secondsSince(reads)),
    writes: ratio(difference(current.writes, writes?.counters.writes), comparison.secondsSince(writes)),
    readBytes: ratio(difference(current.readBytes, readBytes?.counters.readBytes), comparison.secondsSince(readBytes)),
    writtenBytes: ratio(
      difference(current.writtenBytes, writtenBytes?.counters.writtenBytes),
      comparison.secondsSince(writtenBytes),
    ),
  };
}
