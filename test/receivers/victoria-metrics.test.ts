import { expect, test } from 'vitest';
import { DeliveryRun } from './delivery-run.ts';
import { buildPeer } from './peers/build-peer.ts';
import { VictoriaMetrics } from './peers/victoria-metrics.ts';
import { differences, expectedPoints, foundPoints } from './stored-points.ts';

test('VictoriaMetrics gets every point by OTLP, through an absence of itself and one of ours', async () => {
  const { executable } = await buildPeer('victoria-metrics');
  const peer = await VictoriaMetrics.start(executable, ['-opentelemetry.usePrometheusNaming']);
  const run = await DeliveryRun.start({
    receiver: peer.url,
    exporter: (url) => `otlp_http/peer: { metrics_endpoint: '${url}/opentelemetry/v1/metrics' }`,
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
  const found = foundPoints(await peer.samples('{__name__=~"(powervm|hw)_.+",__name__!~"powervm_receiver_.+"}'), [
    'scope_name',
    'scope_version',
  ]);
  const expected = expectedPoints(frames, () => true);
  expect(expected.size).toBeGreaterThan(10_000);
  expect(differences(expected, found).slice(0, 10)).toEqual([]);
});
