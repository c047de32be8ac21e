import type { Clock } from '../base/clock.ts';
import { PowerVmError } from '../base/errors.ts';
import type { ConsoleClient, PcmFeedEntry } from '../rest/model.ts';
import { isBusy, isConsoleTrouble, PATIENCE } from './console-trouble.ts';
import type { SystemBook } from './statistics-book.ts';

/** After the processed feed had nothing, or was refused, it is not asked again for so long. */
const ASK_AGAIN_AFTER = 600_000;

/**
 * Where the energy documents of a system are found: in the raw feed, and where that has never had any, in the processed
 * one, which an HMC with aggregation keeps. A raw feed that falls silent stays the source: collection pauses for a
 * quarter of an hour after five errors and goes on by itself. What is refused here costs nothing but the energy.
 */
export class EnergyFeed {
  readonly #systemId: string;
  readonly #clock: Clock;
  readonly #book: SystemBook;
  #source: 'raw' | 'processed' | undefined;
  /** Whether the whole raw feed was asked for, and had nothing. */
  #wasSeenWhole = false;
  /** Monotonic. */
  #processedNotBefore = 0;
  /** In a row. */
  #failures = 0;

  constructor(systemId: string, clock: Clock, book: SystemBook) {
    this.#systemId = systemId;
    this.#clock = clock;
    this.#book = book;
  }

  /**
   * @param isAggregated whether the console processes the samples of this system
   * @throws what concerns the console as a whole
   */
  async list(
    console: ConsoleClient,
    since: number | undefined,
    isAggregated: boolean,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    if (this.#source !== 'processed') {
      const raw = await this.#askRaw(console, since, signal);
      if (this.#source === 'raw') return raw;
    }
    if (!isAggregated || this.#clock.monotonic() < this.#processedNotBefore) return [];
    const processed = await this.#ask('processed', console.processedEnergyFeed(this.#systemId, since, signal), signal);
    if (processed.length === 0) this.#processedNotBefore = this.#clock.monotonic() + ASK_AGAIN_AFTER;
    return processed;
  }

  /** Whether there has ever been anything only the whole feed can tell. */
  async #askRaw(
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    const raw = await this.#ask('raw', console.energyFeed(this.#systemId, since, signal), signal);
    if (this.#source === 'raw' || since === undefined || this.#wasSeenWhole) return raw;
    const whole = await this.#ask('raw', console.energyFeed(this.#systemId, undefined, signal), signal);
    this.#wasSeenWhole = true;
    return whole;
  }

  async #ask(
    source: 'raw' | 'processed',
    feed: Promise<readonly PcmFeedEntry[]>,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    try {
      const entries = await feed;
      if (entries.length > 0) this.#source = source;
      this.#failures = 0;
      return entries;
    } catch (error) {
      this.#failures += 1;
      // The samples wait for it a little: without its energy an instant would be passed by.
      const isWorthAnotherTry = isBusy(error) && this.#failures < PATIENCE;
      if (signal.aborted || isConsoleTrouble(error) || isWorthAnotherTry) throw error;
      this.#book.documentError('energy', error instanceof PowerVmError ? error.code : 'UNEXPECTED');
      if (source === 'processed') this.#source = undefined;
      return [];
    }
  }
}
