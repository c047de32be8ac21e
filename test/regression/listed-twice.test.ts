import { expect, test } from 'vitest';
import { inspectFrame } from '../../src/inspector/index.ts';
import { emptyInventory } from '../../src/inspector/inventory.ts';
import { listMetrics, metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import {
  assemble,
  emptyAssembly,
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../../src/pcm/index.ts';
import { START } from '../helpers/documents.ts';
import { pointsOf } from '../helpers/points.ts';
import { smallFrame } from '../helpers/small-frame.ts';

/** A document that lists an adapter, a pool or a sensor twice made two points of one series in one request. */
const metrics = Object.fromEntries(listMetrics().map(({ name }) => [name, { enabled: true }]));

/** Every list of objects in a document once more, so that each of its elements is listed twice. */
function listedTwice(text: string): string {
  return JSON.stringify(JSON.parse(text), (_key, value) =>
    Array.isArray(value) && typeof value[0] === 'object' && !isFrame(value) ? [...value, ...value] : value,
  );
}

/** The lists around a whole document: their second element is a document of its own. */
function isFrame(list: readonly object[]): boolean {
  return list.some((element) => 'utilSample' in element || 'energyUtil' in element);
}

test.each(['phyp', 'vios 1', 'vios 2', 'energy'] as const)('in a %s document: no series has two points', (faulted) => {
  let assembly = emptyAssembly('00000000-0000-4000-8000-000000000001');
  let history: Parameters<typeof inspectFrame>[0];
  const view = metricView({ metrics, trunkAdapters: true });
  let checked = 0;
  for (const time of [START, START + 30_000]) {
    const documents = Object.entries(smallFrame(time)).map(([kind, text]) => {
      const parse = {
        p: parseHypervisorDocument,
        v: parseViosDocument,
        l: parseGuestMemoryDocument,
        e: parseEnergyDocument,
      }[kind[0] ?? ''];
      const parsed = parse?.(kind === faulted ? listedTwice(text) : text);
      return [parsed ?? []].flat().map((document) => ({ listedAt: time, document }));
    });
    const { state, samples } = assemble(assembly, documents.flat());
    assembly = state;
    for (const sample of samples) {
      const inspection = inspectFrame(history, sample, emptyInventory(sample.systemId));
      history = inspection.history;
      const keys = pointsOf(resourceMetricsOf([inspection.activity], view)).map(
        ({ resource, name, attributes, endTime }) => JSON.stringify([resource, name, attributes, endTime]),
      );
      expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
      checked += keys.length;
    }
  }
  expect(checked).toBeGreaterThan(100);
});
