import type { FrameActivity } from '../inspector/activity.ts';
import type { SampleDelivery, SampleReader } from './cursor.ts';
import {
  farthest,
  instantsBetween,
  isAhead,
  type LostDocument,
  lostBetween,
  partsLostBetween,
  positionAt,
  type SamplePosition,
  withoutParts,
} from './position.ts';

interface Handed {
  /** Where the reader stands when it has this and everything before. */
  position: SamplePosition;
  isDone: boolean;
}

/** What of instants a reader will never get. */
export interface SampleGap {
  readonly before: SamplePosition;
  readonly after: SamplePosition;
  /** Whole instants. */
  readonly count: number;
  /** What instants lack that it got, or may get. */
  readonly parts: readonly LostDocument[];
}

/** What is known not to come. */
export interface KnownLosses {
  /** Feed times of instants. */
  readonly instants: readonly number[];
  readonly parts: readonly LostDocument[];
}

export const noLosses: KnownLosses = { instants: [], parts: [] };

export interface CursorPlaceOptions {
  readonly reader: SampleReader;
  readonly position: SamplePosition;
  /** Nobody knows whether there is anything at the position: what is not there is no gap. */
  readonly isGuess: boolean;
  readonly onMove: (position: SamplePosition) => void;
}

/** Where the reader of one cursor stands in the samples of one system: what it has, and what it has on its desk. */
export class CursorPlace {
  readonly #reader: SampleReader;
  readonly #onMove: (position: SamplePosition) => void;
  /** Until the first sample has shown where it really begins. */
  #isGuess: boolean;
  #acknowledged: SamplePosition;
  #handedOut: SamplePosition;
  /** Handed out and not acknowledged with everything before it, oldest first. */
  #onDesk: Handed[] = [];
  #refusedAt: number | undefined;
  #isClosed = false;

  constructor({ reader, position, isGuess, onMove }: CursorPlaceOptions) {
    this.#reader = reader;
    this.#isGuess = isGuess;
    this.#onMove = onMove;
    this.#acknowledged = position;
    this.#handedOut = position;
  }

  get acknowledged(): SamplePosition {
    return this.#acknowledged;
  }

  get handedOut(): SamplePosition {
    return this.#handedOut;
  }

  /** Instant of the first sample that the reader had no room for, or gave back, since it was last up to date. */
  get refusedAt(): number | undefined {
    return this.#refusedAt;
  }

  /** Whether all that was handed out is acknowledged. */
  get isSettled(): boolean {
    return this.#onDesk.length === 0;
  }

  close(): void {
    this.#isClosed = true;
  }

  lacks(position: SamplePosition): boolean {
    return isAhead(this.#handedOut, position);
  }

  /**
   * Offers what follows directly, or completes an instant that the reader has; beyond a hole it is served by catching up.
   * @param losses what will not come is no hole
   * @returns what the reader lacks for good before it, when it was taken
   */
  offerNext(activity: FrameActivity, losses: KnownLosses = noLosses): SampleGap | undefined {
    const before = this.#handedOut;
    const after = positionAt(activity);
    if (!this.lacks(after)) return undefined;
    const skipped = instantsBetween(before, after) - (activity.sample.fresh.hypervisor ? 1 : 0);
    if (skipped > 0 && lostBetween(before, after, losses.instants) < skipped) return undefined;
    const parts = this.#lostParts(after, losses);
    if (!this.#hand(activity, withoutParts(after, parts))) return undefined;
    this.#refusedAt = undefined;
    const count = this.#isGuess ? 0 : Math.max(0, skipped);
    return count > 0 || parts.length > 0 ? { before, after, count, parts } : undefined;
  }

  /**
   * Offers a sample of a way on which nothing is left out that PCM still has.
   * @returns the gap before it, when it was taken
   */
  offerCaughtUp(activity: FrameActivity, losses: KnownLosses = noLosses): SampleGap | 'taken' | 'not taken' {
    const before = this.#handedOut;
    const after = positionAt(activity);
    if (!this.lacks(after)) return 'not taken';
    const lost = this.#lostParts(after, losses);
    if (!this.#hand(activity, withoutParts(after, lost))) return 'not taken';
    const count = this.#isGuess ? 0 : instantsBetween(before, after) - 1;
    const parts = !this.#isGuess && count <= 0 && lacksPredecessor(activity) ? [...lost, ratesOf(activity)] : lost;
    this.#isGuess = false;
    return count > 0 || parts.length > 0 ? { before, after, count, parts } : 'taken';
  }

  /**
   * There is nothing more to be had up to and including `position`.
   * @returns what the reader lacks of it for good
   */
  skipTo(after: SamplePosition, losses: KnownLosses = noLosses): SampleGap | undefined {
    const before = this.#handedOut;
    const count = this.#isGuess ? 0 : instantsBetween(before, after);
    const parts = this.#lostParts(after, losses);
    this.#isGuess = false;
    this.#refusedAt = undefined;
    this.#handedOut = farthest(before, after);
    const last = this.#onDesk.at(-1);
    if (last) last.position = this.#handedOut;
    else this.#move(this.#handedOut);
    return count > 0 || parts.length > 0 ? { before, after, count, parts } : undefined;
  }

  #lostParts(after: SamplePosition, { parts }: KnownLosses): readonly LostDocument[] {
    return this.#isGuess ? [] : partsLostBetween(this.#handedOut, after, parts);
  }

  #hand(activity: FrameActivity, position: SamplePosition): boolean {
    const handed: Handed = { position: farthest(this.#handedOut, position), isDone: false };
    const delivery: SampleDelivery = {
      activity,
      acknowledge: () => this.#acknowledge(handed),
      giveBack: () => this.#giveBack(handed),
    };
    this.#onDesk.push(handed);
    this.#handedOut = handed.position;
    if (this.#reader.take(delivery)) return true;
    this.#giveBack(handed);
    return false;
  }

  #acknowledge(handed: Handed): void {
    handed.isDone = true;
    let reached: Handed | undefined;
    while (this.#onDesk[0]?.isDone) reached = this.#onDesk.shift();
    if (reached) this.#move(reached.position);
  }

  #giveBack(handed: Handed): void {
    const index = this.#onDesk.indexOf(handed);
    if (index < 0) return;
    this.#onDesk = this.#onDesk.slice(0, index);
    this.#handedOut = this.#onDesk.at(-1)?.position ?? this.#acknowledged;
    this.#refusedAt ??= handed.position.time;
  }

  #move(position: SamplePosition): void {
    if (this.#isClosed) return;
    this.#acknowledged = position;
    this.#onMove(position);
  }
}

/**
 * Whether there was nothing to take differences from: the sample before, which the reader has, was thrown away before it
 * could be read again for that. Behind a gap that goes without saying.
 */
function lacksPredecessor({ previousTime, sample }: FrameActivity): boolean {
  return previousTime === undefined && sample.fresh.hypervisor;
}

function ratesOf({ sample }: FrameActivity): LostDocument {
  return { source: 'rates', listedAt: sample.listedAt };
}
