import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { listMetrics } from '../../src/metrics/index.ts';
import { differencesBetween, wrongStarts } from '../independent/compare.ts';
import { expectedFrom } from '../independent/expected.ts';
import { runProduct } from '../independent/product.ts';
import { areGoldenCasesAvailable, goldenCaseNames, readGoldenResult, serveGoldenCase } from './golden-cases.ts';

describe.skipIf(!areGoldenCasesAvailable)(
  'every value exported of a golden console is what its documents say (skipped: ../shared is not on this machine)',
  () => {
    test.each(goldenCaseNames)('%s', async (caseName) => {
      const { steps = [] } = readGoldenResult<{ steps?: readonly unknown[] }>(caseName);
      const url = await serveGoldenCase(caseName);
      const { served, points, violations } = await runProduct({
        console: { url, username: 'hscroot', password: 'abc123' },
        clock: new ManualClock(Date.parse('2015-05-27T08:01:00Z')),
        // One more for whoever had to catch up.
        minutes: steps.length + 2,
        encoding: 'json',
        optionalMetrics: listMetrics().flatMap(({ name, default: isOn }) => (isOn ? [] : [name])),
        afterMinute: () => fetch(`${url}/__step`, { method: 'POST' }),
      });
      expect(violations).toEqual([]);
      const expected = expectedFrom(served);
      // The recording of several systems ends before their performance data.
      expect(expected.points.length > 100).toBe(caseName !== 'fixture_multi_host');
      expect(differencesBetween(expected, points).slice(0, 8)).toEqual([]);
      expect(wrongStarts(points)).toEqual([]);
    });
  },
);
