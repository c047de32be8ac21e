/**
 * What it costs to send 34,000 points, a frame with a good thousand partitions, by remote write and by OTLP (protobuf, gzip),
 * in turns: processor time of this process, the receiver on loopback included in both.
 *
 * Once with the batches of a collector, whose receiver reads a simulated console one sample after the other, and once with
 * batches of which every object and text is new, as somebody else may hand them in.
 *
 *   npm run bench:remote-write
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { metricView, resourceMetricsOf } from '../src/metrics/index.ts';
import { OtlpBatchExporter } from '../src/otlp/index.ts';
import { RemoteWriteExporter } from '../src/prometheus/remote-write/remote-write-exporter.ts';
import { PowerVmReceiver } from '../src/receiver/index.ts';
import { gauge, resourceMetrics } from '../test/helpers/resource-metrics.ts';
import { cpuOf, median, report } from './helpers/measure.ts';
import { SimulatedConsole } from './helpers/simulated-console.ts';

type Batch = readonly ResourceMetrics[];

/** Of the simulated frame; with the default metrics that is as many points as the other batch has. */
const PARTITIONS = 1_130;
const MADE_PARTITIONS = 1_000;
const METRICS = 34;
const WARM_UP = 5;
const ROUNDS = 25;
const MOST = 1.3;

const server = http.createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** One instant; names and attributes as long as the real ones. */
function makeInstant(number: number): Batch {
  const time = Date.UTC(2026, 0, 1) + number * 30_000;
  return Array.from({ length: MADE_PARTITIONS }, (_, partition) => {
    const metrics = Array.from({ length: METRICS }, (_, metric) =>
      gauge(`powervm.lpar.measured.value_${metric}`, [
        { time, value: partition + metric / 7 + number, attributes: { 'powervm.adapter.id': `adapter-${metric}` } },
      ]),
    );
    return resourceMetrics(
      {
        'powervm.system.id': 'c0ffee00-0000-4000-8000-000000000001',
        'powervm.system.name': 'frame-01',
        'powervm.lpar.id': `c0ffee00-0000-4000-8000-${String(partition).padStart(12, '0')}`,
        'powervm.lpar.name': `partition-${partition}`,
      },
      metrics,
    );
  });
}

function countPoints(batch: Batch): number {
  const metrics = batch.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  return metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}

async function compare(batches: string, nextBatch: (round: number) => Promise<Batch> | Batch): Promise<void> {
  const remoteWrite = new RemoteWriteExporter({ endpoint: `${url}/api/v1/write` });
  const otlp = new OtlpBatchExporter({ endpoint: url });
  const measured = { remoteWrite: [] as number[], otlp: [] as number[], points: [] as number[] };
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const batch = await nextBatch(round);
    measured.points.push(countPoints(batch));
    const turns = [
      async () => measured.remoteWrite.push(await cpuOf(() => remoteWrite.exportBatch(batch))),
      async () => measured.otlp.push(await cpuOf(() => otlp.exportBatch(batch))),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  await Promise.all([remoteWrite.shutdown(), otlp.shutdown()]);
  const ours = median(measured.remoteWrite.slice(WARM_UP));
  const theirs = median(measured.otlp.slice(WARM_UP));
  report(`${batches}: points`, median(measured.points.slice(WARM_UP)), '');
  report('remote write', ours, 'ms');
  report('OTLP over HTTP, protobuf, gzip', theirs, 'ms');
  report('remote write in terms of OTLP', ours / theirs, 'x');
  if (ours / theirs > MOST) {
    console.error(`more than ${MOST} x`);
    process.exitCode = 1;
  }
}

const simulated = await SimulatedConsole.start(PARTITIONS, 4);
const receiver = new PowerVmReceiver({
  consoles: [{ endpoint: simulated.url, username: simulated.username, password: simulated.password }],
});
const view = metricView();
await compare('batches of a collector', async () => {
  await simulated.advance(30_000);
  await receiver.refresh({ withInventory: false });
  return resourceMetricsOf(receiver.frames(), view);
});
await receiver.stop();
simulated.stop();
await compare('batches made anew', makeInstant);
server.close();
