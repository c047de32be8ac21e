import path from 'node:path';
import { expect, test } from 'vitest';
import { watcherMemory, watcherProcessor } from '../cloud/prometheus/queries.ts';
import { collectorInCloud, samplesIn } from '../helpers/cloud/collector-in-cloud.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { buildPeer } from './peers/build-peer.ts';
import { Prometheus } from './peers/prometheus.ts';

const MINUTE = 60_000;

test('Prometheus has every sample under its Ceilometer name and with its own time, by remote write and by OTLP', async () => {
  const { executable } = await buildPeer('prometheus');
  const written = await Prometheus.start(executable, '', ['--web.enable-remote-write-receiver']);
  const received = await Prometheus.start(executable, '', ['--web.enable-otlp-receiver']);
  const time = await simulatedTime({ console: 'novalink', lpars: 5 }, Math.floor(Date.now() / MINUTE - 40) * MINUTE);
  const file = path.join(await temporaryDirectory(), 'samples.json');
  const { collector } = await collectorInCloud(time, {
    prometheus_remote_write: `{ endpoint: '${written.url}/api/v1/write', format: ceilometer, meters: classic }`,
    otlp_http: `{ metrics_endpoint: '${received.url}/api/v1/otlp/v1/metrics', format: ceilometer, meters: classic }`,
    ceilometer: `{ publishers: ['file://${file}'], interval: 0s, meters: classic }`,
  });
  await collector.start();
  await time.pass(20 * MINUTE);
  await collector.stop();

  const samples = await samplesIn(file);
  const expected = new Map(
    samples.map(({ name, resource_id, timestamp, volume }) => [
      `ceilometer_${name.replaceAll('.', '_')} ${resource_id} ${Date.parse(`${timestamp}Z`)}`,
      volume,
    ]),
  );
  expect(expected.size).toBeGreaterThan(2000);
  const now = time.clock.now();
  for (const peer of [written, received]) {
    const stored = await peer.samples('{__name__=~"ceilometer_.+"}', now);
    const found = stored.flatMap(({ labels, samples: values }) =>
      values.map(([at, value]) => [`${labels.__name__} ${labels.resource} ${at}`, value] as const),
    );
    expect(new Map(found)).toEqual(expected);
    expect(found).toHaveLength(expected.size);
  }

  const running = new Set(samples.filter(({ name }) => name === 'cpu').map(({ resource_id }) => resource_id));
  const withGuest = samples.filter(({ name }) => name === 'memory.usage').map(({ resource_id }) => resource_id);
  for (const query of [
    ...[...running].map((id) => watcherProcessor(id, 2)),
    ...[...new Set(withGuest)].map((id) => watcherMemory(id)),
  ]) {
    const [byWrite, byOtlp] = [await written.evaluate(query, now), await received.evaluate(query, now)];
    expect(byWrite).toHaveLength(1);
    expect(byWrite[0]?.samples).toEqual(byOtlp[0]?.samples);
  }
});
