import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import type { ConsoleClient, PcmFeedEntry } from '../../rest/model.ts';
import type { KnownLosses } from '../cursors/cursor-progress.ts';
import { clockWasSetBack, isInFuture, listsAnotherClock } from './clock-skew.ts';
import type { FeedListing } from './feed-listing.ts';
import { mayGainRates } from './first-rates.ts';
import {
  firstLook,
  LOOK_BACK,
  type SampleTraversal,
  type TraversalOptions,
  type TraversalStep,
} from './sample-traversal.ts';

/**
 * Up to so many new instants are read in order; a failed document is requested again with the next poll. With more,
 * polling restarts at the newest, and readers get the earlier ones by backfill.
 */
const MAX_NEW_INSTANTS = 5;

/** So many instants that cannot be read are replaced by older ones for the first rates. */
const MAX_FALLBACK_INSTANTS = 3;

export interface CurrentSamplesContext {
  readonly newTraversal: (options?: TraversalOptions) => SampleTraversal;
  readonly feed: FeedListing;
  readonly clock: Clock;
  /** Milliseconds that the console's clock is ahead; undefined while unknown. */
  readonly clockSkew: () => number | undefined;
  /** Called with the console's time. */
  readonly onClockSetBack: (consoleNow: number) => void;
  readonly logger: Logger;
  /** For the log. */
  readonly place: () => Readonly<Record<string, unknown>>;
}

/** Follows the newest samples of one system, also when the console's clock is set back. */
export class CurrentSamples {
  readonly #context: CurrentSamplesContext;
  #traversal: SampleTraversal;
  #isFirstContact = true;
  /** What the console's clock showed, less the monotonic clock, when the newest sample was read. */
  #consoleOffset: number | undefined;
  /** What is listed in the console's future is then what it listed before. */
  #clockWasSetBack = false;

  constructor(context: CurrentSamplesContext) {
    this.#context = context;
    this.#traversal = context.newTraversal();
  }

  /** Feed time of the newest instant; undefined before the first. */
  get newestInstant(): number | undefined {
    return this.#traversal.newestInstant;
  }

  get losses(): KnownLosses {
    return this.#traversal.losses;
  }

  /** The current entries of the feed, also after the console's clock was set back. */
  async list(console: ConsoleClient, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const { clockSkew, feed } = this.#context;
    const { feedStart, newestInstant } = this.#traversal;
    const atFirst = feedStart === undefined && this.#isFirstContact && clockSkew() !== undefined;
    let entries = atFirst
      ? await feed.listAtFirst(console, firstLook(this.#consoleNow), signal)
      : await feed.list(console, this.#feedStartBy(this.#consoleNow), signal, this.#traversal.newestEnergy);
    this.#isFirstContact = false;
    // The response carries the console's time: was the request made by a clock that has been set back since?
    const since = this.#feedStartBy(this.#consoleNow);
    if (!atFirst && since !== undefined && feedStart !== undefined && since < feedStart) {
      entries = await feed.list(console, since, signal);
    }
    if (clockWasSetBack(newestInstant, this.#consoleNow, entries)) this.#handleClockSetBack(newestInstant ?? 0);
    else if (newestInstant === undefined && listsAnotherClock(entries, this.#consoleNow)) this.#clockWasSetBack = true;
    const consoleNow = this.#consoleNow;
    const current = this.#clockWasSetBack
      ? entries.filter(({ listedAt }) => !isInFuture(listedAt, consoleNow))
      : entries;
    if (this.#traversal.plan(current).filter(({ category }) => category === 'phyp').length > MAX_NEW_INSTANTS) {
      this.#traversal = this.#context.newTraversal();
    }
    return current;
  }

  /**
   * Continues with the new entries of the feed. At the beginning two instants give the first rates: what of them could
   * not be read is in an older one. What was read is not asked for again.
   */
  async step(console: ConsoleClient, entries: readonly PcmFeedEntry[], signal: AbortSignal): Promise<TraversalStep> {
    const isBeginning = this.#traversal.newestInstant === undefined;
    let step = await this.#traversal.step(console, this.#traversal.plan(entries), signal);
    if (!isBeginning) return step;
    const known = new Map(step.read);
    const beginAgain = async (usable: readonly PcmFeedEntry[], instants?: number) => {
      this.#traversal = this.#context.newTraversal({ instants, known });
      const again = await this.#traversal.step(console, this.#traversal.plan(usable), signal);
      for (const [fileName, documents] of again.read) known.set(fileName, documents);
      return again;
    };
    let usable = entries;
    for (let tries = 0; tries < MAX_FALLBACK_INSTANTS; tries += 1) {
      const unread = new Set([...step.unreadInstants, ...this.#traversal.losses.instants]);
      if (unread.size === 0 || step.activities.length === 0) break;
      if (step.activities.some(({ previousTime }) => previousTime !== undefined)) break;
      usable = usable.filter(({ category, listedAt }) => category !== 'phyp' || !unread.has(listedAt));
      step = await beginAgain(usable);
    }
    const [older, newest] = step.activities;
    if (this.#clockWasSetBack || !older || !newest || !mayGainRates(older, newest)) return step;
    const longer = await beginAgain(usable, 3);
    return { ...longer, activities: longer.activities.slice(-2) };
  }

  /** @param receivedAt of a new sample, monotonic */
  noteReceived(receivedAt: number): void {
    const isSkewKnown = this.#context.clockSkew() !== undefined;
    this.#consoleOffset = isSkewKnown ? this.#consoleNow - receivedAt : undefined;
  }

  /** The newest activity again, with the current inventory. */
  withNewInventory(): FrameActivity | undefined {
    return this.#traversal.withNewInventory();
  }

  forgetPrevious(): void {
    this.#traversal.forgetPrevious();
  }

  /** Another console has another clock. */
  forgetClocks(): void {
    this.#traversal.forgetClocks();
    this.#consoleOffset = undefined;
  }

  get #consoleNow(): number {
    return this.#context.clock.now() + (this.#context.clockSkew() ?? 0);
  }

  /** The start of the feed request: never a future that the console's clock has left. */
  #feedStartBy(consoleNow: number): number | undefined {
    const { feedStart, newestInstant } = this.#traversal;
    return isInFuture(newestInstant, consoleNow) ? consoleNow - LOOK_BACK : feedStart;
  }

  #handleClockSetBack(newestInstant: number): void {
    const { clock, logger, place, newTraversal, onClockSetBack } = this.#context;
    const lead = newestInstant - this.#consoleNow;
    logger.warn(
      { ...place(), seconds: Math.round(lead / 1000) },
      "the console's clock was set back; going on with its new time",
    );
    this.#clockWasSetBack = true;
    onClockSetBack(this.#consoleNow);
    const step = this.#consoleOffset === undefined ? 0 : this.#consoleNow - clock.monotonic() - this.#consoleOffset;
    // Without knowing how far it was set back, polling restarts.
    if (isInFuture(newestInstant + step, this.#consoleNow) || step >= 0) this.#traversal = newTraversal();
    else this.#traversal.applyClockStep(Math.round(step));
  }
}
