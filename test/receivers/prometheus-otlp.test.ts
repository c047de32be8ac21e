import { expect, test } from 'vitest';
import { DeliveryRun } from './delivery-run.ts';
import { buildPeer } from './peers/build-peer.ts';
import { Prometheus } from './peers/prometheus.ts';
import { differences, expectedPoints, foundPoints } from './stored-points.ts';

/** As docs/otlp-backends.md advises. */
const promoted = [
  'powervm.system.id',
  'powervm.system.name',
  'powervm.lpar.id',
  'powervm.lpar.name',
  'powervm.lpar.type',
  'powervm.ssp.id',
  'powervm.ssp.name',
];

const otlp = `otlp: { promote_resource_attributes: [${promoted.join(', ')}] }`;

test('Prometheus gets every point by OTLP, through an absence of itself and one of ours', async () => {
  const { executable } = await buildPeer('prometheus');
  const peer = await Prometheus.start(executable, otlp, ['--web.enable-otlp-receiver']);
  const run = await DeliveryRun.start({
    receiver: peer.url,
    exporter: (url) => `otlp_http/peer: { metrics_endpoint: '${url}/api/v1/otlp/v1/metrics' }`,
  });
  await run.pass(5);
  await peer.process.stop();
  await run.pass(20);
  await peer.process.start();
  await run.pass(10);
  await run.stopCollector();
  await run.pass(20);
  await run.startCollector();
  await run.pass(10);
  await run.stopCollector();
  const frames = run.reference.points.filter(({ resource }) => resource['service.name'] === undefined);
  const found = foundPoints(
    await peer.samples('{__name__=~"(powervm|hw)_.+",__name__!~"powervm_receiver_.+"}', run.now()),
  );
  const expected = expectedPoints(frames, (name) => promoted.includes(name));
  expect(expected.size).toBeGreaterThan(10_000);
  expect(differences(expected, found).slice(0, 10)).toEqual([]);
});
