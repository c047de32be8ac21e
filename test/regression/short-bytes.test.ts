import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortBytes } from '../../src/cli/terminal/number-format.ts';

/** Between 1000 and 1024 of a unit there were seven characters, and top cut the unit off: `1004.…`. */
test('six characters are enough for any traffic', () => {
  expect(shortBytes(1004 * 1024)).toBe('1.0M');
  expect(shortBytes(20 * 1024 ** 3)).toBe('20.0G');
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (value) => (shortBytes(value)?.length ?? 0) <= 6),
  );
});
