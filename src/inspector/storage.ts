import type { StorageCounters } from '../pcm/model.ts';
import type { StorageRates } from './activity.ts';
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

/** Per second between two documents of one VIOS. */
export function storageRates(current: StorageCounters, previous: StorageCounters, seconds: number): StorageRates {
  return {
    reads: ratio(difference(current.reads, previous.reads), seconds),
    writes: ratio(difference(current.writes, previous.writes), seconds),
    readBytes: ratio(difference(current.readBytes, previous.readBytes), seconds),
    writtenBytes: ratio(difference(current.writtenBytes, previous.writtenBytes), seconds),
  };
}
