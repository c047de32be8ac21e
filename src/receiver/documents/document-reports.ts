import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { describeError, type PowerVmError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Listed } from '../../pcm/assembly/system-sample.ts';
import type { DocumentKind, PcmDocument } from '../../pcm/model.ts';
import type { PcmFeedEntry } from '../../rest/model.ts';
import type { SystemRecorder } from '../statistics/statistics-recorder.ts';

type ErrorType = ErrorCode | 'PARTIAL' | 'GIVEN_UP' | 'PURGED';

/** Counts what is wrong with documents, by their kind and reason, and logs each such pair the first time. */
export class DocumentReports {
  readonly #recorder: SystemRecorder;
  readonly #logger: Logger;
  readonly #reported = new Set<string>();

  constructor(recorder: SystemRecorder, logger: Logger) {
    this.#recorder = recorder;
    this.#logger = logger;
  }

  /** One question for it ended so. */
  failed(entry: PcmFeedEntry, error: PowerVmError): void {
    this.#note(entry.category, error.code, { document: entry.fileName, reason: describeError(error) });
  }

  /** PCM threw it away before it was read. */
  purged({ category, fileName }: PcmFeedEntry): void {
    this.#recorder.documentError(category, 'PURGED');
    this.#logger.info({ document: fileName }, 'PCM threw a document away before it was read');
  }

  /** It is not requested again, unless a later traversal needs it. */
  abandoned({ category, fileName }: PcmFeedEntry, error: PowerVmError | undefined): void {
    const reason = error ? describeError(error) : 'its source has not given it';
    this.#note(category, 'GIVEN_UP', { document: fileName, code: error?.code, reason }, 'a document is passed over');
  }

  /** What PCM itself could not collect, and what could not be read of a document that came. */
  parts({ category, fileName }: PcmFeedEntry, document: PcmDocument): void {
    for (const error of pcmErrors(document)) this.#recorder.documentError(category, error);
    const [first] = document.problems;
    if (!first) return;
    const reason = `${document.problems.length} parts left out, first ${first.path}: ${first.reason}`;
    this.#note(category, 'PARTIAL', { document: fileName, reason });
  }

  fromTheFuture({ category, fileName }: PcmFeedEntry, time: number): void {
    const reason = `its time ${timeText(time)} is in the future of the console's own clock`;
    this.#note(category, 'POWERVM_DOCUMENT_INVALID', { document: fileName, reason });
  }

  /** What was read well and is of a time that cannot be: see `validateTimes`. */
  invalidTimes(documents: readonly Listed<PcmDocument>[]): void {
    for (const { listedAt, document } of documents) {
      const time = 'time' in document ? timeText(document.time) : 'missing';
      const reason = `its time is ${time}, and by the feed it is of ${timeText(listedAt)}`;
      this.#note(document.kind, 'POWERVM_DOCUMENT_INVALID', { document: document.kind, reason });
    }
  }

  /** Documents whose timebase the time stamps contradict: they are used without it. */
  ignoredTimebase(listings: readonly number[]): void {
    for (const listedAt of listings) {
      const reason = `its timebase is not that of ${timeText(listedAt)}; the time stamps are used instead`;
      this.#note('phyp', 'PARTIAL', { document: 'phyp', reason });
    }
  }

  #note(
    kind: DocumentKind,
    errorType: ErrorType,
    fields: Readonly<Record<string, string | undefined>>,
    message = 'a document could not be used in full',
  ): void {
    this.#recorder.documentError(kind, errorType);
    const key = `${kind} ${errorType}`;
    if (this.#reported.has(key)) this.#logger.debug(fields, message);
    else this.#logger.warn(fields, `${message}; the next ones of this kind are counted only`);
    this.#reported.add(key);
  }
}

/** What PCM itself could not collect, by the numbers of its errors: `PCM_4005`; `PCM_STATUS_2` where it names none. */
function pcmErrors(document: PcmDocument): ReadonlySet<string> {
  // Each guest of an lpar document has an error of its own.
  if (!('errors' in document)) return new Set();
  if (document.errors.length > 0) return new Set(document.errors.map(({ id }) => `PCM_${id}`));
  return new Set(document.status === 0 ? [] : [`PCM_STATUS_${document.status}`]);
}

/** A time may be beyond what a `Date` holds. */
function timeText(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}
