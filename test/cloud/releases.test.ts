import { expect, inject, test } from 'vitest';
import { afterThisTest } from '../helpers/console.ts';
import { foundSample, samplesFromAgent } from './agent-output.ts';
import { Delivery, MINUTE } from './delivery.ts';
import { expectTheSame } from './expected/compare.ts';
import { ceilometerRelease, newestReleases } from './services/ceilometer-release.ts';
import { configureNotificationAgent, notificationAgentService } from './services/notification-agent.ts';
import { brokerUrl } from './services/settings.ts';

const settings = inject('cloud');

test.each(newestReleases)(
  'the notification agent of Ceilometer %s brings every sample through its stock pipeline',
  async (version) => {
    const release = await ceilometerRelease(version);
    await configureNotificationAgent(settings, release);
    const stock = notificationAgentService(settings);
    const newer = notificationAgentService(settings, release);
    // One consumer of the queue at a time.
    await stock.stop();
    afterThisTest(() => stock.start());
    await newer.start();
    afterThisTest(() => newer.stop());
    const delivery = await Delivery.start(
      `{ publishers: ['notifier://'], transport_url: '${brokerUrl(settings)}', interval: 0s, memory_unit: MiB }`,
      { seed: `release ${version}` },
    );
    await delivery.time.pass(2 * MINUTE);
    await delivery.collector.stop();
    const expected = delivery.expected(0).map((sample) => (sample.unit === 'MB' ? { ...sample, unit: 'MiB' } : sample));
    const ids = new Set(delivery.time.simulator.systems.flatMap(({ partitions }) => partitions.map(({ id }) => id)));
    const isOurs = ({ resource_metadata }: { resource_metadata: Readonly<Record<string, unknown>> }) =>
      ids.has(String(resource_metadata.instance_id));
    const found = await samplesFromAgent(settings, isOurs, expected.length, { release });
    expect(expected.length).toBeGreaterThan(500);
    expect(found.filter(({ unit }) => unit === 'MB')).toEqual([]);
    expectTheSame(found.map(foundSample), expected);
  },
  600_000,
);
