import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConsoleError } from '../../../src/base/errors/errors.ts';
import type { FrameActivity } from '../../../src/inspector/index.ts';
import { Backfill } from '../../../src/receiver/cursors/backfill.ts';
import { type CursorGap, Cursors } from '../../../src/receiver/cursors/cursors.ts';
import { DocumentConsole, timeOf } from '../../helpers/document-console.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { instantOf, KeepingReader } from '../../helpers/sample-reader.ts';
import { traversals } from '../../helpers/traversals.ts';

const { signal } = new AbortController();

/** A system whose current samples are read, beside a backfill for those that are behind. */
function system({ isWithoutEnergy = false } = {}) {
  const console = new DocumentConsole();
  const cursors = new Cursors(() => undefined);
  const gaps: CursorGap[] = [];
  const { create } = traversals();
  const current = create();
  let lists = 0;
  const backfill = new Backfill({
    systemId: SYSTEM_ID,
    cursors,
    traversalFrom: (from) => create({ from }),
    listEntries: async (from, since) => {
      lists += 1;
      return { entries: await from.longTermMonitorFeed(SYSTEM_ID, since), isWithoutEnergy };
    },
    beforePublishing: () => undefined,
    filtered: (activity: FrameActivity) => activity,
    onSample: () => undefined,
    onGap: (gap) => gaps.push(gap),
  });
  const poll = async () => {
    const entries = await console.longTermMonitorFeed(SYSTEM_ID, current.feedStart);
    for (const activity of (await current.step(console, current.plan(entries), signal)).activities) {
      cursors.publish(activity, current.losses);
    }
  };
  const finish = async () => {
    for (let steps = 0; backfill.isWanted && steps < 50; steps += 1) await backfill.step(console, signal);
  };
  return { console, cursors, gaps, backfill, poll, finish, lists: () => lists };
}

describe('a backfill', () => {
  test('brings a reader that looks back what PCM has, some instants at a time, and asks for each document once', async () => {
    const { console, cursors, backfill, poll, gaps } = system();
    const reader = new KeepingReader();
    cursors.add('reader', reader, { lookBack: 6 });
    console.addInstants(0, 9);
    await poll();
    expect(reader.instants).toEqual([]);
    console.requested.length = 0;
    const grown: number[] = [];
    while (backfill.isWanted && grown.length < 20) {
      await backfill.step(console, signal);
      grown.push(reader.instants.length);
    }
    expect(reader.instants).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(grown.every((count, index) => count - (grown[index - 1] ?? 0) <= 2)).toBe(true);
    expect(new Set(console.requested).size).toBe(console.requested.length);
    expect(gaps).toEqual([]);
  });

  test('serves several readers in one traversal', async () => {
    const { console, cursors, poll, finish } = system();
    const readers = [new KeepingReader(), new KeepingReader()];
    for (const [index, reader] of readers.entries()) cursors.add(String(index), reader, { lookBack: 4 + index });
    console.addInstants(0, 9);
    await poll();
    console.requested.length = 0;
    await finish();
    expect(readers.map(({ instants }) => instants.at(-1))).toEqual([9, 9]);
    expect(new Set(console.requested).size).toBe(console.requested.length);
  });

  test('asks for nothing while no reader that is behind has capacity', async () => {
    const { console, cursors, backfill, poll, finish } = system();
    const reader = new KeepingReader();
    cursors.add('reader', reader, { lookBack: 4 });
    console.addInstants(0, 5);
    reader.isFull = true;
    await poll();
    console.requested.length = 0;
    expect(backfill.isWanted).toBe(false);
    expect(await backfill.step(console, signal)).toBe(false);
    expect(console.requested).toEqual([]);
    reader.isFull = false;
    await finish();
    expect(reader.instants.at(-1)).toBe(5);
  });

  test('reports what PCM has thrown away once', async () => {
    const { console, cursors, gaps, poll, finish } = system();
    const reader = new KeepingReader();
    cursors.add('reader', reader);
    console.addInstants(0, 1);
    await poll();
    reader.isFull = true;
    console.addInstants(2, 12);
    await poll();
    console.purgeBefore(8);
    reader.isFull = false;
    await finish();
    await finish();
    expect(reader.instants.filter((instant) => instant > 1)).toEqual([8, 9, 10, 11, 12]);
    expect(gaps.map(({ count, cursor }) => [cursor, count])).toEqual([['reader', 6]]);
  });

  test('passes on what the console says when it fails, and continues afterwards', async () => {
    const { console, cursors, backfill, poll, finish } = system();
    const reader = new KeepingReader();
    cursors.add('reader', reader, { lookBack: 4 });
    console.addInstants(0, 6);
    await poll();
    console.intercept = () => new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', 'reset');
    await expect(backfill.step(console, signal)).rejects.toThrow('reset');
    console.intercept = () => undefined;
    await finish();
    expect(reader.instants).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('waits twice for a feed of energy that does not answer, and then continues without', async () => {
    const { console, cursors, backfill, poll, lists } = system({ isWithoutEnergy: true });
    const reader = new KeepingReader();
    cursors.add('reader', reader, { lookBack: 3 });
    console.addInstants(0, 5);
    await poll();
    expect(await backfill.step(console, signal)).toBe(false);
    expect(await backfill.step(console, signal)).toBe(false);
    expect(reader.instants).toEqual([]);
    await backfill.step(console, signal);
    expect(lists()).toBe(3);
    expect(reader.instants.length).toBeGreaterThan(0);
  });
});

test('a reader that is full now and then gets every instant once and in order, or one report that it is gone', async () => {
  const round = fc.record({ isFull: fc.boolean(), steps: fc.nat(2), purged: fc.nat(2) });
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 12, maxLength: 12 }), async (rounds) => {
      const { console, cursors, gaps, backfill, poll, finish } = system();
      const reader = new KeepingReader();
      reader.acknowledgesAtOnce = true;
      cursors.add('reader', reader);
      console.addInstants(0, 1);
      await poll();
      const first = reader.instants[0] ?? 0;
      let oldest = 0;
      for (const [index, { isFull, steps, purged }] of rounds.entries()) {
        reader.isFull = isFull;
        console.addInstants(index + 2, index + 2);
        await poll();
        oldest = Math.min(index, oldest + purged);
        console.purgeBefore(oldest);
        for (let count = 0; count < steps && backfill.isWanted; count += 1) await backfill.step(console, signal);
      }
      reader.isFull = false;
      await finish();
      const instants = reader.deliveries.filter(({ activity }) => activity.sample.fresh.hypervisor);
      const taken = instants.map(({ activity }) => instantOf(activity));
      expect([...taken].sort((left, right) => left - right)).toEqual(taken);
      expect(new Set(taken).size).toBe(taken.length);
      const missing = gaps.reduce((sum, { count }) => sum + count, 0);
      expect(taken.length + missing).toBe(14 - first);
      expect(taken.at(-1)).toBe(13);
      expect(cursors.present(SYSTEM_ID)?.time).toBe(timeOf(13));
    }),
    { numRuns: 40 },
  );
});
