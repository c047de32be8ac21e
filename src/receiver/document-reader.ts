import type { Clock } from '../base/clock.ts';
import { ConsoleError, describeError, PcmDocumentError, PowerVmError } from '../base/errors.ts';
import {
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../pcm/index.ts';
import type { DocumentKind, PcmDocument } from '../pcm/model.ts';
import type { Listed } from '../pcm/system-sample.ts';
import { isLeftAlone } from '../rest/circuit-breaker.ts';
import type { ConsoleClient, PcmFeedEntry } from '../rest/model.ts';
import { leastTime } from '../rest/time-limit.ts';
import { isTooSlow } from '../rest/transport.ts';
import { DocumentAttempts, type FailedAttempt, sourceOf } from './document-attempts.ts';
import type { DocumentReports } from './document-reports.ts';
import type { LostDocument } from './position.ts';

/** Most files hold one document; one of processed energy holds those of a window, the newest last. */
const parsers: Record<DocumentKind, (text: string) => PcmDocument | readonly PcmDocument[]> = {
  phyp: parseHypervisorDocument,
  vios: parseViosDocument,
  lpar: parseGuestMemoryDocument,
  energy: parseEnergyDocument,
};

/** Milliseconds between the questions for a document that failed at once, as long as others come. */
const RETRY_PAUSES = [1_000, 1_000, 1_500, 2_000, 2_000, 2_500];
/** A question later than so long after the first would keep the next reading waiting. */
const LONGEST_READING = 10_500;
/** So many at a time: the console takes fewer, and who is not asked yet can still be spared. */
const WORKERS = 4;
/** After so many failures in a row the rest is not asked for: sooner while nothing has come at all. */
const FAILURES_UNTIL_STOP = { nothingCame: 3, somethingCame: 8 };
/** PCM lists some sixty documents of each source, and a reading needs those of a few instants. */
const MOST_DOCUMENTS = 400;

/** What came of asking for documents. */
export interface ReadDocuments {
  readonly documents: readonly Listed<PcmDocument>[];
  /** File names of those to be asked for again, later: the console failed to give them, or they wait for one of these. */
  readonly postponed: ReadonlySet<string>;
  /** Feed times of instants whose hypervisor document will not come. */
  readonly lostInstants: readonly number[];
  /** Documents of other sources that will not come: their instants come without them. */
  readonly lostParts: readonly LostDocument[];
  /** Whether a hypervisor document is among the postponed. */
  readonly isHeldUp: boolean;
  /** Why there is nothing to go on with: no document came at all, or none of the hypervisor for some time. */
  readonly failure: PowerVmError | undefined;
}

/** Documents that have been read and wait for an older one of their source, by file name. Each walk has its own. */
export type WaitingDocuments = Map<string, readonly Listed<PcmDocument>[]>;

export interface ReadOptions {
  /**
   * Whether documents wait for an older one of the same source that may still come. Not at first contact, when the
   * newest one is what is wanted.
   */
  readonly keepsOrder: boolean;
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
  readonly came: Set<string>;
  failuresInARow: number;
  /** The console is not to be asked any more. */
  isStopped: boolean;
  failure: PowerVmError | undefined;
}

/**
 * Fetches and parses listed documents of one system. A bad one costs itself: it is asked for again a bounded number of
 * times, counted by its kind and reason, passed over, and the others go on; no source waits for another. Only when
 * nothing comes at all is that the console's trouble.
 */
export class DocumentReader {
  readonly #clock: Clock;
  readonly #reports: DocumentReports;
  readonly #latestTime: () => number;
  readonly #attempts = new DocumentAttempts();
  /** Whether the last reading brought nothing: then one question shows whether that has changed. */
  #isSilent = false;

  /** @param latestTime tells what no sample can have been taken after */
  constructor(clock: Clock, reports: DocumentReports, latestTime: () => number) {
    this.#clock = clock;
    this.#reports = reports;
    this.#latestTime = latestTime;
  }

  get reports(): DocumentReports {
    return this.#reports;
  }

  /** Another console lists other files. */
  beginAnew(): void {
    this.#attempts.beginAnew();
    this.#isSilent = false;
  }

  async read(
    console: ConsoleClient,
    listed: readonly PcmFeedEntry[],
    { keepsOrder, waiting }: ReadOptions,
    signal: AbortSignal,
  ): Promise<ReadDocuments> {
    const entries = listed.slice(-MOST_DOCUMENTS);
    const reading: CurrentReading = {
      console,
      signal,
      startedAt: this.#clock.monotonic(),
      outcomes: new Map(),
      came: new Set(),
      failuresInARow: 0,
      isStopped: false,
      failure: undefined,
    };
    for (const { fileName } of entries) {
      const documents = waiting.get(fileName);
      if (documents) reading.outcomes.set(fileName, documents);
    }
    await this.#askForAll(entries, reading);
    return this.#conclude(entries, reading, keepsOrder, waiting);
  }

  async #askForAll(entries: readonly PcmFeedEntry[], reading: CurrentReading): Promise<void> {
    const isOpen = ({ fileName }: PcmFeedEntry) => !reading.outcomes.has(fileName);
    // The instants first: everything else can come late.
    const hypervisors = entries.filter((entry) => isOpen(entry) && entry.category === 'phyp');
    const open = [...hypervisors, ...entries.filter((entry) => isOpen(entry) && entry.category !== 'phyp')];
    const probe = hypervisors.at(-1) ?? open.at(-1);
    if (this.#isSilent && probe) {
      await this.#ask([probe], reading);
      if (reading.came.size === 0) return;
    }
    const newest = new Map(open.map((entry) => [sourceOf(entry), entry]));
    const isAsked = (entry: PcmFeedEntry) => {
      const source = sourceOf(entry);
      if (!this.#attempts.isFailing(source) || reading.came.has(source)) return true;
      return newest.get(source) === entry && this.#attempts.mayAsk(source, reading.startedAt);
    };
    const askOpen = () =>
      this.#ask(
        open.filter((entry) => isOpen(entry) && isAsked(entry)),
        reading,
      );
    await askOpen();
    // What a failing source gave shows that it is worth asking for the rest.
    await askOpen();
    const longest = leastTime(LONGEST_READING, this.#clock);
    for (const pause of RETRY_PAUSES) {
      const again = open.filter((entry) => this.#isWorthARetry(entry, reading));
      if (again.length === 0 || reading.came.size === 0 || reading.isStopped) break;
      if (this.#clock.monotonic() + pause - reading.startedAt > longest) break;
      await this.#clock.sleep(pause, reading.signal);
      await this.#ask(again, reading);
      await askOpen();
    }
  }

  #isWorthARetry(entry: PcmFeedEntry, { outcomes, came }: CurrentReading): boolean {
    const outcome = outcomes.get(entry.fileName);
    if (outcome === undefined || outcome === 'gone' || !('entry' in outcome)) return false;
    const source = sourceOf(entry);
    if (this.#attempts.isSilent(source) && !came.has(source)) return false;
    return !outcome.isTooSlow && !this.#attempts.wasGivenUp(entry) && !asksForPatience(outcome.error);
  }

  async #ask(entries: readonly PcmFeedEntry[], reading: CurrentReading): Promise<void> {
    const queue = [...entries];
    const work = async () => {
      for (let entry = queue.shift(); entry && !reading.isStopped; entry = queue.shift()) {
        await this.#askForOne(entry, reading);
      }
    };
    await Promise.all(Array.from({ length: Math.min(WORKERS, entries.length) }, work));
  }

  async #askForOne(entry: PcmFeedEntry, reading: CurrentReading): Promise<void> {
    const { console, signal, outcomes, came } = reading;
    try {
      const text = await console.pcmDocument(entry, signal);
      const documents = [parsers[entry.category](text)].flat();
      for (const document of documents) this.#reports.parts(entry, document);
      outcomes.set(entry.fileName, this.#hasFuture(entry, documents) ? 'gone' : listAll(entry, documents));
      came.add(sourceOf(entry));
      reading.failuresInARow = 0;
      this.#attempts.noteCame(entry);
    } catch (error) {
      if (signal.aborted) throw error;
      if (isLeftAlone(error)) {
        // It was not asked for: that is no try of this document.
        reading.isStopped = true;
        reading.failure = typed(error);
        return;
      }
      this.#noteFailure(entry, typed(error), reading);
    }
  }

  #noteFailure(entry: PcmFeedEntry, error: PowerVmError, reading: CurrentReading): void {
    this.#reports.failed(entry, error);
    if (isFinal(error)) {
      reading.outcomes.set(entry.fileName, 'gone');
      return;
    }
    reading.outcomes.set(entry.fileName, { entry, error, isTooSlow: isTooSlow(error) });
    // A document that is cut or garbled came from a console that works.
    if (error instanceof PcmDocumentError) return;
    reading.failure = error;
    reading.failuresInARow += 1;
    const { nothingCame, somethingCame } = FAILURES_UNTIL_STOP;
    reading.isStopped = reading.failuresInARow >= (reading.came.size === 0 ? nothingCame : somethingCame);
  }

  /** One time from the future would make every sample until then an old one. */
  #hasFuture(entry: PcmFeedEntry, documents: readonly PcmDocument[]): boolean {
    const latest = this.#latestTime();
    const ahead = documents.find((document) => 'time' in document && document.time > latest);
    if (ahead && 'time' in ahead) this.#reports.fromTheFuture(entry, ahead.time);
    return ahead !== undefined;
  }

  #conclude(
    entries: readonly PcmFeedEntry[],
    { outcomes, came, failure }: CurrentReading,
    keepsOrder: boolean,
    waiting: WaitingDocuments,
  ): ReadDocuments {
    const documents: Listed<PcmDocument>[] = [];
    const postponed = new Set<string>();
    const lostInstants: number[] = [];
    const lostParts: LostDocument[] = [];
    waiting.clear();
    for (const [source, ofSource] of bySource(entries)) {
      const failed = ofSource.flatMap((entry): FailedAttempt[] => {
        const outcome = outcomes.get(entry.fileName);
        if (outcome === undefined) return [{ entry, error: undefined, isTooSlow: false }];
        return outcome !== 'gone' && 'entry' in outcome ? [outcome] : [];
      });
      const ending = { isWorking: came.size > 0, keepsOrder, now: this.#clock.monotonic() };
      const givenUp = new Set(this.#attempts.endReading(source, came.has(source), failed, ending));
      for (const { entry, error } of givenUp) this.#reports.givenUp(entry, error);
      const later = new Set(failed.filter((attempt) => !givenUp.has(attempt)).map(({ entry }) => entry));
      let isWaiting = false;
      for (const entry of ofSource) {
        const outcome = outcomes.get(entry.fileName);
        const isRead = outcome !== undefined && outcome !== 'gone' && !('entry' in outcome);
        isWaiting ||= keepsOrder && later.has(entry);
        if (later.has(entry) || (isRead && isWaiting)) postponed.add(entry.fileName);
        if (isRead && isWaiting) waiting.set(entry.fileName, outcome);
        else if (isRead) documents.push(...outcome);
        else if (later.has(entry)) continue;
        else if (source === 'phyp') lostInstants.push(entry.listedAt);
        else lostParts.push({ source, listedAt: entry.listedAt });
      }
    }
    this.#attempts.forgetOld();
    if (outcomes.size > 0) this.#isSilent = came.size === 0 && failure !== undefined;
    const isWithoutInstants = came.size === 0 || this.#attempts.failedReadings('phyp') > 1;
    return {
      documents,
      postponed,
      lostInstants,
      lostParts,
      isHeldUp: entries.some(({ category, fileName }) => category === 'phyp' && postponed.has(fileName)),
      failure: isWithoutInstants && documents.length === 0 ? failure : undefined,
    };
  }
}

function bySource(entries: readonly PcmFeedEntry[]): ReadonlyMap<string, readonly PcmFeedEntry[]> {
  const sources = new Map<string, PcmFeedEntry[]>();
  for (const entry of entries) {
    const source = sourceOf(entry);
    const known = sources.get(source);
    if (known) known.push(entry);
    else sources.set(source, [entry]);
  }
  return sources;
}

/** The feed tells the time of the newest document of a file; the others are as much older as they say themselves. */
function listAll(entry: PcmFeedEntry, documents: readonly PcmDocument[]): readonly Listed<PcmDocument>[] {
  const newest = documents.at(-1);
  const ahead = newest && 'time' in newest ? entry.listedAt - newest.time : 0;
  return documents.map((document) => ({
    listedAt: document === newest || !('time' in document) ? entry.listedAt : document.time + ahead,
    document,
  }));
}

/** What the console does not have, it will not have; whatever else is wrong may pass. */
function isFinal(error: PowerVmError): boolean {
  if (error.code === 'POWERVM_NOT_FOUND' || error.code === 'POWERVM_ANSWER_TOO_LARGE') return true;
  return error.code === 'POWERVM_REQUEST_REJECTED' && Number(error.context.statusCode) < 500;
}

/** Whether the console wants to be asked again later than within this reading. */
function asksForPatience(error: PowerVmError | undefined): boolean {
  return Number(error?.context.retryAfter ?? 0) > LONGEST_READING / 1000;
}

function typed(error: unknown): PowerVmError {
  if (error instanceof PowerVmError) return error;
  return new ConsoleError('POWERVM_REQUEST_REJECTED', describeError(error), { cause: error });
}
