import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { ExportError } from '../../src/base/errors/errors.ts';
import { prometheusRemoteWrite } from '../../src/collector/components/exporters/prometheus-remote-write.ts';
import { PrometheusPage } from '../../src/prometheus/index.ts';
import { RemoteWriteExporter } from '../../src/prometheus/remote-write/remote-write-exporter.ts';
import { encodeLabels, encodeWriteRequest } from '../../src/prometheus/remote-write/write-request.ts';
import { afterThisTest } from '../helpers/console.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { decodeWriteRequest, RemoteWriteSink, STALE, type WriteResponse } from '../helpers/remote-write-sink.ts';
import { counter, gauge, resourceMetrics, upDownCounter } from '../helpers/resource-metrics.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const T0 = Date.UTC(2026, 0, 1);

const partition = {
  'powervm.system.id': 'frame-uuid',
  'powervm.system.name': 'frame-01',
  'powervm.lpar.id': 'partition-uuid',
  'powervm.lpar.name': 'prod-db1',
  'os.type': 'aix',
  site: 'ams',
};

function batch(time = T0, values: Record<string, number> = { a: 1, b: 2 }) {
  const points = Object.entries(values).map(([disk, value]) => ({ time, value, attributes: { disk } }));
  return [resourceMetrics(partition, [gauge('powervm.lpar.level', points)])];
}

async function start(options: Partial<ConstructorParameters<typeof RemoteWriteExporter>[0]> = {}) {
  const sink = await RemoteWriteSink.start();
  const exporter = new RemoteWriteExporter({ endpoint: sink.url, ...options });
  afterThisTest(() => exporter.shutdown());
  return { sink, exporter };
}

async function failureWith(reply: WriteResponse): Promise<ExportError> {
  const { sink, exporter } = await start();
  sink.reply = () => reply;
  const error = await exporter.exportBatch(batch()).catch((reason: unknown) => reason);
  if (!(error instanceof ExportError)) throw new Error(`no ExportError: ${error}`);
  return error;
}

test('any labels and samples survive encoding', () => {
  const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
  const sample = fc.record({ time: fc.nat(2 ** 43), value: fc.double({ noNaN: true }) });
  const series = fc.record({
    labels: fc.dictionary(fc.stringMatching(/^[a-z_]{1,20}$/), label),
    samples: fc.array(sample),
  });
  fc.assert(
    fc.property(fc.array(series), (written) => {
      const encoded = written.map(({ labels, samples }) => ({
        labels: encodeLabels(new Map(Object.entries(labels))),
        samples,
      }));
      const read = decodeWriteRequest(encodeWriteRequest(encoded)).series;
      expect(read.map(({ labels }) => labels)).toEqual(written.map(({ labels }) => ({ ...labels })));
      const plain = read.map(({ samples }) => samples.map(({ time, value }) => ({ time, value })));
      expect(plain).toEqual(written.map(({ samples }) => samples.map((each) => ({ ...each }))));
    }),
  );
});

test('names and labels equal those of the prometheus page', async () => {
  const { sink, exporter } = await start();
  const points = [{ time: T0, value: 3, attributes: { 'disk.io.direction': 'read' } }];
  const metrics = [
    counter('powervm.lpar.disk.io', points),
    gauge('powervm.lpar.cpu.busy', points),
    upDownCounter('powervm.lpar.status', points),
  ];
  const resources = [resourceMetrics(partition, metrics)];
  await exporter.exportBatch(resources);
  const page = new PrometheusPage();
  page.add(resources);
  const text = await textOf(page);
  const written = sink.requests.flatMap(({ series }) => series);
  expect(written).toHaveLength(3);
  for (const { labels, samples } of written) {
    const { __name__: name, ...others } = labels;
    const line = text.split('\n').find((each) => each.startsWith(`${name}{`)) ?? '';
    const onPage = [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]);
    expect(others).toEqual(Object.fromEntries(onPage));
    expect(samples).toMatchObject([{ time: T0, value: 3 }]);
  }
  expect(sink.requests[0]?.described).toEqual([
    'powervm_lpar_disk_io_total',
    'powervm_lpar_cpu_busy',
    'powervm_lpar_status',
  ]);
  expect(sink.requests[0]?.headers).toMatchObject({
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
  });
});

test('metrics are described once', async () => {
  const { sink, exporter } = await start();
  await exporter.exportBatch(batch());
  await exporter.exportBatch(batch(T0 + 30_000));
  expect(sink.requests.map(({ described }) => described)).toEqual([['powervm_lpar_level'], []]);
});

test('external labels are added and never replace a label', async () => {
  const { sink, exporter } = await start({ externalLabels: { cluster: 'east', site: 'nowhere' } });
  await exporter.exportBatch(batch());
  expect(sink.requests[0]?.series[0]?.labels).toMatchObject({ cluster: 'east', site: 'ams' });
});

test.each([
  ['out of order', 'out of order sample'],
  ['too old', 'too old sample'],
  ['another value for the same time', 'duplicate sample for timestamp'],
  ['out of bounds', 'out of bounds'],
])('samples that are rejected as %s are dropped alone and counted', async (reason, words) => {
  const { sink, exporter } = await start();
  sink.reply = ({ series }) =>
    series.some(({ labels }) => labels.disk === 'b') ? { status: 400, body: words } : { status: 204 };
  const { partialSuccesses } = await exporter.exportBatch(batch(T0, { a: 1, b: 2, c: 3, d: 4 }));
  expect(partialSuccesses).toEqual([
    { rejectedPoints: 1, message: `${sink.url} refused 1 samples, ${reason}: 400 ${words}` },
  ]);
  const taken = sink.requests.flatMap(({ series }) => series).map(({ labels }) => labels.disk);
  expect(new Set(taken)).toEqual(new Set(['a', 'b', 'c', 'd']));
});

