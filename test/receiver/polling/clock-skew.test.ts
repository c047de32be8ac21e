import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import {
  clockWasSetBack,
  isInFuture,
  listsAnotherClock,
  sampleTimes,
} from '../../../src/receiver/polling/clock-skew.ts';
import type { PcmFeedEntry } from '../../../src/rest/model.ts';

const NOW = Date.parse('2026-03-04T12:00:00Z');
const MINUTE = 60_000;

function listedAt(...minutes: number[]): readonly PcmFeedEntry[] {
  return minutes.map((minute) => ({
    category: 'phyp',
    viosNumber: undefined,
    listedAt: NOW + minute * MINUTE,
    fileName: `phyp ${minute}`,
    path: '',
  }));
}

describe("a console's clock", () => {
  test('was set back when it lists its present and what was read lies in its future', () => {
    expect(clockWasSetBack(NOW + 60 * MINUTE, NOW, listedAt(60, -0.5))).toBe(true);
  });

  test.each([
    ['nothing was read', undefined, listedAt(-0.5)],
    ['the newest is of its present', NOW - MINUTE / 2, listedAt(-0.5)],
    ['a response took its time', NOW + 15_000, listedAt(-0.5)],
    ['it lists nothing of its present', NOW + 60 * MINUTE, listedAt(59, 60)],
  ])('was not set back when %s', (_what, newest, entries) => {
    expect(clockWasSetBack(newest, NOW, entries)).toBe(false);
  });

  test('was set back before the first contact when it lists its present and its future', () => {
    expect(listsAnotherClock(listedAt(-0.5, 30), NOW)).toBe(true);
    // Old ones write local time as UTC: all that they list is in the future.
    expect(listsAnotherClock(listedAt(119, 120), NOW)).toBe(false);
    expect(listsAnotherClock(listedAt(-1, -0.5), NOW)).toBe(false);
  });

  test('bounds the time of samples only where it is known', () => {
    const clock = new ManualClock(NOW);
    expect(sampleTimes(clock, () => undefined).latest()).toBe(Number.POSITIVE_INFINITY);
    expect(sampleTimes(clock, () => MINUTE).latest() - NOW).toBeGreaterThan(MINUTE);
    expect(sampleTimes(clock, () => MINUTE).latestPurged() - sampleTimes(clock, () => undefined).latestPurged()).toBe(
      MINUTE,
    );
    expect(isInFuture(undefined, NOW)).toBe(false);
  });
});
