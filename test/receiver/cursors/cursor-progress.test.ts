import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CursorProgress, noLosses } from '../../../src/receiver/cursors/cursor-progress.ts';
import { isAhead, positionAt, positionBefore, type SamplePosition } from '../../../src/receiver/cursors/position.ts';
import { HALF_MINUTE, timeOf } from '../../helpers/document-console.ts';
import { activitiesOf, instantOf, KeepingReader } from '../../helpers/sample-reader.ts';

const activities = activitiesOf(10);
const activity = (instant: number) => {
  const found = activities[instant];
  if (!found) throw new Error(`there is no instant ${instant}`);
  return found;
};

function begin({ from = 0, lookingBackFrom }: { readonly from?: number; readonly lookingBackFrom?: number } = {}) {
  const reader = new KeepingReader();
  const moves: SamplePosition[] = [];
  const position = positionBefore(activity(from));
  const progress = new CursorProgress({
    reader,
    position,
    lookingBackFrom: lookingBackFrom === undefined ? undefined : positionAt(activity(lookingBackFrom)),
    onMove: (moved) => moves.push(moved),
  });
  return { reader, progress, moves };
}

describe('a cursor', () => {
  test('moves when everything before is acknowledged as well', () => {
    const { reader, progress, moves } = begin();
    for (const instant of [0, 1, 2]) progress.offerNext(activity(instant));
    const [first, second, third] = reader.deliveries;
    third?.acknowledge();
    second?.acknowledge();
    expect(moves).toEqual([]);
    expect(progress.isSettled).toBe(false);
    first?.acknowledge();
    expect(moves.map(({ time }) => time)).toEqual([timeOf(2)]);
    expect(progress.acknowledged).toEqual(positionAt(activity(2)));
    expect(progress.isSettled).toBe(true);
  });

  test('offers an instant once', () => {
    const { reader, progress } = begin();
    progress.offerNext(activity(0));
    progress.offerNext(activity(0));
    expect(progress.offerBackfilled(activity(0))).toBe('not taken');
    expect(reader.instants).toEqual([0]);
  });

  test('offers a requeued sample again, with everything after it, and remembers since when', () => {
    const { reader, progress } = begin();
    for (const instant of [0, 1, 2]) progress.offerNext(activity(instant));
    reader.deliveries[1]?.requeue();
    expect(progress.lastDelivered.time).toBe(timeOf(0));
    expect(progress.returnedAt).toBe(timeOf(1));
    for (const instant of [1, 2]) progress.offerBackfilled(activity(instant));
    expect(reader.instants).toEqual([0, 1, 2, 1, 2]);
    // What was handed out before has nothing to say any more.
    reader.deliveries[2]?.acknowledge();
    reader.deliveries[1]?.requeue();
    expect(progress.lastDelivered.time).toBe(timeOf(2));
  });

  test('leaves what comes after a hole to the backfill', () => {
    const { reader, progress } = begin();
    progress.offerNext(activity(0));
    expect(progress.offerNext(activity(2))).toBeUndefined();
    expect(reader.instants).toEqual([0]);
    expect(progress.isBehind(positionAt(activity(2)))).toBe(true);
  });

  test('passes over instants that are known to be lost, and says which', () => {
    const { progress } = begin();
    progress.offerNext(activity(0));
    const gap = progress.offerNext(activity(3), { instants: [timeOf(1), timeOf(2)], parts: [] });
    expect(gap).toMatchObject({ count: 2, parts: [], before: { time: timeOf(0) }, after: { time: timeOf(3) } });
    expect(progress.isBehind(positionAt(activity(3)))).toBe(false);
  });

  test('reports the part of an instant that is lost once, and waits no more for it', () => {
    const { progress } = begin();
    progress.offerNext(activity(0));
    const losses = { instants: [], parts: [{ source: 'energy', listedAt: timeOf(1) }] };
    expect(progress.offerNext(activity(1), losses)).toMatchObject({ count: 0, parts: losses.parts });
    expect(progress.lastDelivered.listings.energy).toBe(timeOf(1));
    expect(progress.offerNext(activity(2), losses)).toBeUndefined();
  });

  test('that looks back misses nothing of what was there before, and all that comes afterwards', () => {
    const { progress } = begin({ lookingBackFrom: 6 });
    const energyOf = (instant: number) => ({ source: 'energy', listedAt: timeOf(instant) });
    expect(progress.offerBackfilled(activity(2))).toBe('taken');
    expect(progress.offerBackfilled(activity(4), { instants: [], parts: [energyOf(4)] })).toBe('taken');
    expect(progress.offerBackfilled(activity(8))).toMatchObject({ count: 1 });
    const losses = { instants: [], parts: [energyOf(9)] };
    expect(progress.offerBackfilled(activity(9), losses)).toMatchObject({ count: 0, parts: losses.parts });
  });

  test('that looks back and finds nothing of it misses only what came since', () => {
    const { progress } = begin({ lookingBackFrom: 6 });
    expect(progress.skipTo(positionAt(activity(6)))).toBeUndefined();
    expect(progress.skipTo(positionAt(activity(9)))).toMatchObject({ count: 3 });
  });

  test('moves over what is gone behind what is in flight', () => {
    const { reader, progress, moves } = begin();
    progress.offerNext(activity(0));
    expect(progress.skipTo(positionAt(activity(4)))).toMatchObject({ count: 4 });
    expect(moves).toEqual([]);
    reader.deliveries[0]?.acknowledge();
    expect(moves.at(-1)?.time).toBe(timeOf(4));
    expect(progress.skipTo(positionAt(activity(4)), noLosses)).toBeUndefined();
  });

  test('that is closed moves no more', () => {
    const { reader, progress, moves } = begin();
    progress.offerNext(activity(0));
    progress.close();
    reader.deliveries[0]?.acknowledge();
    expect(moves).toEqual([]);
  });
});

