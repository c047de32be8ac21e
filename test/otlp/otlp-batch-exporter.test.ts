import { afterEach, describe, expect, test } from 'vitest';
import { ExportError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { OtlpBatchExporter } from '../../src/otlp/index.ts';
import { OtlpSink, type OtlpSinkOptions } from '../helpers/otlp-sink/index.ts';
import { counter, gauge, histogram, resourceMetrics } from '../helpers/resource-metrics.ts';

const T0 = Date.UTC(2026, 0, 1);
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

async function startSink(options?: OtlpSinkOptions): Promise<OtlpSink> {
  const sink = await OtlpSink.start(options);
  running.push(() => sink.stop());
  return sink;
}

function createExporter(...options: ConstructorParameters<typeof OtlpBatchExporter>): OtlpBatchExporter {
  const exporter = new OtlpBatchExporter(...options);
  running.push(() => exporter.shutdown());
  return exporter;
}

const partition = (id: number, points = 3) =>
  resourceMetrics({ 'powervm.lpar.id': `partition-${id}` }, [
    counter('powervm.lpar.cpu.time', [{ time: T0 + 30_000, startTime: T0, value: id }]),
    gauge(
      'powervm.lpar.cpu.consumed',
      Array.from({ length: points }, (_, index) => ({ time: T0 + index * 30_000, value: index / 3 })),
    ),
    histogram('powervm.receiver.scrape.duration', [{ time: T0 + 30_000, startTime: T0, counts: [2, 1] }]),
  ]);

describe.each(['proto', 'json'] as const)('in %s', (encoding) => {
  test.each(['gzip', 'none'] as const)(
    'many resources go out in one request, with compression %s',
    async (compression) => {
      const sink = await startSink();
      const exporter = createExporter({ endpoint: sink.url, encoding, compression });
      const summary = await exporter.exportBatch([partition(1), partition(2), partition(3)]);
      expect(sink.violations).toEqual([]);
      expect(summary).toEqual({ requests: 1, points: 15, partialSuccesses: [] });
      expect(sink.requests.map((request) => request.resources)).toEqual([3]);
      expect(sink.points.filter((point) => point.metric === 'powervm.lpar.cpu.time')).toMatchObject([
        { resource: { 'powervm.lpar.id': 'partition-1' }, value: 1, temporality: 'cumulative', monotonic: true },
        { resource: { 'powervm.lpar.id': 'partition-2' }, value: 2 },
        { resource: { 'powervm.lpar.id': 'partition-3' }, value: 3 },
      ]);
      const times = sink.points
        .filter(
          (point) =>
            point.metric === 'powervm.lpar.cpu.consumed' && point.resource['powervm.lpar.id'] === 'partition-1',
        )
        .map((point) => Number(point.timeUnixNano / 1_000_000n) - T0);
      expect(times).toEqual([0, 30_000, 60_000]);
    },
  );

  test('no request is larger than the limit, and no point is lost or sent twice', async () => {
    const sink = await startSink();
    const exporter = createExporter({ endpoint: sink.url, encoding, maxRequestBytes: 4_000 });
    const summary = await exporter.exportBatch(Array.from({ length: 60 }, (_, id) => partition(id)));
    expect(sink.violations).toEqual([]);
    expect(summary.requests).toBeGreaterThan(1);
    expect(Math.max(...sink.requests.map((request) => request.bodyBytes))).toBeLessThanOrEqual(4_000 + 30);
    expect(sink.points).toHaveLength(60 * 5);
    expect(new Set(sink.points.map((point) => point.resource['powervm.lpar.id'])).size).toBe(60);
  });

  test('a resource with more points than one request should have is cut in pieces', async () => {
    const sink = await startSink();
    const exporter = createExporter({ endpoint: sink.url, encoding });
    await exporter.exportBatch([partition(1, 7_001)]);
    expect(sink.violations).toEqual([]);
    expect(sink.points.filter((point) => point.metric === 'powervm.lpar.cpu.consumed')).toHaveLength(7_001);
    expect(sink.requests[0]?.resources).toBe(4);
  });
});

test('headers are sent, and secret ones are revealed only there', async () => {
  const sink = await startSink();
  const exporter = createExporter({
    endpoint: sink.url,
    headers: { Authorization: new Secret('Api-Token abc'), 'x-site': 'ams' },
  });
  await exporter.exportBatch([partition(1)]);
  expect(sink.requests[0]?.headers).toMatchObject({ authorization: 'Api-Token abc', 'x-site': 'ams' });
});

test('an empty batch makes no request', async () => {
  const sink = await startSink();
  const exporter = createExporter({ endpoint: sink.url });
  expect(await exporter.exportBatch([resourceMetrics({}, [])])).toEqual({
    requests: 0,
    points: 0,
    partialSuccesses: [],
  });
  expect(sink.requestCount).toBe(0);
});

test('413 halves the batch until it passes', async () => {
  const sink = await startSink({ maxBodyBytes: 2_500 });
  const exporter = createExporter({ endpoint: sink.url, compression: 'none' });
  await exporter.exportBatch(Array.from({ length: 32 }, (_, id) => partition(id)));
  expect(new Set(sink.points.map((point) => point.resource['powervm.lpar.id'])).size).toBe(32);
  expect(sink.points).toHaveLength(32 * 5);
});

test.each([400, 401, 403, 404])('%d is a refusal for good, told with the answer of the destination', async (status) => {
  const sink = await startSink({ answer: () => ({ status, body: 'tenant unknown' }) });
  const exporter = createExporter({ endpoint: sink.url });
  const error = await exporter.exportBatch([partition(1)]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ExportError);
  expect(error).toMatchObject({
    code: 'POWERVM_EXPORT_REFUSED',
    permanent: true,
    message: expect.stringContaining('tenant unknown'),
  });
});

test('500 and a dead destination may be tried again', async () => {
  const sink = await startSink({ answer: () => ({ status: 500 }) });
  const busy = createExporter({ endpoint: sink.url });
  await expect(busy.exportBatch([partition(1)])).rejects.toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    permanent: false,
  });
  const dead = createExporter({ endpoint: 'http://127.0.0.1:9', timeout: 300 });
  await expect(dead.exportBatch([partition(1)])).rejects.toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    permanent: false,
  });
});

