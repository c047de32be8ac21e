import type { Clock } from '../../base/clock/clock.ts';
import { PcmDocumentError, type PowerVmError } from '../../base/errors/errors.ts';
import type { Listed } from '../../pcm/assembly/system-sample.ts';
import { documentKinds, groupBySource, sourceOfEntry } from '../../pcm/documents/document-kinds.ts';
import type { PcmDocument } from '../../pcm/model.ts';
import type { ConsoleClient, PcmFeedEntry } from '../../rest/model.ts';
import { isRequestsPaused } from '../../rest/requests/circuit-breaker.ts';
import { leastTime } from '../../rest/requests/time-limit.ts';
import { isTooSlow } from '../../rest/requests/transport.ts';
import type { LostDocument } from '../cursors/position.ts';
import { DocumentAttempts, type FailedAttempt } from './document-attempts.ts';
import type { DocumentReports } from './document-reports.ts';
import {
  asksToRetryLater,
  isFinal,
  listAll,
  MAX_READ_DURATION_MS,
  type SampleTimes,
  typed,
  wasPurged,
} from './read-outcomes.ts';

/** Milliseconds between the questions for a document that failed at once, as long as others come. */
const RETRY_PAUSES = [1_000, 1_000, 1_500, 2_000, 2_000, 2_500];
/** So many at a time: the console takes fewer, and who is not asked yet can still be spared. */
const WORKERS = 4;
/** After so many failures in a row the rest is not asked for: sooner while nothing has come at all. */
const FAILURES_UNTIL_STOP = { whileNoneSucceeded: 3, afterSuccess: 8 };
/** PCM lists some sixty documents of each source, and a reading needs those of a few instants. */
const MAX_DOCUMENTS = 400;

/** What came of asking for documents. */
export interface ReadDocuments {
  readonly documents: readonly Listed<PcmDocument>[];
  /** All that came, by file name. */
  readonly read: ReadonlyMap<string, readonly Listed<PcmDocument>[]>;
  /** File names of those to be asked for again, later: the console failed to give them, or they wait for one of these. */
  readonly postponed: ReadonlySet<string>;
  /** Feed times of instants whose hypervisor document will not come. */
  readonly lostInstants: readonly number[];
  /** Documents of other sources that will not come: their instants come without them. */
  readonly lostParts: readonly LostDocument[];
  /** Whether a hypervisor document is among the postponed. */
  readonly isBlocked: boolean;
  /** Why there is nothing to continue with: no document came at all, or none of the hypervisor for some time. */
  readonly failure: PowerVmError | undefined;
}

/**
 * Documents that have been read and wait for an older one of their source, by file name. Each traversal has its own.
 */
export type WaitingDocuments = Map<string, readonly Listed<PcmDocument>[]>;

export interface ReadOptions {
  /**
   * Whether documents wait for an older one of the same source that may still come. Not at first contact, when the
   * newest one is what is wanted.
   */
  readonly preservesOrder: boolean;
  readonly waiting: WaitingDocuments;
}

type Outcome = readonly Listed<PcmDocument>[] | 'gone' | FailedAttempt;

/** One call of {@link DocumentReader.read}. */
interface CurrentReading {
  readonly console: ConsoleClient;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  readonly outcomes: Map<string, Outcome>;
  /** Sources of which something came from the console. */
  readonly succeeded: Set<string>;
  failuresInARow: number;
  /** The console is not to be asked any more. */
  isStopped: boolean;
  failure: PowerVmError | undefined;
}

/**
 * Fetches and parses listed documents of one system. An invalid one is retried a bounded number of times, counted by
 * kind and reason, and skipped while the others continue; no source waits for another. Only when nothing can be read at
 * all is it a problem of the console.
 */
export class DocumentReader {
  readonly #clock: Clock;
  readonly #reports: DocumentReports;
  readonly #times: SampleTimes;
  readonly #attempts = new DocumentAttempts();
  /** Whether the last reading brought nothing: then one question shows whether that has changed. */
  #isSilent = false;

  constructor(clock: Clock, reports: DocumentReports, times: SampleTimes) {
    this.#clock = clock;
    this.#reports = reports;
    this.#times = times;
  }

  get reports(): DocumentReports {
    return this.#reports;
  }

