import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock/clock.ts';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';

test('the manual clock resumes sleepers in order and shows each its own time', async () => {
  const clock = new ManualClock(1_000);
  const seen: [string, number][] = [];
  const sleeper = async (name: string, milliseconds: number) => {
    await clock.sleep(milliseconds);
    seen.push([name, clock.now()]);
  };
  const all = Promise.all([sleeper('late', 300), sleeper('early', 100)]);
  await clock.advance(250);
  expect(seen).toEqual([['early', 1_100]]);
  await clock.advance(50);
  await all;
  expect(seen).toEqual([
    ['early', 1_100],
    ['late', 1_300],
  ]);
  expect(clock.monotonic()).toBe(300);
  expect(clock.sleepers).toBe(0);
});

test('code that sleeps again while time advances is resumed again', async () => {
  const clock = new ManualClock(0);
  let wakes = 0;
  const stop = new AbortController();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(10, stop.signal);
      wakes += 1;
    }
  })().catch((error: unknown) => error);
  await clock.advance(100);
  expect(wakes).toBe(10);
  stop.abort(new Error('stop'));
  expect(await loop).toMatchObject({ message: 'stop' });
  expect(clock.sleepers).toBe(0);
});

test('a jump moves the wall clock without advancing monotonic time', async () => {
  const clock = new ManualClock(5_000);
  clock.jump(-3_600_000);
  expect(clock.now()).toBe(5_000 - 3_600_000);
  expect(clock.monotonic()).toBe(0);
});

test.each([systemClock, new ManualClock(0)])('an aborted sleep rejects with the reason', async (clock) => {
  await expect(clock.sleep(60_000, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
  const controller = new AbortController();
  const sleep = clock.sleep(60_000, controller.signal);
  controller.abort(new Error('later'));
  await expect(sleep).rejects.toThrow('later');
});
