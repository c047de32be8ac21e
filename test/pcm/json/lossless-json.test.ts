import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PcmDocumentError } from '../../../src/base/errors/errors.ts';
import { parseLosslessJson, readLongInteger } from '../../../src/pcm/json/lossless-json.ts';

test('every integer is read exactly, however long', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
      const parsed = parseLosslessJson(`{"value":${integer}}`) as { value: string | number };
      const value = typeof parsed.value === 'string' ? readLongInteger(parsed.value) : parsed.value;
      expect(BigInt(value ?? 0)).toBe(integer);
    }),
  );
});

test('everything else equals JSON.parse, digits in names too', () => {
  const short = fc.jsonValue().filter((value) => !/\d{16}|e\+/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(short, (value) => {
      const text = JSON.stringify(value);
      expect(parseLosslessJson(text)).toEqual(JSON.parse(text));
    }),
  );
  const tricky = {
    name: 'a "12345678901234567890": \\ 99999999999999999',
    k12345678901234567: [1, '22222222222222222'],
  };
  expect(parseLosslessJson(JSON.stringify(tricky))).toEqual(tricky);
});

test('invalid JSON is a typed error', () => {
  for (const text of ['', '{', '<html>', '{"a":1}x', 'nul']) {
    expect(() => parseLosslessJson(text)).toThrow(PcmDocumentError);
  }
});
