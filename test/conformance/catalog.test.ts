import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { meters } from '../../src/ceilometer/meters.ts';
import { listMetrics } from '../../src/metrics/index.ts';

/** The catalog that the product was asked for. It lives beside the checkout, here and in CI only. */
const file = path.join(import.meta.dirname, '../../../shared/catalog.md');
const isAvailable = existsSync(file);

/** Rows of the tables whose first cell is the name of something. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe.skipIf(!isAvailable)('the catalog (skipped: ../shared is not on this machine)', () => {
  const text = isAvailable ? readFileSync(file, 'utf8') : '';
  const [ofMetrics = '', ofMeters = ''] = text.split('## Ceilometer meters');

  test('has every metric with its kind, unit and default', () => {
    const ours = new Map(listMetrics().map((metric) => [metric.name, metric]));
    for (const [name = '', kind, unit, ...others] of rows(ofMetrics.slice(ofMetrics.indexOf('## Partitions')))) {
      const metric = ours.get(name.replaceAll('`', ''));
      expect.soft(metric, name).toBeDefined();
      expect
        .soft([metric?.kind, metric?.unit, metric?.default ? 'on' : 'off'], name)
        .toEqual([kind, unit, others.at(-1)]);
    }
  });

  test('has every meter of the sets now and classic that needs no Nova', () => {
    const ours = new Map(meters.map((meter) => [meter.name, meter]));
    for (const [names = '', type, unit = '', resource, , set] of rows(ofMeters)) {
      // One row stands for the rates and sums of storage, which have several types and units.
      if (names.includes('sums over devices')) continue;
      for (const name of names.replaceAll('`', '').split(', ')) {
        // Patterns, and what only Nova knows: the sizes of a flavor come with discovery.
        if (/[*…]/.test(name) || name.startsWith('disk.root') || name.startsWith('disk.ephemeral')) continue;
        const meter = ours.get(name);
        expect.soft(meter, name).toBeDefined();
        expect
          .soft([meter?.type, meter?.unit, meter?.subject, meter?.set], name)
          .toEqual([type, unit.replace(' (MiB by option)', ''), resource, set]);
      }
    }
  });
});