test('a completely rejected batch is a permanent failure', async () => {
  expect(await failureWith({ status: 400, body: 'too old sample' })).toMatchObject({
    code: 'POWERVM_EXPORT_REFUSED',
    permanent: true,
  });
});

test('Retry-After of a busy receiver is honoured', async () => {
  expect(await failureWith({ status: 429, headers: { 'retry-after': '7' } })).toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    context: { statusCode: 429, retryAfter: 7_000 },
  });
});

test.each([
  [401, {}, 'POWERVM_EXPORT_DENIED'],
  [404, {}, 'POWERVM_EXPORT_DENIED'],
  [503, {}, 'POWERVM_EXPORT_FAILED'],
  [200, { 'content-type': 'text/html' }, 'POWERVM_EXPORT_ANSWER'],
])('status %i with %j is %s', async (status, headers, code) => {
  expect(await failureWith({ status, headers })).toMatchObject({ code, permanent: false });
});

test('a series that ends while its system continues is marked stale, once', async () => {
  const { sink, exporter } = await start({ staleAfter: 60_000 });
  for (const before of [-30_000, 0]) await exporter.exportBatch(batch(T0 + before));
  for (const later of [30_000, 60_000, 90_000, 120_000]) await exporter.exportBatch(batch(T0 + later, { a: 1 }));
  const markers = sink.requests.flatMap(({ series }) =>
    series.flatMap(({ labels, samples }) =>
      samples.filter(({ bits }) => bits === STALE).map(({ time }) => ({ disk: labels.disk, time })),
    ),
  );
  expect(markers).toEqual([{ disk: 'b', time: T0 + 90_000 }]);
});

test('a series with a point every two minutes does not end in between', async () => {
  const { sink, exporter } = await start({ staleAfter: 60_000 });
  for (let tick = 0; tick < 20; tick += 1) {
    await exporter.exportBatch(batch(T0 + tick * 30_000, tick % 4 === 0 ? { a: 1, b: 2 } : { a: 1 }));
  }
  const samples = sink.requests.flatMap(({ series }) => series.flatMap((each) => each.samples));
  expect(samples.filter(({ bits }) => bits === STALE)).toEqual([]);
});

test('late samples end no series', async () => {
  const { sink, exporter } = await start({ staleAfter: 60_000 });
  await exporter.exportBatch(batch(T0));
  await exporter.exportBatch(batch(T0 - 600_000, { a: 1 }));
  expect(sink.requests).toHaveLength(2);
});

test('a token file is read for every request, and the token is in no error', async () => {
  const sink = await RemoteWriteSink.start();
  const file = path.join(await temporaryDirectory(), 'token');
  expect(() => component({ endpoint: sink.url, bearer_token_file: file })).toThrow('it is not there');
  await writeFile(file, 'first-token\n');
  const exporter = component({ endpoint: sink.url, bearer_token_file: file });
  for (const token of ['first-token', 'second-token']) {
    await writeFile(file, `${token}\n`);
    await exporter.exportBatch(batch());
  }
  expect(sink.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer first-token',
    'Bearer second-token',
  ]);
  sink.reply = () => ({ status: 403, body: 'second-token is not welcome' });
  await expect(exporter.exportBatch(batch())).rejects.toThrow('403 [redacted] is not welcome');
});

test('secrets repeated by a receiver are redacted in every encoding', async () => {
  const sink = await RemoteWriteSink.start();
  const exporter = component({
    endpoint: `${sink.url}?key=s3cr%26t-key`,
    basic_auth: { username: 'writer', password: 'geh"eim' },
  });
  sink.reply = ({ headers }) => ({
    status: 403,
    body: `${headers.authorization} geh&quot;eim geh%22eim geh\\"eim s3cr&amp;t-key ${Buffer.from('geh"eim').toString('base64')}`,
  });
  const error: unknown = await exporter.exportBatch(batch()).catch((caught: unknown) => caught);
  expect(String(error)).toContain('403 [redacted]');
  for (const spelling of ['geh', 'eim', 's3cr', 'Z2Vo']) expect(String(error)).not.toContain(spelling);
});

test('a user name and password are sent as Basic authentication', async () => {
  const sink = await RemoteWriteSink.start();
  const exporter = component({ endpoint: sink.url, basic_auth: { username: 'writer', password: 'geheim' } });
  await exporter.exportBatch(batch());
  const { authorization = '' } = sink.requests[0]?.headers ?? {};
  expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('writer:geheim');
});

test.each([
  [{ basic_auth: { username: 'writer' } }],
  [{ basic_auth: { username: 'writer', password: 'x' }, bearer_token_file: '/token' }],
  [{ external_labels: { 'no-label': 'x' } }],
  [{ endpoint: 'ftp://example.com' }],
])('%j is a configuration error', (settings) => {
  expect(prometheusRemoteWrite.schema.safeParse({ endpoint: 'http://localhost/', ...settings }).success).toBe(false);
});

function component(settings: Record<string, unknown>) {
  const config = prometheusRemoteWrite.schema.parse(settings);
  const exporter = prometheusRemoteWrite.create(config, {
    id: 'prometheus_remote_write',
    clock: new ManualClock(T0),
    logger: new RecordedLog(),
    print: () => undefined,
    extensions: new Map(),
  });
  afterThisTest(() => exporter.shutdown());
  return exporter;
}

async function textOf(page: PrometheusPage): Promise<string> {
  const server = http.createServer((request, response) => page.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => new Promise((resolve) => server.close(() => resolve(undefined))));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  return response.text();
}
