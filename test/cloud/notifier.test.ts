import { expect, inject, test } from 'vitest';
import { onlySystem } from '../helpers/console.ts';
import { agentIsDone, foundSample, type PlainSample, samplesFromAgent } from './agent-output.ts';
import { Delivery, MINUTE } from './delivery.ts';
import { expectTheSame } from './expected/compare.ts';
import type { ExpectedSample } from './expected/expected-samples.ts';
import { GnocchiReader, missingFrom, storedMeters } from './gnocchi-reader.ts';
import { tokenOf } from './services/keystone.ts';
import { brokerUrl, gnocchiUrl } from './services/settings.ts';

const settings = inject('cloud');
const transport = `transport_url: '${brokerUrl(settings)}'`;

test('notifier:// delivers every sample through the pipeline of the notification agent', async () => {
  const delivery = await Delivery.start(`{ publishers: ['notifier://'], ${transport}, interval: 0s }`, {
    seed: 'every sample',
  });
  await delivery.time.pass(2 * MINUTE);
  await delivery.collector.stop();
  const expected = delivery.expected(0);
  const found = await samplesFromAgent(settings, ofThe(delivery), expected.length);
  expectTheSame(found.map(foundSample), expected);
});

test('the stock pipeline stores every five minutes of every meter that it knows, by name, unit and type', async () => {
  const delivery = await Delivery.start(`{ publishers: ['notifier://'], ${transport} }`, { seed: 'stock pipeline' });
  // Interval by interval: an agent works on many messages at once, in no order, and Gnocchi's stock policies drop what is
  // older than the newest block. The first ended when the collector began.
  await agentIsDone(settings);
  for (let passed = 0; passed < 4; passed += 1) {
    await delivery.time.pass(5 * MINUTE);
    await agentIsDone(settings);
  }
  await delivery.collector.stop();
  const all = delivery.expected(5 * MINUTE);
  const found = await samplesFromAgent(settings, ofThe(delivery), all.length);
  expectTheSame(found.map(foundSample), all);
  const gnocchi = new GnocchiReader(gnocchiUrl(settings), {
    'x-auth-token': await tokenOf(settings, 'ceilometer', 'service'),
  });
  const stored = await storedMeters();
  const expected = all.filter(({ name }) => stored.has(name));
  expect(expected.length).toBeGreaterThan(500);
  expect(await missingFrom(gnocchi, expected, stored)).toEqual([]);
  for (const { id } of onlySystem(delivery.time.simulator).partitions) {
    const consumed = all.filter(({ name, resourceId }) => name === 'cpu' && resourceId === id);
    // One that is off consumes nothing, and is not said to.
    if (consumed.length === 0) continue;
    expect(await rateOfCpu(gnocchi, id)).toSatisfy(isNearTo(growthOf(consumed)));
  }
});

/** `openstack metric measures show --aggregation rate:mean`: what an operator bills by. */
async function rateOfCpu(gnocchi: GnocchiReader, instance: string): Promise<readonly number[]> {
  const { metrics } = await gnocchi.resource(instance);
  const { archive_policy } = await gnocchi.metric(metrics.cpu ?? '');
  expect(archive_policy.name).toBe('ceilometer-low-rate');
  return (await gnocchi.measures(metrics.cpu ?? '', 'rate:mean')).map(([, , value]) => value);
}

/** Nanoseconds consumed, capped and uncapped, from the last document of an interval to that of the next. */
function growthOf(samples: readonly ExpectedSample[]): readonly number[] {
  return samples.slice(1).map(({ volume }, index) => volume - (samples[index]?.volume ?? Number.NaN));
}

/** Within 0.1 %. */
function isNearTo(expected: readonly number[]): (found: readonly number[]) => boolean {
  return (found) =>
    expected.length > 3 &&
    found.length === expected.length &&
    expected.every((value, index) => Math.abs((found[index] ?? Number.NaN) - value) <= value * 0.001);
}

function ofThe(delivery: Delivery): (sample: PlainSample) => boolean {
  const ids = new Set(delivery.time.simulator.systems.flatMap(({ partitions }) => partitions.map(({ id }) => id)));
  return ({ resource_metadata }) => ids.has(String(resource_metadata.instance_id));
}
