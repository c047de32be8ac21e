import { ConsoleError, describeError, PcmDocumentError, type PowerVmError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import {
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../pcm/index.ts';
import type { DocumentKind, PcmDocument } from '../pcm/model.ts';
import type { Listed } from '../pcm/system-sample.ts';
import type { ConsoleClient, PcmFeedEntry } from '../rest/model.ts';
import type { SystemBook } from './statistics-book.ts';

/** Most files hold one document; one of processed energy holds those of a window, the newest last. */
const parsers: Record<DocumentKind, (text: string) => PcmDocument | readonly PcmDocument[]> = {
  phyp: parseHypervisorDocument,
  vios: parseViosDocument,
  lpar: parseGuestMemoryDocument,
  energy: parseEnergyDocument,
};

/** What a console may answer about one document without the others being in danger. */
const COSTS_ONLY_ITSELF = new Set([
  'POWERVM_NOT_FOUND',
  'POWERVM_REQUEST_REJECTED',
  'POWERVM_ANSWER_TOO_LARGE',
  'POWERVM_CONSOLE_BUSY',
]);

/** How often a document is asked for that the console fails to give. It fails often, and mostly not for long. */
const MAX_TRIES = 3;

/** A listed document, and what came of asking for it: `later` when it is worth asking again with the next poll. */
interface Reading {
  readonly entry: PcmFeedEntry;
  readonly outcome: readonly Listed<PcmDocument>[] | 'gone' | 'later';
}

/** What came of asking for documents. */
interface ReadDocuments {
  readonly documents: readonly Listed<PcmDocument>[];
  /** File names of those to be asked for again, later: the console failed to give them, or they wait for one of these. */
  readonly postponed: ReadonlySet<string>;
}

/**
 * Fetches and parses listed documents. A bad one costs itself: it is counted by its kind and reason, logged the first
 * time, and the others go on. What concerns the console as a whole is thrown.
 */
export class DocumentReader {
  readonly #book: SystemBook;
  readonly #logger: Logger;
  readonly #latestTime: () => number;
  readonly #reported = new Set<string>();
  /** By file name, while it is worth another try. */
  #tries: ReadonlyMap<string, number> = new Map();

  /** @param latestTime tells what no sample can have been taken after */
  constructor(book: SystemBook, logger: Logger, latestTime: () => number) {
    this.#book = book;
    this.#logger = logger;
    this.#latestTime = latestTime;
  }

  /**
   * @param keepsOrder whether documents wait for an older one of the same source that may come with the next poll. Not
   *   at first contact, when the newest one is what is wanted.
   */
  async read(
    console: ConsoleClient,
    entries: readonly PcmFeedEntry[],
    keepsOrder: boolean,
    signal: AbortSignal,
  ): Promise<ReadDocuments> {
    // The console lets only so many through at a time; asking for all at once keeps both of its places busy.
    const readings = await Promise.all(entries.map((entry) => this.#readOne(console, entry, signal)));
    const postponed = readings.filter(({ outcome }) => outcome === 'later').map(({ entry }) => entry);
    this.#tries = new Map(postponed.map(({ fileName }) => [fileName, (this.#tries.get(fileName) ?? 0) + 1]));
    const mustWait = (entry: PcmFeedEntry) =>
      keepsOrder && postponed.some((other) => isSameSource(other, entry) && other.listedAt < entry.listedAt);
    const waiting = entries.filter((entry) => postponed.includes(entry) || mustWait(entry));
    return {
      documents: readings.flatMap(({ entry, outcome }) =>
        typeof outcome === 'string' || waiting.includes(entry) ? [] : outcome,
      ),
      postponed: new Set(waiting.map(({ fileName }) => fileName)),
    };
  }

  /** What was read well and is of a time that cannot be: see `believeTimes`. */
  reportMisdated(documents: readonly Listed<PcmDocument>[]): void {
    for (const { listedAt, document } of documents) {
      const time = 'time' in document ? timeText(document.time) : 'missing';
      const reason = `its time is ${time}, and by the feed it is of ${timeText(listedAt)}`;
      this.#note(document.kind, 'POWERVM_DOCUMENT_INVALID', { document: document.kind, reason });
    }
  }

  async #readOne(console: ConsoleClient, entry: PcmFeedEntry, signal: AbortSignal): Promise<Reading> {
    try {
      const text = await console.pcmDocument(entry, signal);
      const documents = [parsers[entry.category](text)].flat();
      this.#refuseFuture(entry, documents);
      for (const document of documents) this.#reportProblems(entry, document);
      return { entry, outcome: listAll(entry, documents) };
    } catch (error) {
      const isOwnTrouble =
        error instanceof PcmDocumentError || (error instanceof ConsoleError && COSTS_ONLY_ITSELF.has(error.code));
      if (!isOwnTrouble) throw error;
      this.#report(entry, error.code, describeError(error));
      const isWorthAnotherTry = isPassing(error) && (this.#tries.get(entry.fileName) ?? 0) + 1 < MAX_TRIES;
      return { entry, outcome: isWorthAnotherTry ? 'later' : 'gone' };
    }
  }

  /** One time from the future would make every sample until then an old one. */
  #refuseFuture({ fileName }: PcmFeedEntry, documents: readonly PcmDocument[]): void {
    const latest = this.#latestTime();
    for (const document of documents) {
      if (!('time' in document) || document.time <= latest) continue;
      throw new PcmDocumentError(
        'POWERVM_DOCUMENT_INVALID',
        `${fileName}: its time ${new Date(document.time).toISOString()} is in the future of the console's own clock`,
      );
    }
  }

  #reportProblems(entry: PcmFeedEntry, document: PcmDocument): void {
    for (const error of pcmErrors(document)) this.#book.documentError(entry.category, error);
    const [first] = document.problems;
    if (first)
      this.#report(
        entry,
        'PARTIAL',
        `${document.problems.length} parts left out, first ${first.path}: ${first.reason}`,
      );
  }

  #report(entry: PcmFeedEntry, errorType: PowerVmError['code'] | 'PARTIAL', reason: string): void {
    this.#note(entry.category, errorType, { document: entry.fileName, reason });
  }

  #note(
    kind: DocumentKind,
    errorType: PowerVmError['code'] | 'PARTIAL',
    fields: Readonly<Record<string, string>>,
  ): void {
    this.#book.documentError(kind, errorType);
    const key = `${kind} ${errorType}`;
    if (this.#reported.has(key)) this.#logger.debug(fields, 'a document could not be used in full');
    else this.#logger.warn(fields, 'a document could not be used in full; the next ones of this kind are counted only');
    this.#reported.add(key);
  }
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

/** What PCM itself could not collect, by the numbers of its errors: `PCM_4005`; `PCM_STATUS_2` where it names none. */
function pcmErrors(document: PcmDocument): ReadonlySet<string> {
  if (document.kind === 'lpar') return new Set();
  if (document.errors.length > 0) return new Set(document.errors.map(({ id }) => `PCM_${id}`));
  return new Set(document.status === 0 ? [] : [`PCM_STATUS_${document.status}`]);
}

/** Whether it may do better next time: the console failed, or its answer was cut. What it does not have, it will not have. */
function isPassing(error: PcmDocumentError | ConsoleError): boolean {
  if (error instanceof PcmDocumentError) return true;
  if (error.code === 'POWERVM_CONSOLE_BUSY') return true;
  return error.code === 'POWERVM_REQUEST_REJECTED' && Number(error.context.statusCode) >= 500;
}

/** A time may be beyond what a `Date` holds. */
function timeText(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}

function isSameSource(one: PcmFeedEntry, other: PcmFeedEntry): boolean {
  return one.category === other.category && one.viosNumber === other.viosNumber;
}
