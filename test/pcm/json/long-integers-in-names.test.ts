import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLosslessJson } from '../../../src/pcm/json/lossless-json.ts';

// A partition may be called anything: names that look like JSON must come through as they are.
const tokens = fc.constantFrom(
  '"',
  '\\',
  ',',
  ':',
  '[',
  ']',
  '{',
  '}',
  ' ',
  '-',
  '.',
  'e',
  'name',
  '1234567890123456',
  '98765432109876543210',
);
const name = fc.array(tokens, { maxLength: 12 }).map((parts) => parts.join(''));

test('names that look like JSON stay names', () => {
  fc.assert(
    fc.property(fc.array(name), fc.dictionary(name, name), (list, map) => {
      const document = { list, map, nested: [{ name: list[0] ?? '', pair: [1, 2] }] };
      expect(parseLosslessJson(JSON.stringify(document))).toEqual(document);
    }),
    { numRuns: 2_000 },
  );
});

test('long integers among such names are kept', () => {
  fc.assert(
    fc.property(name, name, fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n - 1n }), (before, after, integer) => {
      const text = `{"a":${JSON.stringify(before)},"wwpnPair":[${integer}, ${integer}],"b":${JSON.stringify(after)},"${'c'}":${integer}}`;
      const parsed = parseLosslessJson(text) as { a: string; b: string; c: string; wwpnPair: string[] };
      expect([parsed.a, parsed.b]).toEqual([before, after]);
      for (const value of [parsed.c, ...parsed.wwpnPair]) expect(value.slice(1)).toBe(String(integer));
    }),
    { numRuns: 1_000 },
  );
});
