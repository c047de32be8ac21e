import { expect, test } from 'vitest';
import { problemsOf } from './report.ts';
import { affordableRate } from './speed.ts';
import { proveZeroGap } from './zero-gap.ts';

/** One episode of faults and the way out of it. `npm run proof:zero-gap` takes three hours of them. */
const MINUTES = 45;

test('through kills, reboots, outages and a full disk every sample arrives, and request limits are kept', {
  timeout: 600_000,
}, async () => {
  const rate = (await affordableRate()) / 2;
  const verdicts = await Promise.all([1, 4].map((seed) => proveZeroGap({ seed, rate, minutes: MINUTES })));
  expect(verdicts.flatMap((verdict) => problemsOf(verdict).map((text) => `seed ${verdict.seed}: ${text}`))).toEqual([]);
});
