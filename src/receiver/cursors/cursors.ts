import type { FrameActivity } from '../../inspector/activity.ts';
import type { CursorOptions, SampleReader, Subscription } from './cursor.ts';
import { CursorProgress, type KnownLosses, noLosses, type SampleGap } from './cursor-progress.ts';
import { completeUntil, farthest, onClockOf, positionAt, positionBefore, type SamplePosition } from './position.ts';

interface Cursor {
  readonly name: string;
  readonly reader: SampleReader;
  readonly options: CursorOptions;
  /** By system UUID. */
  readonly cursorStates: Map<string, CursorProgress>;
}

/** A gap, and whose it is. */
export interface CursorGap extends SampleGap {
  readonly cursor: string;
  /** Instant since which the reader had no room. */
  readonly returnedAt: number | undefined;
  /** Whether PCM listed the instants, and the documents did not come. */
  readonly isUnread: boolean;
}

/**
 * All readers. A current sample is offered to those that have everything before it; the others are served by one
 * backfill of what PCM still has, beginning with the reader farthest behind.
 */
export class Cursors {
  readonly #cursors = new Map<string, Cursor>();
  /** By system UUID: everything that was offered as present. */
  readonly #present = new Map<string, SamplePosition>();
  readonly #onCapacity: () => void;

  /** @param onCapacity called when a reader has capacity again */
  constructor(onCapacity: () => void) {
    this.#onCapacity = onCapacity;
  }

