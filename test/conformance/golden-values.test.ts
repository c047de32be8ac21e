import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { listMetrics } from '../../src/metrics/index.ts';
import { differencesBetween, wrongStarts } from '../independent/compare.ts';
import { expectedFrom } from '../independent/expected.ts';
import { runProduct } from '../independent/product.ts';

/** Recorded and synthetic consoles of other people's making. They live beside the checkout, here and in CI only. */
const shared = path.join(import.meta.dirname, '../../../shared');
const golden = path.join(shared, 'golden');
const isAvailable = existsSync(golden);
const caseNames = isAvailable
  ? readdirSync(golden).flatMap((file) => (file.endsWith('.json') ? [path.basename(file, '.json')] : []))
  : [];

let replay: ChildProcess | undefined;
afterEach(() => replay?.kill());

async function serve(caseName: string): Promise<string> {
  const input = path.join(golden, 'inputs', caseName);
  replay = spawn(process.execPath, [path.join(shared, 'tools/replay.mjs'), '--case', input, '--last']);
  if (!replay.stdout) throw new Error('the replay server has no output');
  const [line] = await once(createInterface({ input: replay.stdout }), 'line');
  return JSON.parse(String(line)).url;
}

describe.skipIf(!isAvailable)(
  'every value exported of a golden console is what its documents say (skipped: ../shared is not on this machine)',
  () => {
    test.each(caseNames)('%s', async (caseName) => {
      const { steps = [] }: { steps?: readonly unknown[] } = JSON.parse(
        readFileSync(path.join(golden, `${caseName}.json`), 'utf8'),
      );
      const url = await serve(caseName);
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
