import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { emptyInventory } from '../../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { lpar, PARTITION_ID, phyp, START } from '../helpers/documents.ts';
import { lastFrame, SYSTEM_ID } from '../helpers/frames.ts';

/** The tables of "One partition, by hand" in docs/numbers.md: an administrator checks us by them, so they must be right. */
const page = readFileSync(path.join(import.meta.dirname, '../../docs/numbers.md'), 'utf8');
const example = page.slice(page.indexOf('## One partition, by hand'), page.indexOf('## Processor'));
const rows = [...example.matchAll(/^\| `([^`]+)` \|([^|\n]+)\|([^|\n]+)\|(?:([^|\n]+)\|)?$/gm)].map(
  ([, name = '', ...cells]) => ({
    name,
    cells: cells.flatMap((cell) => (cell === undefined ? [] : [cell.trim()])),
  }),
);
const fields = rows.filter(({ name }) => name.endsWith('Cycles'));
const figures = rows.filter(({ name }) => name.startsWith('powervm.'));

function poll(column: 0 | 1) {
  const time = START + column * 30_000;
  const counters = Object.fromEntries(fields.map(({ name, cells }) => [name, Number(cells[column])]));
  const { timeBasedCycles, ...processor } = counters;
  return { time, phyp: phyp(time, { lpars: [lpar(time, { processor })], sample: { timeBasedCycles } }) };
}

test('the documented differences match the two samples', () => {
  expect(fields).toHaveLength(6);
  for (const { name, cells } of fields) expect.soft(Number(cells[1]) - Number(cells[0]), name).toBe(Number(cells[2]));
});

test('the documented results match what is exported', () => {
  const partitions = new Map([
    [PARTITION_ID.toLowerCase(), { operatingSystem: undefined, virtualProcessors: 4, clientAdapters: new Map() }],
  ]);
  const frame = lastFrame([poll(0), poll(1)], { ...emptyInventory(SYSTEM_ID), partitions });
  const exported = new Map(
    resourceMetricsOf([frame], metricView()).flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(({ descriptor, dataPoints }) => [descriptor.name, Number(dataPoints[0]?.value)] as const),
      ),
    ),
  );
  expect(figures).toHaveLength(6);
  for (const { name, cells } of figures) expect.soft(exported.get(name), name).toBeCloseTo(Number(cells[1]), 9);
  expect(exported.get('powervm.lpar.cpu.time')).toBeCloseTo(570.83, 2);
});
