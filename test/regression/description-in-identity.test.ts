import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyInventory } from '../../src/inspector/inventory.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { flatMetricsOf } from '../../src/metrics/resources/resource-metrics.ts';
import { PowerVmReceiver, type SamplePosition } from '../../src/receiver/index.ts';
import { optionsFor } from '../helpers/console.ts';
import { lpar, PARTITION_ID, phyp, START } from '../helpers/documents.ts';
import { inspectPolls, SYSTEM_ID } from '../helpers/frames.ts';
import { pointsOf } from '../helpers/points.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/** What comes late or changes was part of Resources, so that series were split: names, mode, pool, firmware, `os.type`. */
const INTERVAL = 30_000;
const ID = PARTITION_ID.toLowerCase();

/** Activities of a partition that is like this in one instant after the other. */
function activities(
  descriptions: readonly { readonly name: string; readonly mode?: string; readonly poolId?: number }[],
) {
  return inspectPolls(
    descriptions.map(({ name, mode, poolId }, index) => {
      const time = START + index * INTERVAL;
      const { processor, ...rest } = lpar(time, { name }) as { processor: object };
      return { time, phyp: phyp(time, { lpars: [{ ...rest, processor: { ...processor, mode, poolId } }] }) };
    }),
  );
}

const description = fc.record({
  name: fc.constantFrom('db1', 'db2', 'old db1'),
  mode: fc.constantFrom('uncap', 'cap', 'keep_idle_procs'),
  poolId: fc.constantFrom(0, 1, 2),
});

describe.each(['identity', 'names', 'description'] as const)('with resource_attributes: %s', (resourceAttributes) => {
  test('a partition has one Resource whatever its name and sharing mode', () => {
    fc.assert(
      fc.property(fc.array(description, { minLength: 2, maxLength: 6 }), (descriptions) => {
        const view = metricView({ resourceAttributes });
        const points = activities(descriptions).flatMap((frame) => pointsOf(resourceMetricsOf([frame], view)));
        for (const id of ['powervm.lpar.id', 'powervm.system.id']) {
          const own = points.filter(({ resource }) => resource[id] !== undefined);
          const resources = new Set(
            own.map(({ resource }) => `${resource['powervm.lpar.id']} ${JSON.stringify(resource)}`),
          );
          expect(resources.size).toBe(new Set(own.map(({ resource }) => resource['powervm.lpar.id'])).size);
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('the current description is on powervm.lpar.info, the replaced one is reported once as 0', () => {
  const view = metricView();
  const reported = activities([
    { name: 'db1', mode: 'uncap', poolId: 1 },
    { name: 'db2', mode: 'uncap', poolId: 1 },
    { name: 'db2', mode: 'uncap', poolId: 1 },
  ]).map((frame) =>
    pointsOf(resourceMetricsOf([frame], view))
      .filter(({ name }) => name === 'powervm.lpar.info')
      .map(({ attributes, value }) => [attributes['powervm.lpar.name'], value]),
  );
  expect(reported).toEqual([
    [['db1', 1]],
    [
      ['db2', 1],
      ['db1', 0],
    ],
    [['db2', 1]],
  ]);
});

test('a mode that a document omits is remembered', () => {
  const [, second] = activities([{ name: 'db1', mode: 'uncap', poolId: 1 }, { name: 'db1' }]);
  expect(second?.partitions[0]?.description).toMatchObject({ sharingMode: 'uncap', poolId: 1 });
  expect(second?.partitions[0]?.previousDescription).toBeUndefined();
});

test('a late operating system name is not part of a Resource, and is kept when omitted later', () => {
  const time = (index: number) => START + index * INTERVAL;
  const polls = [0, 1, 2].map((index) => ({
    time: time(index),
    phyp: phyp(time(index), { lpars: [lpar(time(index))] }),
  }));
  const known = {
    ...emptyInventory(SYSTEM_ID),
    partitions: new Map([
      [ID, { operatingSystem: 'AIX 7.2', virtualProcessors: 2, clientAdapters: new Map<string, { mac: undefined }>() }],
    ]),
  };
  const view = metricView();
  const resources = [undefined, known, undefined].flatMap((inventory) =>
    pointsOf(resourceMetricsOf(inspectPolls(polls, inventory).slice(-1), view)).map(({ resource }) =>
      JSON.stringify(resource),
    ),
  );
  expect(new Set(resources).size).toBe(2);
});

test('points without a Resource keep their attributes through a rename', () => {
  const view = metricView();
  const keys = activities([
    { name: 'db1', mode: 'uncap' },
    { name: 'db2', mode: 'uncap' },
  ]).map((frame) =>
    flatMetricsOf([frame], view, true)
      .metrics.filter(({ descriptor }) => descriptor.name === 'powervm.lpar.memory.limit')
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => JSON.stringify(attributes))),
  );
  expect(keys[0]).toHaveLength(1);
  expect(keys[1]).toEqual(keys[0]);
});

test('which adapter it is, an adapter says with its MAC address or not at all, also after a restart and of the past', async () => {
  const { clock, simulator, pass, settle } = await simulatedTime({ lpars: 4, vioses: 2 });
  const view = metricView();
  const links = new Map<string, Set<string>>();
  let positions: ReadonlyMap<string, SamplePosition> = new Map();
  for (let run = 0; run < 2; run += 1) {
    const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0 });
    const subscription = receiver.subscribe(
      'exporter',
      {
        take: ({ activity, acknowledge }) => {
          for (const { name, attributes } of pointsOf(resourceMetricsOf([activity], view))) {
            if (name !== 'powervm.lpar.adapter.link' || attributes['powervm.adapter.type'] !== 'vea') continue;
            const location = String(attributes['powervm.adapter.location']);
            links.set(location, (links.get(location) ?? new Set()).add(JSON.stringify(attributes)));
          }
          acknowledge();
          return true;
        },
        hasCapacity: () => true,
      },
      { positions },
    );
    await receiver.start();
    await settle();
    await pass(5 * 60_000);
    positions = subscription.positions();
    await receiver.stop();
    await pass(10 * 60_000);
  }
  expect(links.size).toBeGreaterThanOrEqual(4);
  for (const [location, reported] of links) {
    expect([location, [...reported]]).toEqual([location, [expect.stringContaining('powervm.adapter.mac')]]);
  }
});
