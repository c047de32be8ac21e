import { expect, test } from 'vitest';
import { BOTH_AWAY, DeliveryRun } from './delivery-run.ts';
import { buildPeer } from './peers/build-peer.ts';
import { Prometheus } from './peers/prometheus.ts';
import { noteResult } from './results.ts';
import { compareStored, expectedPoints, foundPoints } from './stored-points.ts';

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
  const { executable, version } = await buildPeer('prometheus');
  const peer = await Prometheus.start(executable, otlp, ['--web.enable-otlp-receiver']);
  const run = await DeliveryRun.start({
    receiver: peer.url,
    exporter: (url) => `otlp_http/peer: { metrics_endpoint: '${url}/api/v1/otlp/v1/metrics' }`,
  });
  await run.throughOutages(peer.process);
  const found = foundPoints(await peer.samples('{__name__=~"(powervm|hw)_.+",job=""}', run.now()));
  const expected = expectedPoints(run.reference.points, (name) => promoted.includes(name));
  expect(expected.size).toBeGreaterThan(10_000);
  const { differences, same } = compareStored(expected, found);
  await noteResult({
    receiver: 'Prometheus',
    version,
    protocol: 'OTLP over HTTP protobuf, gzip',
    sent: expected.size,
    found: same,
    outage: BOTH_AWAY,
  });
  expect(differences.slice(0, 10)).toEqual([]);
});
