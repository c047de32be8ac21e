import { expect, test } from 'vitest';
import { describeError } from '../../src/base/errors/errors.ts';
import { readErrorResponse } from '../../src/rest/errors/error-response.ts';
import { parseXml } from '../../src/rest/formats/atom.ts';
import { withLongTermMonitor } from '../../src/rest/formats/preferences.ts';

// Each of these took minutes or did not end at all: patterns that looked back and forth over what a console had sent.
// There is nothing to measure: a slow one runs into the time limit of the test.

test('a response that ends with many comments', () => {
  expect(() => parseXml(`<feed><a/>${'<!---->'.repeat(140)}<b>`, 'x')).toThrow('cut off');
  expect(parseXml(`<feed></feed>${'<!-- a --> '.repeat(40_000)}`, 'x').name).toBe('feed');
});

test('an error page of only script tags or brackets', () => {
  for (const body of ['<script'.repeat(1_000_000), '<'.repeat(5_000_000)]) {
    expect(readErrorResponse({ statusCode: 500, headers: {}, body }).reasonCode).toBeUndefined();
  }
});

test('preferences with many unclosed elements', () => {
  expect(withLongTermMonitor('<ManagedSystemPcmPreference '.repeat(100_000), true)).toBeUndefined();
  expect(
    withLongTermMonitor(`<ManagedSystemPcmPreference>${'<LongTermMonitorEnabled '.repeat(100_000)}`, true),
  ).toBeUndefined();
});

test('a message of only spaces', () => {
  expect(describeError(new Error(`a${' '.repeat(1_000_000)}b`))).toHaveLength(1_000_002);
});
