import { describe, expect, test } from 'vitest';
import { pauseBeforeRetry, type RetryPolicy, slowly } from '../../../src/collector/delivery/retry-policy.ts';

const policy: RetryPolicy = {
  enabled: true,
  initialInterval: 5_000,
  randomizationFactor: 0.5,
  multiplier: 1.5,
  maxInterval: 30_000,
  maxElapsedTime: 300_000,
};
const pause = (failures: number, elapsed = 0, overrides: Partial<RetryPolicy> = {}, retryAfter?: number) =>
  pauseBeforeRetry({ ...policy, ...overrides }, { failures, elapsed, retryAfter }, 0.5);

describe('pauses between tries', () => {
  test('grow by half, from five to thirty seconds', () => {
    expect([1, 2, 3, 9].map((failures) => pause(failures))).toEqual([5_000, 7_500, 11_250, 30_000]);
  });

  test('are randomised', () => {
    const at = (random: number) => pauseBeforeRetry(policy, { failures: 1, elapsed: 0 }, random);
    expect([at(0), at(1)]).toEqual([2_500, 7_500]);
  });

  test('end after five minutes, or never', () => {
    expect(pause(9, 269_999)).toBe(30_000);
    expect(pause(9, 270_001)).toBeUndefined();
    expect(pause(9, 1e9, { maxElapsedTime: 0 })).toBe(30_000);
    expect(pause(1, 0, { enabled: false })).toBeUndefined();
  });

  test('start at the maximum and grow to four times that for errors that need correction', () => {
    const pauses = [1, 2, 3, 9].map((failures) => pause(failures, 0, slowly(policy)));
    expect(pauses).toEqual([30_000, 60_000, 120_000, 120_000]);
  });

  test('honour Retry-After', () => {
    expect(pause(1, 0, {}, 60_000)).toBe(60_000);
    expect(pause(9, 0, {}, 1_000)).toBe(30_000);
  });
});
