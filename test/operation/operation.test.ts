import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { consoleRows } from './console-rows.ts';
import { deliveryRows } from './delivery-rows.ts';
import { type Expected, type Row, type View, views } from './row.ts';
import { healthyRow, startRows } from './start-rows.ts';
import { WatchedCollector } from './watched-collector.ts';
import { missing, World } from './world.ts';

/**
 * Every failure, and every place where somebody may look: the log, a metric, an alert in a real Prometheus, the health check,
 * the status page in a real Chromium, and doctor. All of them say the same, in the program as it is installed. A cell
 * that has nothing to say by its nature says why, and what it says all the same.
 */
const failures: readonly Row[] = [...consoleRows, ...deliveryRows, ...startRows];

/** For whatever is still to happen; nothing is asserted of how long it takes. */
const PATIENCE = { timeout: 80_000, interval: 300 };

test('there are eighteen failures, and each view has its word on each', () => {
  expect(new Set(failures.map(({ failure }) => failure)).size).toBe(18);
  const cells = failures.flatMap((row) => views.map((view) => row[view]));
  expect(cells).toHaveLength(108);
  const silent = failures.flatMap((row) => views.map((view) => row[view])).filter(isSilent);
  for (const { silentBecause } of silent) expect(silentBecause.length).toBeGreaterThan(20);
});

describe.skipIf(missing !== undefined)(`failures in six views [skipped: ${missing ?? 'no'}]`, () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
    return () => world.stop();
  });

  describe.each([healthyRow, ...failures])('$failure', (row) => {
    let collector: WatchedCollector;

    beforeAll(async () => {
      const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-row-'));
      const cleanUps: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true })];
      collector = await WatchedCollector.start(row, world, {
        directory,
        afterwards: (cleanUp) => cleanUps.push(cleanUp),
      });
      return async () => {
        for (const cleanUp of cleanUps.reverse()) await cleanUp();
      };
    });

    // The alert last: meanwhile Prometheus has had its looks.
    test.each(views.filter((view) => view !== 'alert' && view !== 'doctor'))('%s', async (view) => {
      await expect.poll(() => collector[view](), PATIENCE).toMatch(pattern(row[view]));
    });

    test('doctor', async () => {
      expect(await collector.doctor()).toMatch(pattern(row.doctor));
    });

    test('alert', async () => {
      await expect.poll(() => collector.alert(), PATIENCE).toMatch(pattern(row.alert));
    });
  });
});

function isSilent(expected: Expected): expected is Exclude<Expected, RegExp> {
  return !(expected instanceof RegExp);
}

function pattern(expected: Row[View]): RegExp {
  return isSilent(expected) ? expected.says : expected;
}
