import type { StorageCounters } from '../pcm/model.ts';
import type { StorageRates } from './activity.ts';
import { type CounterPairs, difference, ratio } from './counters.ts';

/** The counters that every storage adapter has, beside those of the document before. */
export function storagePairs(current: StorageCounters, previous: StorageCounters): CounterPairs {
  return [
    [current.reads, previous.reads],
    [current.writes, previous.writes],
    [current.readBytes, previous.readBytes],
    [current.writtenBytes, previous.writtenBytes],
  ];
}

/** Per second between two documents of one VIOS. */
export function storageRates(current: StorageCounters, previous: StorageCounters, seconds: number): StorageRates {
  return {
    reads: ratio(difference(current.reads, previous.reads), seconds),
    writes: ratio(difference(current.writes, previous.writes), seconds),
    readBytes: ratio(difference(current.readBytes, previous.readBytes), seconds),
    writtenBytes: ratio(difference(current.writtenBytes, previous.writtenBytes), seconds),
  };
}

export function storageCountersOf({ reads, writes, readBytes, writtenBytes }: StorageCounters): StorageCounters {
  return { reads, writes, readBytes, writtenBytes };
}
