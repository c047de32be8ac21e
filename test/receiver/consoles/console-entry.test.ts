import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { ConsoleEntry, chooseConsole } from '../../../src/receiver/consoles/console-entry.ts';
import { ConsoleRecorder } from '../../../src/receiver/statistics/statistics-recorder.ts';
import type { ManagedSystem, RequestObservation } from '../../../src/rest/model.ts';
import { DocumentConsole } from '../../helpers/document-console.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');
const PROBATION = 300_000;

function consoles(count: number) {
  const clock = new ManualClock(NOON);
  const log = new RecordedLog();
  const entries = Array.from({ length: count }, () => {
    const recorder = new ConsoleRecorder('hmc', 443, () => undefined, clock);
    const entry = new ConsoleEntry(
      () => new DocumentConsole(),
      true,
      () => recorder,
      clock,
      log,
    );
    entry.systems = new Map([[SYSTEM_ID, {} as ManagedSystem]]);
    return entry;
  });
  return { clock, log, entries };
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}

describe('a system', () => {
  test('leaves a console that fails at once, for the first that fails least', async () => {
    const { entries } = consoles(3);
    const [first, second] = [at(entries, 0), at(entries, 1)];
    expect(chooseConsole(entries, SYSTEM_ID, first, undefined)).toBe(first);
    first.recordFailure();
    expect(chooseConsole(entries, SYSTEM_ID, first, undefined)).toBe(second);
  });

  test('stays where it is when the others fail as well, or do not have it', () => {
    const { entries } = consoles(2);
    const [first, second] = [at(entries, 0), at(entries, 1)];
    for (const entry of entries) entry.recordFailure();
    expect(chooseConsole(entries, SYSTEM_ID, first, undefined)).toBe(first);
    second.recordSuccess();
    second.systems = new Map();
    expect(chooseConsole(entries, SYSTEM_ID, first, undefined)).toBe(first);
  });

  test('returns to a better console when that has worked for a while', async () => {
    const { clock, entries } = consoles(2);
    const [first, second] = [at(entries, 0), at(entries, 1)];
    first.recordSuccess();
    second.recordSuccess();
    await clock.advance(PROBATION - 1);
    expect(chooseConsole(entries, SYSTEM_ID, second, undefined)).toBe(second);
    await clock.advance(1);
    expect(chooseConsole(entries, SYSTEM_ID, second, undefined)).toBe(first);
    first.recordFailure();
    first.recordSuccess();
    expect(chooseConsole(entries, SYSTEM_ID, second, undefined)).toBe(second);
  });

  test('leaves a console whose data do not continue, where another has it', () => {
    const { entries } = consoles(2);
    const [first, second] = [at(entries, 0), at(entries, 1)];
    expect(chooseConsole(entries, SYSTEM_ID, first, first)).toBe(second);
    expect(chooseConsole([first], SYSTEM_ID, first, first)).toBe(first);
  });

  test('is read through the one that was chosen, when nothing happens in between', () => {
    const cases = fc.record({
      failures: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
      current: fc.nat(4),
      avoided: fc.option(fc.nat(4)),
    });
    fc.assert(
      fc.property(cases, ({ failures, current, avoided }) => {
        const { entries } = consoles(failures.length);
        for (const [index, count] of failures.entries()) {
          for (let failure = 0; failure < count; failure += 1) entries[index]?.recordFailure();
        }
        const chosen = (from: ConsoleEntry) =>
          chooseConsole(entries, SYSTEM_ID, from, avoided === null ? undefined : entries[avoided]);
        const before = at(entries, current % entries.length);
        const first = chosen(before);
        expect(chosen(first)).toBe(first);
        const isAvoided = avoided !== null && before === entries[avoided];
        if (!isAvoided) expect(first.failures).toBeLessThanOrEqual(before.failures);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a console', () => {
  const answered = (ahead: number): RequestObservation => ({
    kind: 'feed',
    method: 'GET',
    statusCode: 200,
    errorType: undefined,
    durationMilliseconds: 1,
    consoleTime: NOON + ahead * 1000,
    localTime: NOON,
  });

  test('is reported once for every skew of its clock that is another one, and when it agrees again', () => {
    const { log, entries } = consoles(1);
    const entry = at(entries, 0);
    for (const ahead of [0, 14, 60, 61, 70, -120, 3]) entry.record(answered(ahead));
    expect(log.lines.map(({ level, fields }) => [level, fields.seconds])).toEqual([
      ['warn', 60],
      ['warn', -120],
      ['info', 3],
    ]);
    expect(entry.clockSkew).toBe(3_000);
  });

  test('that is released ends its work, forgets its state, and starts afresh when it is adopted', () => {
    const { entries } = consoles(1);
    const entry = at(entries, 0);
    const { client, stop } = entry;
    entry.recordFailure();
    entry.letGo('others read it');
    expect([stop.signal.aborted, entry.isHeld, entry.systems.size, entry.failures]).toEqual([true, false, 0, 0]);
    entry.adopt();
    expect([entry.stop.signal.aborted, entry.isHeld]).toEqual([false, true]);
    expect(entry.client).not.toBe(client);
  });
});
