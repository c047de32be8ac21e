import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasPurged, type LostSamples, latestPurged, Outages } from '../../../src/receiver/cursors/outages.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');
const MINUTE = 60_000;
/** PCM keeps half an hour. */
const RETENTION = 30 * MINUTE;
const at = (minutes: number) => NOON + minutes * MINUTE;

function lost(from: number, count: number, returnedSince?: number): LostSamples {
  return { first: at(from), count, interval: MINUTE / 2, returnedSince };
}

describe('samples are lost', () => {
  test('by the outage at the moment when PCM threw them away', () => {
    const outages = new Outages(at(-120));
    outages.note(at(0), 'POWERVM_CONSOLE_UNREACHABLE');
    outages.note(at(20), 'POWERVM_PCM_DISABLED');
    outages.end(at(40));
    // They were thrown away at 12:10 and at 12:30.
    expect(outages.causesOf(lost(-20, 1), at(60))).toEqual(new Map([['console_down', 1]]));
    expect(outages.causesOf(lost(0, 1), at(60))).toEqual(new Map([['pcm_disabled', 1]]));
  });

  test('by the collector while it was not running, then by what came next', () => {
    const outages = new Outages(at(0));
    // Those of 11:00 to 11:29:30 were gone when it began at 12:00; those after it were thrown away while all was well.
    expect(outages.causesOf(lost(-60, 120), at(60))).toEqual(
      new Map([
        ['collector_down', 60],
        ['purged', 60],
      ]),
    );
  });

  test('by the reader that had no room when PCM threw them away', () => {
    const outages = new Outages(at(-120));
    expect(outages.causesOf(lost(-10, 2, at(5)), at(60))).toEqual(new Map([['exporter_down', 2]]));
    expect(outages.causesOf(lost(-10, 2, at(55)), at(60))).toEqual(new Map([['purged', 2]]));
  });

  test('by PCM where it should have them still', () => {
    const outages = new Outages(at(-120));
    expect(outages.causesOf(lost(-5, 2), at(0))).toEqual(new Map([['pcm_error', 2]]));
  });

  test('by an outage that continues, and not twice by one that is reported again', () => {
    const outages = new Outages(at(-120));
    outages.note(at(0), 'POWERVM_CONSOLE_UNREACHABLE');
    outages.note(at(1), 'POWERVM_CONSOLE_UNREACHABLE');
    expect(outages.causesOf(lost(-20, 3), at(30))).toEqual(new Map([['console_down', 3]]));
    outages.end(at(31));
    outages.end(at(50));
    // After 12:31 nothing was the matter.
    expect(outages.causesOf(lost(10, 1), at(80))).toEqual(new Map([['purged', 1]]));
  });

  test('a million of them without counting each', () => {
    const outages = new Outages(at(-120));
    const causes = outages.causesOf(lost(-60, 1_000_000), at(0));
    expect([...causes.values()].reduce((sum, count) => sum + count, 0)).toBe(1_000_000);
  });
});

test('the newest that is thrown away by now is as old as PCM keeps samples, give or take a moment', () => {
  expect(hasPurged(latestPurged(NOON), NOON)).toBe(true);
  expect(hasPurged(latestPurged(NOON) + 1, NOON)).toBe(false);
  expect(Math.abs(latestPurged(NOON) - (NOON - RETENTION))).toBeLessThan(2 * MINUTE);
});

test('every lost sample has one cause, the same as when it is asked for alone', () => {
  const codes = ['POWERVM_CONSOLE_UNREACHABLE', 'POWERVM_PCM_DISABLED', 'POWERVM_PCM_NO_SAMPLE', undefined] as const;
  const events = fc.array(fc.record({ after: fc.nat(40), code: fc.constantFrom(...codes), ends: fc.boolean() }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(
      events,
      fc.integer({ min: -200, max: 60 }),
      fc.nat(90),
      fc.option(fc.nat(100)),
      (todo, from, count, room) => {
        const outages = new Outages(at(-60));
        let now = 0;
        for (const { after, code, ends } of todo) {
          now += after;
          outages.note(at(now), code);
          if (ends) outages.end(at(now + 1));
          now += 1;
        }
        const asked = at(now + 5);
        const returnedSince = room === null ? undefined : at(room);
        const together = outages.causesOf(lost(from, count + 1, returnedSince), asked);
        const alone = new Map<string, number>();
        for (let index = 0; index <= count; index += 1) {
          const [cause = ''] = outages.causesOf(lost(from + index / 2, 1, returnedSince), asked).keys();
          alone.set(cause, (alone.get(cause) ?? 0) + 1);
        }
        expect(new Map([...together].sort())).toEqual(new Map([...alone].sort()));
      },
    ),
    { numRuns: 200 },
  );
});
