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

const parsers: Record<DocumentKind, (text: string) => PcmDocument> = {
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

/**
 * Fetches and parses listed documents. A bad one costs itself: it is counted by its kind and reason, logged the first
 * time, and the others go on. What concerns the console as a whole is thrown.
 */
export class DocumentReader {
  readonly #book: SystemBook;
  readonly #logger: Logger;
  readonly #reported = new Set<string>();

  constructor(book: SystemBook, logger: Logger) {
    this.#book = book;
    this.#logger = logger;
  }

  async read(
    console: ConsoleClient,
    entries: readonly PcmFeedEntry[],
    signal: AbortSignal,
  ): Promise<readonly Listed<PcmDocument>[]> {
    // The console lets only so many through at a time; asking for all at once keeps both of its places busy.
    const documents = await Promise.all(entries.map((entry) => this.#readOne(console, entry, signal)));
    return documents.flatMap((document) => document ?? []);
  }

  async #readOne(
    console: ConsoleClient,
    entry: PcmFeedEntry,
    signal: AbortSignal,
  ): Promise<Listed<PcmDocument> | undefined> {
    try {
      const text = await console.pcmDocument(entry, signal);
      const document = parsers[entry.category](text);
      this.#reportProblems(entry, document);
      return { listedAt: entry.listedAt, document };
    } catch (error) {
      const isOwnTrouble =
        error instanceof PcmDocumentError || (error instanceof ConsoleError && COSTS_ONLY_ITSELF.has(error.code));
      if (!isOwnTrouble) throw error;
      this.#report(entry, error.code, describeError(error));
      return undefined;
    }
  }

  #reportProblems(entry: PcmFeedEntry, document: PcmDocument): void {
    const [first] = document.problems;
    if (first)
      this.#report(
        entry,
        'PARTIAL',
        `${document.problems.length} parts left out, first ${first.path}: ${first.reason}`,
      );
  }

  #report(entry: PcmFeedEntry, errorType: PowerVmError['code'] | 'PARTIAL', reason: string): void {
    this.#book.documentError(entry.category, errorType);
    const key = `${entry.category} ${errorType}`;
    const fields = { document: entry.fileName, reason };
    if (this.#reported.has(key)) this.#logger.debug(fields, 'a document could not be used in full');
    else this.#logger.warn(fields, 'a document could not be used in full; the next ones of this kind are counted only');
    this.#reported.add(key);
  }
}
