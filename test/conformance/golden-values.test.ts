import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { listMetrics } from '../../src/metrics/index.ts';
import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import { differencesBetween, wrongStarts } from '../independent/compare.ts';
import { type Expected, expectedFrom } from '../independent/expected.ts';
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
      const differences = differencesBetween(withoutBaselines(expected, points), points);
      expect(differences.filter((difference) => !isLateLink(difference)).slice(0, 8)).toEqual([]);
      expect(wrongStarts(points)).toEqual([]);
    });
  },
);

/**
 * Of the instants of the first contact the oldest may be read only for the rates of what the next one lacks. Then nothing
 * of it is exported.
 */
function withoutBaselines(expected: Expected, points: readonly ReceivedPoint[]): Expected {
  const oldest = Math.min(...expected.instants.map(({ time }) => time));
  const isExported = points.some(({ timeUnixNano }) => Number(timeUnixNano / 1_000_000n) === oldest);
  return isExported ? expected : { ...expected, points: expected.points.filter(({ time }) => time > oldest) };
}

/**
 * These consoles know no MAC addresses: the link of an adapter waits until its MAC was asked for twice, which the raw
 * documents do not show. `test/independent` compares links with a console that has them.
 */
function isLateLink(difference: string): boolean {
  return /^missing: .* powervm\.lpar\.adapter\.link /.test(difference);
}
