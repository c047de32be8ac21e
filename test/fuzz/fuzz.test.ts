import { expect, test } from 'vitest';
import { fuzzClient } from './fuzz-client.ts';
import { fuzzNumbers } from './fuzz-numbers.ts';

/** Some of the answers that `npm run proof:fuzz` sends a hundred thousand of (SECURITY.md). */
const ANSWERS = 2_000;

test('whatever a console answers becomes data or an error with a code', async () => {
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

test('whatever a number of a document is, nothing is called lost for it and no sum is smaller than its parts', () => {
  const { violations, read } = fuzzNumbers(1_000, Date.now() % 1_000_000);
  expect(violations).toEqual([]);
  expect(read).toBeGreaterThan(500);
});
