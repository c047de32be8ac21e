import { ConsoleError, describeError, PowerVmError } from '../../base/errors/errors.ts';
import type { Listed } from '../../pcm/assembly/system-sample.ts';
import type { PcmDocument } from '../../pcm/model.ts';
import type { PcmFeedEntry } from '../../rest/model.ts';

/** A question later than so long after the first would keep the next reading waiting. */
export const MAX_READ_DURATION_MS = 10_500;

/**
 * The feed says the time of the newest document of a file; the others are older by the difference of their own times.
 */
export function listAll(entry: PcmFeedEntry, documents: readonly PcmDocument[]): readonly Listed<PcmDocument>[] {
  const newest = documents.at(-1);
  const ahead = newest && 'time' in newest ? entry.listedAt - newest.time : 0;
  return documents.map((document) => ({
    listedAt: document === newest || !('time' in document) ? entry.listedAt : document.time + ahead,
    document,
  }));
}

/** What the console does not have, it will not have; whatever else is wrong may pass. */
export function isFinal(error: PowerVmError): boolean {
  if (error.code === 'POWERVM_NOT_FOUND' || error.code === 'POWERVM_ANSWER_TOO_LARGE') return true;
  return error.code === 'POWERVM_REQUEST_REJECTED' && Number(error.context.statusCode) < 500;
}

/** Whether the console wants to be asked again later than within this reading. */
export function asksToRetryLater(error: PowerVmError | undefined): boolean {
  return Number(error?.context.retryAfter ?? 0) > MAX_READ_DURATION_MS / 1000;
}

export function typed(error: unknown): PowerVmError {
  if (error instanceof PowerVmError) return error;
  return new ConsoleError('POWERVM_REQUEST_REJECTED', describeError(error), { cause: error });
}

/** By the console's own clock. */
export interface SampleTimes {
  /** The latest possible time of a sample. */
  latest(): number;
  /** Of what time the newest sample is that PCM may have thrown away by now. */
  latestPurged(): number;
}

/** What PCM threw away between its listing and the question was no fault of the document. */
export function wasPurged({ listedAt }: PcmFeedEntry, { code }: PowerVmError, times: SampleTimes): boolean {
  return code === 'POWERVM_NOT_FOUND' && listedAt <= times.latestPurged();
}
