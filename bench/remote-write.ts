/**
 * What it costs to send 34,000 points, a frame with a thousand partitions, by remote write and by OTLP (protobuf, gzip), in
 * turns: processor time of this process, the receiver on loopback included in both.
 *
 *   npm run bench:remote-write
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { OtlpBatchExporter } from '../src/otlp/index.ts';
import { RemoteWriteExporter } from '../src/prometheus/remote-write/remote-write-exporter.ts';
import { gauge, resourceMetrics } from '../test/helpers/resource-metrics.ts';
import { cpuOf, median, report } from './helpers/measure.ts';

const PARTITIONS = 1_000;
const METRICS = 34;
const WARM_UP = 5;
const ROUNDS = 25;
const MOST = 1.3;

const server = http.createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const remoteWrite = new RemoteWriteExporter({ endpoint: `${url}/api/v1/write` });
const otlp = new OtlpBatchExporter({ endpoint: url });

/** One instant; names and attributes as long as the real ones. */
function instant(number: number) {
  const time = Date.UTC(2026, 0, 1) + number * 30_000;
  return Array.from({ length: PARTITIONS }, (_, partition) => {
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

const measured = { remoteWrite: [] as number[], otlp: [] as number[] };
for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
  const batch = instant(round);
  const turns = [
    async () => measured.remoteWrite.push(await cpuOf(() => remoteWrite.exportBatch(batch))),
    async () => measured.otlp.push(await cpuOf(() => otlp.exportBatch(batch))),
  ];
  for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
}
await Promise.all([remoteWrite.shutdown(), otlp.shutdown()]);
server.close();

const ours = median(measured.remoteWrite.slice(WARM_UP));
const theirs = median(measured.otlp.slice(WARM_UP));
report(`remote write: ${PARTITIONS * METRICS} points`, ours, 'ms');
report('OTLP over HTTP, protobuf, gzip', theirs, 'ms');
report('remote write in terms of OTLP', ours / theirs, 'x');
if (ours / theirs > MOST) {
  console.error(`more than ${MOST} x`);
  process.exitCode = 1;
}
