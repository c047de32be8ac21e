import { expect, inject, test } from 'vitest';
import { stockDefinitions } from '../../../src/ceilometer/publishers/gnocchi/definitions.ts';
import type { Prometheus } from '../../receivers/peers/prometheus.ts';
import { foundSample, type PlainSample, samplesFromAgent } from '../agent-output.ts';
import { MINUTE } from '../delivery.ts';
import { expectTheSame, type FoundSample } from '../expected/compare.ts';
import type { ExpectedSample } from '../expected/expected-samples.ts';
import { GnocchiReader, missingFrom, storedMeters } from '../gnocchi-reader.ts';
import { tokenOf } from '../services/keystone.ts';
import { instanceOfPartition } from '../services/nova.ts';
import { gnocchiUrl } from '../services/settings.ts';
import { HOUR } from './hour.ts';
import { BLOCK, FIRST_BLOCK, ThreeStores } from './world.ts';

const settings = inject('cloud');
const HOURS_END = FIRST_BLOCK + HOUR.length * BLOCK;
/** Only for what hangs: Ceilometer makes some hundred resources with the first samples. */
const SECONDS_OF_THE_AGENT = 300;
const TIMEOUT = 30 * MINUTE;

test('over an hour with thirty events three stores agree with the documents on every meter of every instance', {
  timeout: TIMEOUT,
}, async () => {
  expect(HOUR.flat()).toHaveLength(30);
  const stores = await ThreeStores.start(settings);
  const { delivery } = stores;
  const ids = new Set(stores.partitions.flatMap(({ id }) => [id, instanceOfPartition(id)]));
  const isOurs = ({ resource_metadata }: PlainSample) => ids.has(String(resource_metadata.instance_id));
  const expectedUntil = (time: number) =>
    delivery.expected(BLOCK, stores.instanceOf).filter((sample) => sample.time < time);

  // An agent works on many messages at once, in no order, and Gnocchi's stock policies drop what is older than the newest
  // block: so it has everything of the blocks before when the next one goes out.
  const arrivedUntil = async (time: number) => {
    const expected = expectedUntil(time);
    const found = await samplesFromAgent(settings, isOurs, expected.length, { seconds: SECONDS_OF_THE_AGENT });
    expectTheSame(found.map(foundSample), expected);
  };

  for (const [block, events] of HOUR.entries()) {
    await stores.passToEvents(block);
    await arrivedUntil(FIRST_BLOCK + block * BLOCK);
    await stores.play(events);
  }
  await stores.passToEvents(HOUR.length);
  await arrivedUntil(HOURS_END);

  // Only one block was begun before the hour: they came in order.
  expect(expectedUntil(FIRST_BLOCK - BLOCK)).toEqual([]);

  const expected = expectedUntil(HOURS_END);
  const headers = { 'x-auth-token': await tokenOf(settings, 'ceilometer', 'service') };
  const byNotifier = new GnocchiReader(gnocchiUrl(settings), headers);
  const direct = new GnocchiReader(stores.direct, headers);
  await expectStored(byNotifier, expected, await storedMeters());
  const own = stockDefinitions.resources.flatMap(({ type, meters }) =>
    [...meters.keys()].map((meter) => [meter, type] as const),
  );
  await expectStored(direct, expected, new Map(own));
  // It belongs to the product alone: nothing is in it that is of no instance.
  expect(new Set(await direct.resourceIds())).toEqual(new Set(expected.map(({ resourceId }) => resourceId)));
  expectTheSame(await samplesIn(stores.prometheus, delivery.time.clock.now()), delivery.expected(0, stores.instanceOf));

  await expectLabels(stores);

  // Names, flavors and hosts as they are in the end.
  const listed = [...(await stores.listed()).values()];
  expect(listed).toHaveLength(10);
  for (const gnocchi of [byNotifier, direct]) {
    for (const { id, name, host, flavor } of listed) {
      const resource = await gnocchi.typedResource(id);
      expect(resource).toMatchObject({ type: 'instance', display_name: name, host, flavor_name: flavor });
    }
  }
  expect(stores.log.at('error')).toEqual([]);
});

/** Every meter that a store has a place for, by time, and none more. */
async function expectStored(
  gnocchi: GnocchiReader,
  expected: readonly ExpectedSample[],
  stored: ReadonlyMap<string, string>,
): Promise<void> {
  const samples = expected.filter(({ name }) => stored.has(name));
  expect(samples.length).toBeGreaterThan(2_000);
  expect(await missingFrom(gnocchi, samples, stored)).toEqual([]);
}

/** Everything that Prometheus has of Ceilometer's meters. */
async function samplesIn(prometheus: Prometheus, time: number): Promise<readonly FoundSample[]> {
  const series = await prometheus.samples('{__name__=~"ceilometer_.+"}', time, 2);
  return series.flatMap(({ labels: { counter = '', unit = '', resource = '' }, samples }) =>
    samples.map(([at, volume]) => ({ name: counter, unit, resourceId: resource, time: at, volume })),
  );
}

/** Every sample is of the project, name and flavor that Nova gave the instance when the console was read. */
async function expectLabels({ prometheus, delivery, partitions, instanceOf }: ThreeStores): Promise<void> {
  const partitionOf = new Map(partitions.map((partition) => [instanceOfPartition(partition.id), partition]));
  const hypervisor = delivery.served.all().filter(({ kind }) => kind === 'phyp');
  const servedAt = new Map(hypervisor.map((document) => [document.time, document.servedAt]));
  const projects = new Map<string, Set<string>>();
  for (const { labels, samples } of await prometheus.samples('ceilometer_power_state', delivery.time.clock.now(), 2)) {
    const { resource = '', project = '', resource_name, flavor_name } = labels;
    projects.set(resource, (projects.get(resource) ?? new Set()).add(project));
    const partition = partitionOf.get(resource);
    for (const [time] of samples) {
      const known = partition && instanceOf(partition, servedAt.get(time) ?? Number.NaN);
      expect({ project, resource_name, flavor_name }, `of ${resource} at ${new Date(time).toISOString()}`).toEqual({
        project: known?.project,
        resource_name: `${known?.name}:${known?.instanceName}`,
        flavor_name: known?.flavor,
      });
    }
  }
  // The one that moved has series of both.
  expect([...projects.values()].map(({ size }) => size).filter((size) => size !== 1)).toEqual([2]);
}
