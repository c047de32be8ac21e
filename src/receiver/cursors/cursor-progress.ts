import type { FrameActivity } from '../../inspector/activity.ts';
import { isLaterInstant } from '../../pcm/assembly/instant.ts';
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

interface Delivered {
  /** Position of the reader when it has this and everything before. */
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

export interface CursorProgressOptions {
  readonly reader: SampleReader;
  readonly position: SamplePosition;
  /** The reader wanted what PCM still has up to this one: what is missing there is no gap. */
  readonly lookingBackFrom?: SamplePosition | undefined;
  readonly onMove: (position: SamplePosition) => void;
}

/** The progress of one cursor's reader in the samples of one system: what is acknowledged, and what is in flight. */
export class CursorProgress {
  readonly #reader: SampleReader;
  readonly #onMove: (position: SamplePosition) => void;
  readonly #lookingBackFrom: SamplePosition | undefined;
  #acknowledged: SamplePosition;
  #lastDelivered: SamplePosition;
  /** Delivered and not acknowledged with everything before it, oldest first. */
  #inFlight: Delivered[] = [];
  #returnedAt: number | undefined;
  #isClosed = false;

  constructor({ reader, position, lookingBackFrom, onMove }: CursorProgressOptions) {
    this.#reader = reader;
    this.#lookingBackFrom = lookingBackFrom;
    this.#onMove = onMove;
    this.#acknowledged = position;
    this.#lastDelivered = position;
  }

  get acknowledged(): SamplePosition {
    return this.#acknowledged;
  }

  get lastDelivered(): SamplePosition {
    return this.#lastDelivered;
  }

  /** Instant of the first sample that the reader had no room for, or gave back, since it was last up to date. */
  get returnedAt(): number | undefined {
    return this.#returnedAt;
  }

  /** Whether all that was delivered is acknowledged. */
  get isSettled(): boolean {
    return this.#inFlight.length === 0;
  }

  close(): void {
    this.#isClosed = true;
  }

  isBehind(position: SamplePosition): boolean {
    return isAhead(this.#lastDelivered, position);
  }

  /**
   * Offers what follows directly, or completes an instant that the reader has; beyond a gap the backfill serves it.
   * @param losses what will not come is no hole
   * @returns what the reader lacks permanently before it, when it was taken
   */
  offerNext(activity: FrameActivity, losses: KnownLosses = noLosses): SampleGap | undefined {
    const before = this.#lastDelivered;
    const after = positionAt(activity);
    if (!this.isBehind(after)) return undefined;
    const skipped = instantsBetween(before, after) - (activity.sample.fresh.hypervisor ? 1 : 0);
    if (skipped > 0 && lostBetween(before, after, losses.instants) < skipped) return undefined;
    const parts = this.#lostParts(after, losses);
    if (!this.#deliver(activity, withoutParts(after, parts))) return undefined;
    this.#returnedAt = undefined;
    const count = this.#lostInstants(before, after, activity.sample.fresh.hypervisor);
    return count > 0 || parts.length > 0 ? { before, after, count, parts } : undefined;
  }

  /**
   * Offers a sample of a traversal that includes everything that PCM still has.
   * @returns the gap before it, when it was taken
   */
  offerBackfilled(activity: FrameActivity, losses: KnownLosses = noLosses): SampleGap | 'taken' | 'not taken' {
    const before = this.#lastDelivered;
    const after = positionAt(activity);
    if (!this.isBehind(after)) return 'not taken';
    const lost = this.#lostParts(after, losses);
    if (!this.#deliver(activity, withoutParts(after, lost))) return 'not taken';
    const count = this.#lostInstants(before, after, true);
    const isWithoutRates = count === 0 && this.#isCounted(after) && lacksPredecessor(activity);
    const parts = isWithoutRates ? [...lost, ratesOf(activity)] : lost;
    return count > 0 || parts.length > 0 ? { before, after, count, parts } : 'taken';
  }

  /**
   * There is nothing more to be had up to and including `position`.
   * @returns what the reader lacks of it permanently
   */
  skipTo(after: SamplePosition, losses: KnownLosses = noLosses): SampleGap | undefined {
    const before = this.#lastDelivered;
    const count = this.#lostInstants(before, after, false);
    const parts = this.#lostParts(after, losses);
    this.#returnedAt = undefined;
    this.#lastDelivered = farthest(before, after);
    const last = this.#inFlight.at(-1);
    if (last) last.position = this.#lastDelivered;
    else this.#move(this.#lastDelivered);
    return count > 0 || parts.length > 0 ? { before, after, count, parts } : undefined;
  }

  #isCounted(after: SamplePosition): boolean {
    return this.#lookingBackFrom === undefined || isLaterInstant(this.#lookingBackFrom, after);
  }

  /** @param isDelivered whether the last of them is no loss */
  #lostInstants(before: SamplePosition, after: SamplePosition, isDelivered: boolean): number {
    if (!this.#isCounted(after)) return 0;
    const from = this.#lookingBackFrom === undefined ? before : farthest(before, this.#lookingBackFrom);
    return Math.max(0, instantsBetween(from, after) - (isDelivered ? 1 : 0));
  }

  #lostParts(after: SamplePosition, { parts }: KnownLosses): readonly LostDocument[] {
    return this.#isCounted(after) ? partsLostBetween(this.#lastDelivered, after, parts) : [];
  }

  #deliver(activity: FrameActivity, position: SamplePosition): boolean {
    const delivered: Delivered = { position: farthest(this.#lastDelivered, position), isDone: false };
    const delivery: SampleDelivery = {
      activity,
      acknowledge: () => this.#acknowledge(delivered),
      requeue: () => this.#requeue(delivered),
    };
    this.#inFlight.push(delivered);
    this.#lastDelivered = delivered.position;
    if (this.#reader.take(delivery)) return true;
    this.#requeue(delivered);
    return false;
  }

  #acknowledge(delivered: Delivered): void {
    delivered.isDone = true;
    let reached: Delivered | undefined;
    while (this.#inFlight[0]?.isDone) reached = this.#inFlight.shift();
    if (reached) this.#move(reached.position);
  }

  #requeue(delivered: Delivered): void {
    const index = this.#inFlight.indexOf(delivered);
    if (index < 0) return;
    this.#inFlight = this.#inFlight.slice(0, index);
    this.#lastDelivered = this.#inFlight.at(-1)?.position ?? this.#acknowledged;
    this.#returnedAt ??= delivered.position.time;
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
