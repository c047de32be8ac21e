import { expect, test } from 'vitest';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { OtlpBatchExporter } from '../../src/otlp/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { readSimulator } from '../helpers/reading.ts';
import { BOTH_AWAY, DeliveryRun } from './delivery-run.ts';
import { buildPeer } from './peers/build-peer.ts';
import { Prometheus } from './peers/prometheus.ts';
import { expectAllStored, expectedPoints, foundPoints } from './stored-points.ts';

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

test('Prometheus gets every point by OTLP, through outages on both sides', async () => {
  const { executable, version } = await buildPeer('prometheus');
  const peer = await Prometheus.start(executable, otlp, ['--web.enable-otlp-receiver']);
  const run = await DeliveryRun.start({
    receiver: peer.url,
    exporter: (url) => `otlp_http/peer: { metrics_endpoint: '${url}/api/v1/otlp/v1/metrics' }`,
  });
  await run.throughOutages(peer.process);
  const found = foundPoints(await peer.samples('{__name__=~"(powervm|hw)_.+",job=""}', run.now()));
  const expected = expectedPoints(run.reference.points, (name) => promoted.includes(name));
  const result = { receiver: 'Prometheus', version, protocol: 'OTLP over HTTP protobuf, gzip', outage: BOTH_AWAY };
  await expectAllStored(result, expected, found);
});

test('Prometheus joins what Resources say, by target_info and by info()', async () => {
  const { executable } = await buildPeer('prometheus');
  const peer = await Prometheus.start(executable, '', [
    '--web.enable-otlp-receiver',
    '--enable-feature=promql-experimental-functions',
  ]);
  const { receiver } = await readSimulator({ lpars: 6, now: () => Date.now() });
  const view = metricView({ serviceAttributes: true });
  const resources = resourceMetricsOf(receiver.frames(), view);
  const exporter = new OtlpBatchExporter({ url: `${peer.url}/api/v1/otlp/v1/metrics` });
  afterThisTest(() => exporter.shutdown());
  expect(await exporter.exportBatch(resources)).toMatchObject({ partialSuccesses: [] });
  const partitions = receiver.frames().flatMap((frame) => frame.partitions);
  const names = partitions.map(({ name }) => name).sort();
  // As docs/otlp-backends.md has them.
  const joined = await peer.evaluate(
    'powervm_lpar_cpu_consumed * on (job, instance) group_left (powervm_lpar_name, powervm_system_name) target_info',
    Date.now(),
  );
  const informed = await peer.evaluate('info(powervm_lpar_cpu_consumed, {powervm_lpar_name=~".+"})', Date.now());
  for (const series of [joined, informed]) {
    expect(series.map(({ labels }) => labels.powervm_lpar_name).sort()).toEqual(names);
    expect(new Set(series.map(({ labels }) => labels.job))).toEqual(new Set(['powervm-lpar']));
  }
  const consumed = new Map(partitions.map(({ name, processor }) => [name, processor.consumed]));
  for (const { labels, samples } of joined) {
    expect(samples[0]?.[1]).toBeCloseTo(consumed.get(labels.powervm_lpar_name ?? '') ?? Number.NaN, 9);
  }
});