type Step = { readonly do: 'offer' } | { readonly do: 'acknowledge' | 'requeue'; readonly at: number };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>({ do: 'offer' }) },
    fc.record({ do: fc.constantFrom('acknowledge' as const, 'requeue' as const), at: fc.nat(20) }),
    { weight: 2, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), at: fc.nat(3) }) },
  ),
  { maxLength: 40 },
);

test('whatever is acknowledged and requeued, a cursor never moves back and never over what is not acknowledged', () => {
  fc.assert(
    fc.property(steps, (todo) => {
      const { reader, progress, moves } = begin();
      // As a reader of the documentation would keep account: what is in flight, oldest first.
      let inFlight: { readonly delivery: number; readonly instant: number; isDone: boolean }[] = [];
      let acknowledged = -1;
      for (const step of todo) {
        if (step.do === 'offer') {
          const next = (inFlight.at(-1)?.instant ?? acknowledged) + 1;
          if (next >= activities.length) continue;
          progress.offerNext(activity(next));
          inFlight.push({ delivery: reader.deliveries.length - 1, instant: next, isDone: false });
        } else {
          const delivery = reader.deliveries[step.at];
          const index = inFlight.findIndex((one) => one.delivery === step.at);
          if (step.do === 'requeue') {
            delivery?.requeue();
            if (index >= 0) inFlight = inFlight.slice(0, index);
          } else {
            delivery?.acknowledge();
            const one = inFlight[index];
            if (one) one.isDone = true;
            while (inFlight[0]?.isDone) acknowledged = inFlight.shift()?.instant ?? acknowledged;
          }
        }
        expect(progress.acknowledged.time).toBe(timeOf(0) + acknowledged * HALF_MINUTE);
        expect(progress.lastDelivered.time).toBe(timeOf(inFlight.at(-1)?.instant ?? acknowledged));
      }
      // Every move is one forward.
      for (const [index, move] of moves.entries()) {
        expect(isAhead(moves[index - 1] ?? positionBefore(activity(0)), move)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test('a reader that acknowledges everything in any order gets every instant once', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...activities.keys()], { minLength: activities.length }), (order) => {
      const { reader, progress, moves } = begin();
      for (const one of activities) progress.offerNext(one);
      for (const place of order) reader.deliveries[place]?.acknowledge();
      expect(reader.instants).toEqual(activities.map(instantOf));
      expect(moves.at(-1)).toEqual(positionAt(activity(activities.length - 1)));
      expect(progress.isSettled).toBe(true);
    }),
    { numRuns: 50 },
  );
});