  /** A reader under a name that had one before continues where that one stood. */
  add(name: string, reader: SampleReader, options: CursorOptions = {}): Subscription {
    const before = this.#cursors.get(name);
    const cursor: Cursor = { name, reader, options, cursorStates: new Map() };
    for (const [systemId, position] of options.positions ?? []) this.#progress(cursor, systemId, position);
    for (const [systemId, { acknowledged }] of before?.cursorStates ?? [])
      this.#progress(cursor, systemId, acknowledged);
    this.#cursors.set(name, cursor);
    return {
      notifyCapacity: this.#onCapacity,
      positions: () =>
        new Map([...cursor.cursorStates].map(([systemId, { acknowledged }]) => [systemId, acknowledged])),
      close: () => {
        if (this.#cursors.get(name) === cursor) this.#cursors.delete(name);
      },
    };
  }

  /** A system is about to be read: who knows how far he is with it continues from there. */
  open(systemId: string): void {
    for (const cursor of this.#cursors.values()) {
      const position = cursor.cursorStates.has(systemId) ? undefined : cursor.options.positionOf?.(systemId);
      if (position) this.#progress(cursor, systemId, position);
    }
  }

  /** Whether all that was delivered of some systems is acknowledged. */
  isSettled(systemIds: readonly string[]): boolean {
    const cursorStates = [...this.#cursors.values()].flatMap((cursor) =>
      systemIds.map((id) => cursor.cursorStates.get(id)),
    );
    return cursorStates.every((progress) => progress === undefined || progress.isSettled);
  }

  /** Others read the system from now on: what is acknowledged later moves nothing. */
  forget(systemId: string): void {
    this.#present.delete(systemId);
    for (const { cursorStates } of this.#cursors.values()) {
      cursorStates.get(systemId)?.close();
      cursorStates.delete(systemId);
    }
  }

  /**
   * What everybody gets who is up to date.
   * @param losses what before it will not come
   * @returns the gaps that it ends
   */
  publish(activity: FrameActivity, losses: KnownLosses = noLosses): readonly CursorGap[] {
    const { systemId } = activity.sample;
    const known = this.#present.get(systemId);
    const position = positionAt(activity);
    const gaps: CursorGap[] = [];
    for (const cursor of this.#cursors.values()) {
      const progress = cursor.cursorStates.get(systemId);
      if (!progress) this.#begin(cursor, activity);
      // The first sample of a traversal has no rates: readers before it get it with rates, by backfill.
      else if (activity.previousTime !== undefined || !activity.sample.fresh.hypervisor) {
        const gap = progress.offerNext(activity, losses);
        if (gap) gaps.push({ ...gap, cursor: cursor.name, returnedAt: undefined, isUnread: true });
      }
    }
    this.#present.set(systemId, known ? farthest(known, position) : position);
    return gaps;
  }

  /**
   * What was fetched again for readers that are behind. A reader without capacity for an earlier sample of the same run
   * does not get it, since it would hide the gap.
   * @param before the newest position of the run so far
   * @param losses what of the way will not come
   * @param isUnread whether the missing documents before it were listed and could not be read
   * @returns the gaps that it ends, and whether any reader took it
   */
  publishBackfilled(
    activity: FrameActivity,
    before: SamplePosition,
    losses: KnownLosses = noLosses,
    isUnread = false,
  ): { readonly isTaken: boolean; readonly gaps: readonly CursorGap[] } {
    let isTaken = false;
    const gaps: CursorGap[] = [];
    for (const { name, cursorStates } of this.#cursors.values()) {
      const progress = cursorStates.get(activity.sample.systemId);
      const outcome = !progress || progress.isBehind(before) ? 'not taken' : progress.offerBackfilled(activity, losses);
      if (outcome === 'not taken') continue;
      isTaken = true;
      if (outcome !== 'taken') gaps.push({ ...outcome, cursor: name, returnedAt: progress?.returnedAt, isUnread });
    }
    return { isTaken, gaps };
  }

  /** What was offered as present last. */
  present(systemId: string): SamplePosition | undefined {
    return this.#present.get(systemId);
  }

  /** Whether a reader is up to date and waits for current samples. */
  hasFollowers(systemId: string): boolean {
    const present = this.#present.get(systemId);
    if (!present) return true;
    return [...this.#cursors.values()].some(
      ({ cursorStates }) => cursorStates.get(systemId)?.isBehind(present) === false,
    );
  }

  /**
   * Where to begin so that every reader that is behind and has capacity gets what it lacks; undefined when there is
   * none.
   */
  farthestBehind(systemId: string): SamplePosition | undefined {
    const present = this.#present.get(systemId);
    const [farthestBehind] = this.#behind(systemId)
      .filter(({ cursor }) => cursor.reader.hasCapacity(systemId))
      .map(({ progress: { lastDelivered } }) => (present ? onClockOf(present, lastDelivered) : lastDelivered))
      .sort((left, right) => completeUntil(left) - completeUntil(right));
    return farthestBehind;
  }

  /**
   * The backfill is complete: readers that took everything are up to date.
   * @param end the newest on the way
   * @param present the present position when PCM was last read: what a reader lacks up to it is not available
   * @param losses what of the way will not come
   */
  endBackfill(
    systemId: string,
    end: SamplePosition,
    present: SamplePosition,
    losses: KnownLosses = noLosses,
  ): readonly CursorGap[] {
    return this.#behind(systemId).flatMap(({ cursor, progress }) => {
      if (progress.isBehind(end)) return [];
      const { returnedAt } = progress;
      const gap = progress.skipTo(present, losses);
      return gap ? [{ ...gap, cursor: cursor.name, returnedAt, isUnread: false }] : [];
    });
  }

  #behind(systemId: string): readonly { readonly cursor: Cursor; readonly progress: CursorProgress }[] {
    const present = this.#present.get(systemId);
    if (!present) return [];
    return [...this.#cursors.values()].flatMap((cursor) => {
      const progress = cursor.cursorStates.get(systemId);
      return progress?.isBehind(present) ? [{ cursor, progress }] : [];
    });
  }

  /** Who looks back is behind from the beginning. */
  #begin(cursor: Cursor, activity: FrameActivity): void {
    const { systemId } = activity.sample;
    const { lookBack = 0, onMove } = cursor.options;
    const position = positionBefore(activity, lookBack);
    const progress = this.#progress(cursor, systemId, position, lookBack > 0 ? positionAt(activity) : undefined);
    onMove?.(systemId, position);
    if (lookBack === 0) progress.offerNext(activity);
  }

  #progress(
    cursor: Cursor,
    systemId: string,
    position: SamplePosition,
    lookingBackFrom?: SamplePosition,
  ): CursorProgress {
    const onMove = (moved: SamplePosition) => cursor.options.onMove?.(systemId, moved);
    const progress = new CursorProgress({ reader: cursor.reader, position, lookingBackFrom, onMove });
    cursor.cursorStates.set(systemId, progress);
    return progress;
  }
}
