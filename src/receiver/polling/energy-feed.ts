import type { Clock } from '../../base/clock/clock.ts';
import { PowerVmError } from '../../base/errors/errors.ts';
import type { ConsoleClient, PcmFeedEntry } from '../../rest/model.ts';
import { TimeLimitExceeded, withTimeLimit } from '../../rest/requests/time-limit.ts';
import { isBusy, isConsoleError } from '../consoles/console-errors.ts';
import type { SystemRecorder } from '../statistics/statistics-recorder.ts';

/** After the processed feed had nothing, or was refused, it is not asked again for so long. */
const RETRY_AFTER_MS = 600_000;
/** The samples wait for the list of energy, but not for one that does not come. */
const TIME_LIMIT = 8_000;
/** Late energy still completes its instants, so that a feed that fails need not be asked each time: after 30 s, 1 min, … */
const INITIAL_PAUSE_MS = 25_000;
const MAX_PAUSE_MS = 300_000;

/**
 * Where the energy documents of a system are found: in the raw feed, and where that has never had any, in the processed
 * one, which an HMC with aggregation keeps. A raw feed that falls silent stays the source: collection pauses for a
 * quarter of an hour after five errors and continues by itself. What fails here, for whatever reason, costs nothing but
 * the energy.
 */
export class EnergyFeed {
  readonly #systemId: string;
  readonly #clock: Clock;
  readonly #recorder: SystemRecorder;
  #source: 'raw' | 'processed' | undefined;
  /** Whether the whole raw feed was asked for, and had nothing. */
  #wasSeenComplete = false;
  /** Monotonic. */
  #processedNotBefore = 0;
  /** Monotonic. */
  #notBefore = Number.NEGATIVE_INFINITY;
  /** In a row. */
  #failures = 0;
  #isIncomplete = false;

  constructor(systemId: string, clock: Clock, recorder: SystemRecorder) {
    this.#systemId = systemId;
    this.#clock = clock;
    this.#recorder = recorder;
  }

  /** Whether the last answer lacks energy that the console may have: its feed did not come, or is not asked for now. */
  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  /**
   * @param isAggregated whether the console processes the samples of this system
   * @throws the signal's reason when it aborts
   */
  async list(
    console: ConsoleClient,
    since: number | undefined,
    isAggregated: boolean,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    const isKnown = this.#source !== undefined;
    const entries = await this.#listSource(console, since, isAggregated, signal);
    this.#isIncomplete = isKnown && entries.length === 0 && this.#failures > 0;
    return entries;
  }

  async #listSource(
    console: ConsoleClient,
    since: number | undefined,
    isAggregated: boolean,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    if (this.#clock.monotonic() < this.#notBefore) return [];
    if (this.#source !== 'processed') {
      const raw = await this.#requestRaw(console, since, signal);
      if (this.#source === 'raw') return raw;
    }
    if (this.#clock.monotonic() < this.#notBefore) return [];
    if (!isAggregated || this.#clock.monotonic() < this.#processedNotBefore) return [];
    const processed = await this.#ask(
      'processed',
      (until) => console.processedEnergyFeed(this.#systemId, since, until),
      signal,
    );
    if (processed.length === 0) this.#processedNotBefore = this.#clock.monotonic() + RETRY_AFTER_MS;
    return processed;
  }

  /** Only the whole feed shows whether there has ever been anything. */
  async #requestRaw(
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    const raw = await this.#ask('raw', (until) => console.energyFeed(this.#systemId, since, until), signal);
    if (this.#source === 'raw' || since === undefined || this.#wasSeenComplete || this.#failures > 0) return raw;
    const whole = await this.#ask('raw', (until) => console.energyFeed(this.#systemId, undefined, until), signal);
    this.#wasSeenComplete = this.#failures === 0;
    return whole;
  }

  async #ask(
    source: 'raw' | 'processed',
    feed: (signal: AbortSignal) => Promise<readonly PcmFeedEntry[]>,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    try {
      const entries = await withTimeLimit(TIME_LIMIT, this.#clock, feed, signal);
      if (entries.length > 0) this.#source = source;
      this.#failures = 0;
      return entries;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#failures += 1;
      const mayPass = isBusy(error) || isConsoleError(error) || error instanceof TimeLimitExceeded;
      const pause = Math.min(INITIAL_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 10), MAX_PAUSE_MS);
      if (mayPass) this.#notBefore = this.#clock.monotonic() + pause;
      this.#recorder.documentError('energy', error instanceof PowerVmError ? error.code : 'UNEXPECTED');
      if (source === 'processed') this.#source = undefined;
      return [];
    }
  }
}
