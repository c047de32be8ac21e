import { test } from 'vitest';
import { BOTH_AWAY, DeliveryRun } from './delivery-run.ts';
import { buildPeer } from './peers/build-peer.ts';
import { RELATIVE_TOLERANCE, VictoriaMetrics } from './peers/victoria-metrics.ts';
import { expectAllStored, expectedPoints, foundPoints } from './stored-points.ts';

test('VictoriaMetrics gets every point by OTLP, through outages on both sides', async () => {
  const { executable, version } = await buildPeer('victoria-metrics');
  const peer = await VictoriaMetrics.start(executable, ['-opentelemetry.usePrometheusNaming']);
  const run = await DeliveryRun.start({
    receiver: peer.url,
    exporter: (url) => `otlp_http/peer: { metrics_endpoint: '${url}/opentelemetry/v1/metrics' }`,
  });
  await run.throughOutages(peer.process);
  const found = foundPoints(await peer.samples('{__name__=~"(powervm|hw)_.+",service_name=""}'), [
    'scope_name',
    'scope_version',
  ]);
  const expected = expectedPoints(run.reference.points, () => true, { sumsAreGauges: true });
  const result = { receiver: 'VictoriaMetrics', version, protocol: 'OTLP over HTTP protobuf, gzip', outage: BOTH_AWAY };
  await expectAllStored(result, expected, found, RELATIVE_TOLERANCE);
});
