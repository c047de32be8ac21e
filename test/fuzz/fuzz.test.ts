import { expect, test } from 'vitest';
import { fuzzClient } from './fuzz-client.ts';
import { fuzzNumbers } from './fuzz-numbers.ts';

/** Some of the responses that `npm run proof:fuzz` sends a hundred thousand of (SECURITY.md). */
const ANSWERS = 2_000;

test('any console response becomes data or an error with a code', async () => {
  const seed = Date.now() % 1_000_000;
  const { outcomes, violations } = await fuzzClient(ANSWERS, seed);
  expect(violations, `seed ${seed}`).toEqual([]);
  // The mutations still reach what they are made for.
  expect(outcomes).toMatchObject({
    fine: expect.any(Number),
    POWERVM_ANSWER_INVALID: expect.any(Number),
    POWERVM_CONSOLE_UNREACHABLE: expect.any(Number),
    POWERVM_DOCUMENT_INVALID: expect.any(Number),
  });
}, 120_000);

test('no number in a document causes false losses or sums smaller than their parts', () => {
  const { violations, read } = fuzzNumbers(1_000, Date.now() % 1_000_000);
  expect(violations).toEqual([]);
  expect(read).toBeGreaterThan(500);
});
