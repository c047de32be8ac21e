import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CursorGap, Cursors } from '../../../src/receiver/cursors/cursors.ts';
import { isAhead, positionAt, positionBefore, type SamplePosition } from '../../../src/receiver/cursors/position.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { activitiesOf, instantOf, KeepingReader } from '../../helpers/sample-reader.ts';

const activities = activitiesOf(12);
const activity = (instant: number) => {
  const found = activities[instant];
  if (!found) throw new Error(`there is no instant ${instant}`);
  return found;
};

function withReader(name = 'reader') {
  const cursors = new Cursors(() => undefined);
  const reader = new KeepingReader();
  const subscription = cursors.add(name, reader);
  return { cursors, reader, subscription };
}

/** What a backfill does: everything that PCM still has, beginning with the reader farthest behind. */
function backfill(cursors: Cursors, oldest = 0): readonly CursorGap[] {
  const from = cursors.farthestBehind(SYSTEM_ID);
  const present = cursors.present(SYSTEM_ID);
  if (!from || !present) return [];
  let end: SamplePosition = from;
  const gaps: CursorGap[] = [];
  for (const one of activities.slice(oldest)) {
    const position = positionAt(one);
    if (!isAhead(from, position) || isAhead(present, position)) continue;
    gaps.push(...cursors.publishBackfilled(one, end).gaps);
    end = position;
  }
  return [...gaps, ...cursors.endBackfill(SYSTEM_ID, end, present)];
}

describe('readers', () => {
  test('that are up to date get what is current; one that had no capacity is behind', () => {
    const { cursors, reader } = withReader();
    const slow = new KeepingReader();
    cursors.add('slow', slow);
    cursors.publish(activity(0));
    slow.isFull = true;
    cursors.publish(activity(1));
    cursors.publish(activity(2));
    expect(reader.instants).toEqual([0, 1, 2]);
    expect(slow.instants).toEqual([0]);
    expect(cursors.farthestBehind(SYSTEM_ID)).toBeUndefined();
    slow.isFull = false;
    expect(cursors.farthestBehind(SYSTEM_ID)?.time).toBe(activity(0).time);
    // A current sample would hide the hole.
    cursors.publish(activity(3));
    expect(slow.instants).toEqual([0]);
    expect(backfill(cursors)).toEqual([]);
    expect(slow.instants).toEqual([0, 1, 2, 3]);
    expect(cursors.farthestBehind(SYSTEM_ID)).toBeUndefined();
  });

  test('that continue from a position get what is after it, and one report of what is gone', () => {
    const cursors = new Cursors(() => undefined);
    const reader = new KeepingReader();
    cursors.add('reader', reader, { positions: new Map([[SYSTEM_ID, positionAt(activity(1))]]) });
    cursors.publish(activity(8));
    const gaps = backfill(cursors, 5);
    expect(reader.instants).toEqual([5, 6, 7, 8]);
    expect(gaps.map(({ cursor, count }) => [cursor, count])).toEqual([['reader', 3]]);
    expect(backfill(cursors, 5)).toEqual([]);
  });

  test('that look back are behind from the beginning, and miss nothing where there was nothing', () => {
    const cursors = new Cursors(() => undefined);
    const reader = new KeepingReader();
    cursors.add('reader', reader, { lookBack: 4 });
    cursors.publish(activity(3));
    expect(reader.instants).toEqual([]);
    expect(backfill(cursors, 2)).toEqual([]);
    expect(reader.instants).toEqual([2, 3]);
  });

  test('continue where the one before them of the same name stood', () => {
    const { cursors, reader } = withReader();
    reader.acknowledgesAtOnce = true;
    cursors.publish(activity(0));
    const next = new KeepingReader();
    const { positions } = cursors.add('reader', next);
    expect(positions().get(SYSTEM_ID)).toEqual(positionAt(activity(0)));
    cursors.publish(activity(1));
    expect([reader.instants, next.instants]).toEqual([[0], [1]]);
  });

  test('of a system that others read from now on move nothing any more', () => {
    const { cursors, reader, subscription } = withReader();
    cursors.publish(activity(0));
    expect(cursors.isSettled([SYSTEM_ID])).toBe(false);
    cursors.forget(SYSTEM_ID);
    reader.deliveries[0]?.acknowledge();
    expect(subscription.positions().size).toBe(0);
    expect(cursors.isSettled([SYSTEM_ID])).toBe(true);
  });

  test('that know their position only then are asked when a system is opened', () => {
    const cursors = new Cursors(() => undefined);
    const reader = new KeepingReader();
    cursors.add('reader', reader, { positionOf: () => positionBefore(activity(1)) });
    cursors.open(SYSTEM_ID);
    cursors.publish(activity(3));
    expect(backfill(cursors)).toEqual([]);
    expect(reader.instants).toEqual([1, 2, 3]);
  });

  test('that are closed get nothing', () => {
    const { cursors, reader, subscription } = withReader();
    subscription.close();
    cursors.publish(activity(0));
    expect(reader.instants).toEqual([]);
  });
});

test('readers of any pace get every instant once and in order, or one report that it is gone', () => {
  const round = fc.record({
    full: fc.tuple(fc.boolean(), fc.boolean()),
    backfills: fc.boolean(),
    purged: fc.nat(3),
  });
  const rounds = fc.array(round, { minLength: activities.length, maxLength: activities.length });
  fc.assert(
    fc.property(rounds, (todo) => {
      const cursors = new Cursors(() => undefined);
      const readers = [new KeepingReader(), new KeepingReader()];
      const missing = [0, 0];
      const note = (gaps: readonly CursorGap[]) => {
        for (const { cursor, count } of gaps) missing[Number(cursor)] = (missing[Number(cursor)] ?? 0) + count;
      };
      for (const [index, reader] of readers.entries()) {
        reader.acknowledgesAtOnce = true;
        cursors.add(String(index), reader);
      }
      let oldest = 0;
      for (const [instant, { full, backfills, purged }] of todo.entries()) {
        // At the first instant everybody begins; and PCM keeps the present.
        for (const [index, reader] of readers.entries()) reader.isFull = instant > 0 && full[index] === true;
        note(cursors.publish(activity(instant)));
        oldest = Math.min(instant, oldest + purged);
        if (backfills) note(backfill(cursors, oldest));
      }
      for (const reader of readers) reader.isFull = false;
      note(backfill(cursors, oldest));
      for (const [index, reader] of readers.entries()) {
        expect([...reader.instants].sort((left, right) => left - right)).toEqual(reader.instants);
        expect(new Set(reader.instants).size).toBe(reader.instants.length);
        expect(reader.instants.length + (missing[index] ?? 0)).toBe(activities.length);
        expect(reader.instants.at(-1)).toBe(instantOf(activity(activities.length - 1)));
      }
      expect(cursors.farthestBehind(SYSTEM_ID)).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});
