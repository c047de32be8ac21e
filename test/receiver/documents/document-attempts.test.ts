import { describe, expect, test } from 'vitest';
import { ConsoleError } from '../../../src/base/errors/errors.ts';
import { DocumentAttempts } from '../../../src/receiver/documents/document-attempts.ts';
import type { PcmFeedEntry } from '../../../src/rest/model.ts';

const entryAt = (instant: number, category: PcmFeedEntry['category'] = 'phyp'): PcmFeedEntry => ({
  category,
  viosNumber: undefined,
  listedAt: instant * 30_000,
  fileName: `${category} ${instant}`,
  path: `/rest/${category}/${instant}.json`,
});
const failure = new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', 'reset');
const failed = (instant: number, category: PcmFeedEntry['category'] = 'phyp', isTooSlow = false) => ({
  entry: entryAt(instant, category),
  error: failure,
  isTooSlow,
});
const working = { isWorking: true, preservesOrder: true, now: 0 };

describe('a document that cannot be fetched', () => {
  test('is abandoned in the second read when a newer one of its source has arrived', () => {
    const attempts = new DocumentAttempts();
    expect(attempts.endReading('phyp', false, [failed(1)], working)).toEqual([]);
    attempts.recordSuccess(entryAt(2));
    expect(attempts.endReading('phyp', true, [failed(1)], working)).toEqual([failed(1)]);
    expect(attempts.wasAbandoned(entryAt(1))).toBe(true);
  });

  test('is retried as long as nothing newer of its source arrives', () => {
    const attempts = new DocumentAttempts();
    attempts.recordSuccess(entryAt(2, 'energy'));
    for (let reading = 0; reading < 50; reading += 1) {
      expect(attempts.endReading('phyp', false, [failed(1), failed(2)], working)).toEqual([]);
    }
    expect(attempts.failedReadings('phyp')).toBe(50);
  });

  test('is not abandoned for reads in which nothing of the system arrived', () => {
    const attempts = new DocumentAttempts();
    const silent = { ...working, isWorking: false };
    for (let reading = 0; reading < 5; reading += 1) attempts.endReading('phyp', false, [failed(1)], silent);
    attempts.recordSuccess(entryAt(2));
    expect(attempts.endReading('phyp', true, [failed(1)], working)).toEqual([]);
    expect(attempts.endReading('phyp', true, [failed(1)], working)).toEqual([failed(1)]);
  });

  test('that was abandoned is requested once by a later traversal', () => {
    const attempts = new DocumentAttempts();
    attempts.recordSuccess(entryAt(2));
    attempts.endReading('phyp', true, [failed(1)], working);
    attempts.endReading('phyp', true, [failed(1)], working);
    expect(attempts.endReading('phyp', false, [failed(1)], working)).toEqual([failed(1)]);
    attempts.recordSuccess(entryAt(1));
    expect(attempts.wasAbandoned(entryAt(1))).toBe(false);
  });

  test.each([
    ['phyp', 0],
    ['energy', 30_000],
  ] as const)('and hangs makes its source %s pause', (source, pause) => {
    const attempts = new DocumentAttempts();
    attempts.endReading(source, false, [failed(1, source, true)], { ...working, now: 1_000 });
    expect(attempts.mayRequest(source, 1_000 + pause)).toBe(true);
    if (pause > 0) expect(attempts.mayRequest(source, 999 + pause)).toBe(false);
  });

  test('is forgotten when PCM has purged it, and with another console', () => {
    const attempts = new DocumentAttempts();
    attempts.recordSuccess(entryAt(2));
    attempts.endReading('phyp', true, [failed(1)], working);
    attempts.endReading('phyp', true, [failed(1)], working);
    attempts.recordSuccess(entryAt(200));
    attempts.forgetOld();
    expect(attempts.wasAbandoned(entryAt(1))).toBe(false);
    attempts.endReading('phyp', false, [failed(201)], working);
    attempts.reset();
    expect(attempts.isFailing('phyp')).toBe(false);
  });
});