  /** Another console lists other files. */
  reset(): void {
    this.#attempts.reset();
    this.#isSilent = false;
  }

  async read(
    console: ConsoleClient,
    listed: readonly PcmFeedEntry[],
    { preservesOrder, waiting }: ReadOptions,
    signal: AbortSignal,
  ): Promise<ReadDocuments> {
    const entries = listed.slice(-MAX_DOCUMENTS);
    const reading: CurrentReading = {
      console,
      signal,
      startedAt: this.#clock.monotonic(),
      outcomes: new Map(),
      succeeded: new Set(),
      failuresInARow: 0,
      isStopped: false,
      failure: undefined,
    };
    for (const { fileName } of entries) {
      const documents = waiting.get(fileName);
      if (documents) reading.outcomes.set(fileName, documents);
    }
    await this.#readAll(entries, reading);
    return this.#summarize(entries, reading, preservesOrder, waiting);
  }

  async #readAll(entries: readonly PcmFeedEntry[], reading: CurrentReading): Promise<void> {
    const isOpen = ({ fileName }: PcmFeedEntry) => !reading.outcomes.has(fileName);
    // The instants first: everything else can come late.
    const hypervisors = entries.filter((entry) => isOpen(entry) && entry.category === 'phyp');
    const open = [...hypervisors, ...entries.filter((entry) => isOpen(entry) && entry.category !== 'phyp')];
    const probe = hypervisors.at(-1) ?? open.at(-1);
    if (this.#isSilent && probe) {
      await this.#readQueued([probe], reading);
      if (reading.succeeded.size === 0) return;
    }
    const newest = new Map(open.map((entry) => [sourceOfEntry(entry), entry]));
    const isDue = (entry: PcmFeedEntry) => {
      const source = sourceOfEntry(entry);
      if (!this.#attempts.isFailing(source) || reading.succeeded.has(source)) return true;
      return newest.get(source) === entry && this.#attempts.mayRequest(source, reading.startedAt);
    };
    const readOpen = () =>
      this.#readQueued(
        open.filter((entry) => isOpen(entry) && isDue(entry)),
        reading,
      );
    await readOpen();
    // What a failing source gave shows that it is worth asking for the rest.
    await readOpen();
    const longest = leastTime(MAX_READ_DURATION_MS, this.#clock);
    for (const pause of RETRY_PAUSES) {
      const again = open.filter((entry) => this.#isWorthARetry(entry, reading));
      if (again.length === 0 || reading.succeeded.size === 0 || reading.isStopped) break;
      if (this.#clock.monotonic() + pause - reading.startedAt > longest) break;
      await this.#clock.sleep(pause, reading.signal);
      await this.#readQueued(again, reading);
      await readOpen();
    }
  }

  #isWorthARetry(entry: PcmFeedEntry, { outcomes, succeeded }: CurrentReading): boolean {
    const outcome = outcomes.get(entry.fileName);
    if (outcome === undefined || outcome === 'gone' || !('entry' in outcome)) return false;
    const source = sourceOfEntry(entry);
    if (this.#attempts.isSilent(source) && !succeeded.has(source)) return false;
    return !outcome.isTooSlow && !this.#attempts.wasAbandoned(entry) && !asksToRetryLater(outcome.error);
  }

  async #readQueued(entries: readonly PcmFeedEntry[], reading: CurrentReading): Promise<void> {
    const queue = [...entries];
    const work = async () => {
      for (let entry = queue.shift(); entry && !reading.isStopped; entry = queue.shift()) {
        await this.#readOne(entry, reading);
      }
    };
    await Promise.all(Array.from({ length: Math.min(WORKERS, entries.length) }, work));
  }

  async #readOne(entry: PcmFeedEntry, reading: CurrentReading): Promise<void> {
    const { console, signal, outcomes, succeeded } = reading;
    try {
      const text = await console.pcmDocument(entry, signal);
      const documents = [documentKinds[entry.category].parse(text)].flat();
      for (const document of documents) this.#reports.parts(entry, document);
      outcomes.set(entry.fileName, this.#hasFuture(entry, documents) ? 'gone' : listAll(entry, documents));
      succeeded.add(sourceOfEntry(entry));
      reading.failuresInARow = 0;
      this.#attempts.recordSuccess(entry);
    } catch (error) {
      if (signal.aborted) throw error;
      if (isRequestsPaused(error)) {
        // It was not asked for: that is no try of this document.
        reading.isStopped = true;
        reading.failure = typed(error);
        return;
      }
      this.#recordFailure(entry, typed(error), reading);
    }
  }

  #recordFailure(entry: PcmFeedEntry, error: PowerVmError, reading: CurrentReading): void {
    if (wasPurged(entry, error, this.#times)) this.#reports.purged(entry);
    else this.#reports.failed(entry, error);
    if (isFinal(error)) {
      reading.outcomes.set(entry.fileName, 'gone');
      return;
    }
    reading.outcomes.set(entry.fileName, { entry, error, isTooSlow: isTooSlow(error) });
    // A truncated or garbled document came from a console that works.
    if (error instanceof PcmDocumentError) return;
    reading.failure = error;
    reading.failuresInARow += 1;
    const { whileNoneSucceeded, afterSuccess } = FAILURES_UNTIL_STOP;
    reading.isStopped = reading.failuresInARow >= (reading.succeeded.size === 0 ? whileNoneSucceeded : afterSuccess);
  }

  /** One time from the future would make every sample until then an old one. */
  #hasFuture(entry: PcmFeedEntry, documents: readonly PcmDocument[]): boolean {
    const latest = this.#times.latest();
    const ahead = documents.find((document) => 'time' in document && document.time > latest);
    if (ahead && 'time' in ahead) this.#reports.fromTheFuture(entry, ahead.time);
    return ahead !== undefined;
  }

  #summarize(
    entries: readonly PcmFeedEntry[],
    { outcomes, succeeded, failure }: CurrentReading,
    preservesOrder: boolean,
    waiting: WaitingDocuments,
  ): ReadDocuments {
    const documents: Listed<PcmDocument>[] = [];
    const allRead = new Map<string, readonly Listed<PcmDocument>[]>();
    const postponed = new Set<string>();
    const lostInstants: number[] = [];
    const lostParts: LostDocument[] = [];
    waiting.clear();
    for (const [source, ofSource] of groupBySource(entries, sourceOfEntry)) {
      const failed = ofSource.flatMap((entry): FailedAttempt[] => {
        const outcome = outcomes.get(entry.fileName);
        if (outcome === undefined) return [{ entry, error: undefined, isTooSlow: false }];
        return outcome !== 'gone' && 'entry' in outcome ? [outcome] : [];
      });
      const ending = { isWorking: succeeded.size > 0, preservesOrder, now: this.#clock.monotonic() };
      const abandoned = new Set(this.#attempts.endReading(source, succeeded.has(source), failed, ending));
      for (const { entry, error } of abandoned) this.#reports.abandoned(entry, error);
      const later = new Set(failed.filter((attempt) => !abandoned.has(attempt)).map(({ entry }) => entry));
      let isWaiting = false;
      for (const entry of ofSource) {
        const outcome = outcomes.get(entry.fileName);
        const isRead = outcome !== undefined && outcome !== 'gone' && !('entry' in outcome);
        if (isRead) allRead.set(entry.fileName, outcome);
        isWaiting ||= preservesOrder && later.has(entry);
        if (later.has(entry) || (isRead && isWaiting)) postponed.add(entry.fileName);
        if (isRead && isWaiting) waiting.set(entry.fileName, outcome);
        else if (isRead) documents.push(...outcome);
        else if (later.has(entry)) continue;
        else if (source === 'phyp') lostInstants.push(entry.listedAt);
        else lostParts.push({ source, listedAt: entry.listedAt });
      }
    }
    this.#attempts.forgetOld();
    if (outcomes.size > 0) this.#isSilent = succeeded.size === 0 && failure !== undefined;
    const isWithoutInstants = succeeded.size === 0 || this.#attempts.failedReadings('phyp') > 1;
    return {
      documents,
      read: allRead,
      postponed,
      lostInstants,
      lostParts,
      isBlocked: entries.some(({ category, fileName }) => category === 'phyp' && postponed.has(fileName)),
      failure: isWithoutInstants && documents.length === 0 ? failure : undefined,
    };
  }
}
