import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { RequestBudget } from '../../../src/rest/requests/rate-limit.ts';

test('no minute has more requests than allowed, and none waits without need', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 30 }),
      async (limit, pauses) => {
        const clock = new ManualClock(0);
        const budget = new RequestBudget(limit, clock);
        const sent: number[] = [];
        const requests: Promise<unknown>[] = [];
        for (const pause of pauses) {
          await clock.advance(pause);
          requests.push(budget.admit().then(() => sent.push(clock.monotonic())));
        }
        await clock.advance(60_000 * pauses.length);
        await Promise.all(requests);
        for (const [index, time] of sent.entries()) {
          const earlier = sent[index - limit];
          if (earlier !== undefined) expect(time - earlier).toBeGreaterThanOrEqual(60_000);
        }
        if (pauses.length <= limit) expect(budget.delayed).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});

test('a caller aborted while waiting leaves no trace', async () => {
  const clock = new ManualClock(0);
  const budget = new RequestBudget(1, clock);
  await budget.admit();
  const interruption = new AbortController();
  const waiting = budget.admit(interruption.signal);
  interruption.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(clock.sleepers).toBe(0);
  expect(budget.used).toBe(1);
});
