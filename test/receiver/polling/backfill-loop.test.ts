import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { BackfillLoop } from '../../../src/receiver/polling/backfill-loop.ts';
import { DocumentConsole } from '../../helpers/document-console.ts';

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A loop over a backfill that wants `wanted` steps more. */
function loop(wanted: number, onStep: () => boolean = () => true) {
  const clock = new ManualClock(0);
  const failures: unknown[] = [];
  const state = { wanted, steps: 0 };
  const backfill = {
    get isWanted() {
      return state.wanted > 0;
    },
    step: async () => {
      state.steps += 1;
      const goesOn = onStep();
      state.wanted -= 1;
      return goesOn;
    },
  };
  const context = {
    backfill,
    clock,
    console: () => new DocumentConsole(),
    onFailure: (error: unknown) => failures.push(error),
  };
  return { loop: new BackfillLoop(context), clock, state, failures, stop: new AbortController() };
}

test('fetches what is lacking and then waits for the next poll', async () => {
  const { loop: backfills, clock, state, stop } = loop(3);
  const ended = backfills.runUntil(10_000, () => false, stop.signal);
  await clock.advance(9_999, pause);
  expect([state.steps, clock.sleepers]).toEqual([3, 1]);
  await clock.advance(1, pause);
  await ended;
});

test('continues at once when a reader has capacity again', async () => {
  const { loop: backfills, clock, state, stop } = loop(0);
  const ended = backfills.runUntil(10_000, () => false, stop.signal);
  await pause();
  backfills.wake();
  await pause();
  expect(state.steps).toBe(0);
  state.wanted = 2;
  backfills.wake();
  await pause();
  await pause();
  expect(state.steps).toBe(2);
  await clock.advance(10_000, pause);
  await ended;
});

test('asks a console that fails for nothing until the next poll, however often it is woken', async () => {
  const { loop: backfills, clock, state, stop } = loop(3);
  const ended = backfills.runUntil(10_000, () => true, stop.signal);
  await pause();
  backfills.wake();
  await clock.advance(10_000, pause);
  await ended;
  expect(state.steps).toBe(0);
});

test('reports what fails once for each poll, and ends with the signal', async () => {
  const {
    loop: backfills,
    clock,
    failures,
    stop,
  } = loop(3, () => {
    throw new Error('reset');
  });
  const ended = backfills.runUntil(10_000, () => false, stop.signal);
  await pause();
  backfills.wake();
  await pause();
  expect(failures).toHaveLength(1);
  stop.abort();
  await ended;
  expect(clock.sleepers).toBe(0);
});
