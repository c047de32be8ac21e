import { describe, expect, test } from 'vitest';
import { elapsedBetweenInstants, hasRestartedBetween } from '../../../src/pcm/assembly/instant.ts';
import {
  farthest,
  instantsBetween,
  isAhead,
  lostBetween,
  onClockOf,
  type SamplePosition,
} from '../../../src/receiver/cursors/position.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');
const MINUTE = 60_000;
const DAY = 86_400;

const at = (minutes: number, uptime: number | undefined, listings: Record<string, number> = {}): SamplePosition => ({
  time: NOON + minutes * MINUTE,
  uptime,
  listings: { phyp: NOON + minutes * MINUTE, ...listings },
});

describe('two instants', () => {
  test.each([
    ['the next one', at(0, 10 * DAY), at(0.5, 10 * DAY + 30), 30_000, false],
    ['an older one', at(0, 10 * DAY), at(-5, 10 * DAY - 300), -300_000, false],
    ['one by a clock that was set back', at(0, 10 * DAY), at(-59.5, 10 * DAY + 30), 30_000, false],
    ['one by a clock that was put forward', at(0, 10 * DAY), at(60.5, 10 * DAY + 30), 30_000, false],
    ['one after a restart', at(0, 10 * DAY), at(5, 60), 300_000, true],
    ['one after a restart, the clock set back meanwhile', at(0, 10 * DAY), at(-49, 60), 60_000, true],
    ['one without a timebase', at(0, undefined), at(0.5, 60), 30_000, false],
  ])('%s', (_what, from, to, elapsed, restarted) => {
    expect(elapsedBetweenInstants(from, to)).toBe(elapsed);
    expect(hasRestartedBetween(from, to)).toBe(restarted);
    expect(isAhead(from, to)).toBe(elapsed >= 15_000);
  });
});

describe('positions', () => {
  test('are compared by the new clock after it was set back', () => {
    const before = at(60, 10 * DAY, { vios_1: NOON + 60 * MINUTE });
    const after = at(0.5, 10 * DAY + 30, { vios_1: NOON + 0.5 * MINUTE });
    expect(onClockOf(after, before)).toEqual(at(0, 10 * DAY, { vios_1: NOON }));
    expect(farthest(before, after)).toEqual(after);
    expect(farthest(after, before)).toEqual(after);
    expect(instantsBetween(before, after)).toBe(1);
    // A document of a VIOS that comes late for the instant is something new.
    expect(isAhead(at(0.5, 10 * DAY + 30, { vios_1: NOON + 60 * MINUTE - 30 * MINUTE }), after)).toBe(false);
    expect(isAhead(farthest(before, at(0.5, 10 * DAY + 30)), after)).toBe(true);
  });

  test('continue after a restart and a clock change in one maintenance', () => {
    const before = at(60, 10 * DAY);
    const after = at(11, 60);
    expect(isAhead(before, after)).toBe(true);
    expect(instantsBetween(before, after)).toBe(1);
    expect(farthest(before, after).time).toBe(after.time);
    expect(farthest(before, after).listings.phyp).toBeLessThanOrEqual(after.time);
  });

  test('count the instants lost between them', () => {
    const lost = [0.5, 1, 1.5, 2].map((minutes) => NOON + minutes * MINUTE);
    expect(lostBetween(at(0, DAY), at(1.5, DAY + 90), lost)).toBe(2);
    expect(lostBetween(at(0, DAY), at(0.5, DAY + 30), lost)).toBe(0);
    // The one before is on a clock that was set back since.
    expect(lostBetween(at(60, DAY), at(1.5, DAY + 90), lost)).toBe(2);
  });
});
