import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backOffDelay, nextPollDelay } from '../../../src/receiver/polling/poll-schedule.ts';

const schedule = { interval: 30_000, lag: 7_000, jitter: 2_000 };

test('a poll follows soon after the next sample of the system, for any grid and clock skew', () => {
  fc.assert(
    fc.property(
      fc.nat(10 ** 9),
      fc.nat(29_999),
      fc.integer({ min: -3_600_000, max: 3_600_000 }),
      fc.float({ min: 0, max: 1, noNaN: true }),
      (now, phase, skew, random) => {
        const newest = phase + 30_000 * 1000;
        const delay = nextPollDelay(schedule, now, newest, skew, random);
        expect(delay).toBeGreaterThan(0);
        // By the clock of the console the poll is 7 to 9 s after one of its instants.
        const atConsole = now + delay + skew;
        const sinceInstant = (((atConsole - newest) % 30_000) + 30_000) % 30_000;
        expect(sinceInstant).toBeGreaterThanOrEqual(7_000 - 1);
        expect(sinceInstant).toBeLessThanOrEqual(9_000 + 1);
      },
    ),
  );
});

test('failures make polls rarer, up to a minute', () => {
  expect(backOffDelay(1, 30_000, 0.5)).toBe(30_000);
  expect(backOffDelay(2, 30_000, 0.5)).toBe(60_000);
  expect(backOffDelay(50, 30_000, 0.5)).toBe(60_000);
});
