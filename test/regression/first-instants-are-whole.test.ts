import { expect, test } from 'vitest';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/** After each start the first instant lacked what only the inventory knows, such as virtual processors. */
test('the first instant after a start knows the inventory, and the second has every metric that a later one has', async () => {
  const { clock, simulator, settle, pass } = await simulatedTime({ lpars: 8, vioses: 2 });
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const cursor = receiver.cursor('exporter');
  await receiver.start();
  await settle();
  await pass(240_000);
  const instants = cursor
    .pending()
    .filter(({ sample }) => sample.fresh.hypervisor)
    .map((activity) => ({ activity, shown: metricsOf(resourceMetricsOf([activity], metricView({}))) }));
  const later = instants.at(-1)?.shown ?? [];
  const ofInventory = later.filter((name) => name.endsWith('virtual_processor.count'));
  expect(ofInventory.length).toBeGreaterThan(5);
  const [first, ...others] = instants;
  expect(ofInventory.filter((name) => !first?.shown.includes(name))).toEqual([]);
  // Rates need two.
  for (const { shown } of others) expect(later.filter((name) => !shown.includes(name))).toEqual([]);
});

/** `id metric`, of partitions. */
function metricsOf(batch: ReturnType<typeof resourceMetricsOf>): readonly string[] {
  return batch.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor }) => {
        const id = resource.attributes['powervm.lpar.id'];
        return id === undefined ? [] : [`${id} ${descriptor.name}`];
      }),
    ),
  );
}