test('503 is tried again at once by the transport', async () => {
  const sink = await startSink({
    answer: (number) => (number < 2 ? { status: 503, headers: { 'retry-after': '0' } } : undefined),
  });
  const exporter = createExporter({ endpoint: sink.url });
  await exporter.exportBatch([partition(1)]);
  expect(sink.requestCount).toBe(2);
});

test.each([
  ['seconds', () => '120', 120_000],
  ['a date', () => new Date(Date.now() + 120_000).toUTCString(), 120_000],
  ['more than anybody waits', () => '86400', 600_000],
])(
  'a destination that wants to be left alone for longer than a request lasts is heard: %s',
  async (_form, header, wait) => {
    const sink = await startSink({
      answer: () => ({ status: 503, headers: { 'retry-after': header() }, body: 'full' }),
    });
    const exporter = createExporter({ endpoint: sink.url, timeout: 500 });
    const error: unknown = await exporter.exportBatch([partition(1)]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('503 Service Unavailable full'),
      context: { statusCode: 503, retryAfter: expect.any(Number) },
    });
    const { retryAfter } = (error as ExportError).context;
    expect(Number(retryAfter)).toBeGreaterThan(wait - 3_000);
    expect(Number(retryAfter)).toBeLessThanOrEqual(wait);
    expect(sink.requestCount).toBe(1);
  },
);

test('a destination that never answers costs the time-out', async () => {
  const sink = await startSink({ answer: () => new Promise(() => undefined) });
  const exporter = createExporter({ endpoint: sink.url, timeout: 200 });
  await expect(exporter.exportBatch([partition(1)])).rejects.toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    message: expect.stringContaining('no answer came in time'),
  });
});

test.each(['proto', 'json'] as const)(
  'a partial success in %s is told with its number and message',
  async (encoding) => {
    const body =
      encoding === 'json'
        ? JSON.stringify({ partialSuccess: { rejectedDataPoints: '2', errorMessage: 'too old' } })
        : Buffer.from([0x0a, 0x0b, 0x08, 0x02, 0x12, 0x07, ...Buffer.from('too old')]);
    const sink = await startSink({ answer: () => ({ status: 200, body }) });
    const exporter = createExporter({ endpoint: sink.url, encoding });
    const summary = await exporter.exportBatch([partition(1)]);
    expect(summary.partialSuccesses).toEqual([{ rejectedPoints: 2, message: 'too old' }]);
  },
);

test('it works behind the callback interface of the SDK', async () => {
  const sink = await startSink();
  const exporter = createExporter({ endpoint: sink.url });
  const result = await new Promise((resolve) => exporter.export(partition(1), resolve));
  expect(result).toEqual({ code: 0 });
  const refusing = createExporter({ endpoint: `${sink.url}/elsewhere` });
  expect(await new Promise((resolve) => refusing.export(partition(1), resolve))).toMatchObject({
    code: 1,
    error: { code: 'POWERVM_EXPORT_REFUSED' },
  });
});

test('after shutdown it refuses with a typed error', async () => {
  const exporter = new OtlpBatchExporter();
  await exporter.shutdown();
  await expect(exporter.exportBatch([partition(1)])).rejects.toMatchObject({ code: 'POWERVM_SHUT_DOWN' });
});

test.each(['ftp://host', 'not a url', ''])('the endpoint %j is a configuration error', (endpoint) => {
  expect(() => new OtlpBatchExporter({ endpoint })).toThrow(
    expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }),
  );
});

test('a missing CA file is a configuration error that names the file', () => {
  expect(() => new OtlpBatchExporter({ tls: { caFile: '/nowhere/ca.pem' } })).toThrow(/cannot read \/nowhere\/ca.pem/);
});
