import type { GuestMemorySample } from '../../pcm/model.ts';
import type { GuestMemoryActivity } from '../activity.ts';
import { ratio } from '../counters/counters.ts';

const SWAP_PAGE_BYTES = 4096;

/** Memory inside a guest (docs/reference/pcm-documents.md#guest-memory). Without a response of RMC nothing is known. */
export function guestMemoryActivity(
  sample: GuestMemorySample | undefined,
  fresh: boolean,
): GuestMemoryActivity | undefined {
  if (!sample || sample.time === undefined || sample.error !== undefined) return undefined;
  const { availablePercent, freePercent, swapTotalPages, swapFreePages } = sample;
  // A guest without memory did not report it.
  const totalBytes = sample.totalBytes === 0 ? undefined : sample.totalBytes;
  // Whole per cents of whole bytes: no digits that are there for want of a better double.
  const usage =
    totalBytes === undefined || availablePercent === undefined
      ? undefined
      : (totalBytes * (100 - availablePercent)) / 100;
  return {
    time: sample.time,
    startTime: sample.time,
    fresh,
    limit: totalBytes,
    usage,
    utilization: ratio(usage, totalBytes),
    free: totalBytes === undefined || freePercent === undefined ? undefined : (totalBytes * freePercent) / 100,
    pageInRate: sample.pageInRate,
    pageOutRate: sample.pageOutRate,
    swapInRate: sample.swapInRate,
    swapOutRate: sample.swapOutRate,
    swapLimit: swapTotalPages === undefined ? undefined : swapTotalPages * SWAP_PAGE_BYTES,
    swapUsage:
      swapTotalPages === undefined || swapFreePages === undefined || swapFreePages > swapTotalPages
        ? undefined
        : (swapTotalPages - swapFreePages) * SWAP_PAGE_BYTES,
  };
}
