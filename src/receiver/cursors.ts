import type { FrameActivity } from '../inspector/activity.ts';
import type { CursorOptions, SampleReader, Subscription } from './cursor.ts';
import { CursorPlace, type KnownLosses, noLosses, type SampleGap } from './cursor-place.ts';
import { completeUntil, farthest, onClockOf, positionAt, positionBefore, type SamplePosition } from './position.ts';

interface Cursor {
  readonly name: string;
  readonly reader: SampleReader;
  readonly options: CursorOptions;
  /** By system UUID. */
  readonly places: Map<string, CursorPlace>;
}

/** A gap, and whose it is. */
export interface CursorGap extends SampleGap {
  readonly cursor: string;
  /** Instant since which the reader had no room. */
  readonly refusedAt: number | undefined;
  /** Whether PCM listed the instants, and the documents did not come. */
  readonly isUnread: boolean;
}

/**
 * Everybody who reads along. A sample of the present is offered to those who have all that went before it; the others
 * are served by catching up, all from one way through what PCM still has, beginning with whoever is farthest behind.
 */
export class Cursors {
  readonly #cursors = new Map<string, Cursor>();
  /** By system UUID: everything that was offered as present. */
  readonly #present = new Map<string, SamplePosition>();
  readonly #onRoom: () => void;

  /** @param onRoom told when a reader has room again */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  /** A reader under a name that had one before goes on where that one stood. */
  add(name: string, reader: SampleReader, options: CursorOptions = {}): Subscription {
    const before = this.#cursors.get(name);
    const cursor: Cursor = { name, reader, options, places: new Map() };
    for (const [systemId, position] of options.positions ?? []) this.#place(cursor, systemId, position);
    for (const [systemId, { acknowledged }] of before?.places ?? []) this.#place(cursor, systemId, acknowledged);
    this.#cursors.set(name, cursor);
    return {
      notifyRoom: this.#onRoom,
      positions: () => new Map([...cursor.places].map(([systemId, { acknowledged }]) => [systemId, acknowledged])),
      close: () => {
        if (this.#cursors.get(name) === cursor) this.#cursors.delete(name);
      },
    };
  }

  /** A system is about to be read: who knows how far he is with it goes on from there. */
  open(systemId: string): void {
    for (const cursor of this.#cursors.values()) {
      const position = cursor.places.has(systemId) ? undefined : cursor.options.positionOf?.(systemId);
      if (position) this.#place(cursor, systemId, position);
    }
  }

  /** Whether all that was handed out of some systems is acknowledged. */
  isSettled(systemIds: readonly string[]): boolean {
    const places = [...this.#cursors.values()].flatMap((cursor) => systemIds.map((id) => cursor.places.get(id)));
    return places.every((place) => place === undefined || place.isSettled);
  }

  /** Others read the system from now on: what is acknowledged later moves nothing. */
  forget(systemId: string): void {
    this.#present.delete(systemId);
    for (const { places } of this.#cursors.values()) {
      places.get(systemId)?.close();
      places.delete(systemId);
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
      const place = cursor.places.get(systemId);
      if (!place) this.#begin(cursor, activity);
      // The first of a walk has no rates: who stands before it gets it with them, by catching up.
      else if (activity.previousTime !== undefined || !activity.sample.fresh.hypervisor) {
        const gap = place.offerNext(activity, losses);
        if (gap) gaps.push({ ...gap, cursor: cursor.name, refusedAt: undefined, isUnread: true });
      }
    }
    this.#present.set(systemId, known ? farthest(known, position) : position);
    return gaps;
  }

  /**
   * What was fetched again for those who are behind. Who had no room for something before it on the same way does not get
   * it: for them it would hide what they lack.
   * @param before the newest on the way so far
   * @param losses what of the way will not come
   * @param isUnread whether what is missing before it was listed, and did not come
   * @returns the gaps that it ends, and whether anybody took it
   */
  publishCaughtUp(
    activity: FrameActivity,
    before: SamplePosition,
    losses: KnownLosses = noLosses,
    isUnread = false,
  ): { readonly isTaken: boolean; readonly gaps: readonly CursorGap[] } {
    let isTaken = false;
    const gaps: CursorGap[] = [];
    for (const { name, places } of this.#cursors.values()) {
      const place = places.get(activity.sample.systemId);
      const outcome = !place || place.lacks(before) ? 'not taken' : place.offerCaughtUp(activity, losses);
      if (outcome === 'not taken') continue;
      isTaken = true;
      if (outcome !== 'taken') gaps.push({ ...outcome, cursor: name, refusedAt: place?.refusedAt, isUnread });
    }
    return { isTaken, gaps };
  }

  /** What was offered as present last. */
  present(systemId: string): SamplePosition | undefined {
    return this.#present.get(systemId);
  }

  /** Whether somebody is up to date and waits for the present. */
  hasFollowers(systemId: string): boolean {
    const present = this.#present.get(systemId);
    if (!present) return true;
    return [...this.#cursors.values()].some(({ places }) => places.get(systemId)?.lacks(present) === false);
  }

  /** Where to begin, so that everybody who is behind and has room gets what they lack; undefined when nobody is. */
  farthestBehind(systemId: string): SamplePosition | undefined {
    const present = this.#present.get(systemId);
    const [farthestBehind] = this.#behind(systemId)
      .filter(({ cursor }) => cursor.reader.hasRoom(systemId))
      .map(({ place: { handedOut } }) => (present ? onClockOf(present, handedOut) : handedOut))
      .sort((left, right) => completeUntil(left) - completeUntil(right));
    return farthestBehind;
  }

  /**
   * A way has come to its end: who took all that was on it is up to date.
   * @param end the newest on the way
   * @param present what was offered as present when PCM was asked last: what somebody lacks of it is not to be had
   * @param losses what of the way will not come
   */
  endCatchUp(
    systemId: string,
    end: SamplePosition,
    present: SamplePosition,
    losses: KnownLosses = noLosses,
  ): readonly CursorGap[] {
    return this.#behind(systemId).flatMap(({ cursor, place }) => {
      if (place.lacks(end)) return [];
      const { refusedAt } = place;
      const gap = place.skipTo(present, losses);
      return gap ? [{ ...gap, cursor: cursor.name, refusedAt, isUnread: false }] : [];
    });
  }

  #behind(systemId: string): readonly { readonly cursor: Cursor; readonly place: CursorPlace }[] {
    const present = this.#present.get(systemId);
    if (!present) return [];
    return [...this.#cursors.values()].flatMap((cursor) => {
      const place = cursor.places.get(systemId);
      return place?.lacks(present) ? [{ cursor, place }] : [];
    });
  }

  /** Who looks back is behind from the beginning. */
  #begin(cursor: Cursor, activity: FrameActivity): void {
    const { systemId } = activity.sample;
    const { lookBack = 0, onMove } = cursor.options;
    const position = positionBefore(activity, lookBack);
    const place = this.#place(cursor, systemId, position, lookBack > 0);
    onMove?.(systemId, position);
    if (lookBack === 0) place.offerNext(activity);
  }

  #place(cursor: Cursor, systemId: string, position: SamplePosition, isGuess = false): CursorPlace {
    const onMove = (moved: SamplePosition) => cursor.options.onMove?.(systemId, moved);
    const place = new CursorPlace({ reader: cursor.reader, position, isGuess, onMove });
    cursor.places.set(systemId, place);
    return place;
  }
}
