import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { AggregationTemporalityPreference, OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ExportError } from '../../src/base/errors/errors.ts';
import { Secret } from '../../src/base/secrets/secret.ts';
import { OtlpBatchExporter, type OtlpBatchExporterOptions } from '../../src/otlp/index.ts';
import { selfSignedIdentity } from '../../src/simulator/http/certificate.ts';
import { OtlpSink, type OtlpSinkOptions } from '../helpers/otlp-sink/index.ts';
import { counter, gauge, histogram, resourceMetrics } from '../helpers/resource-metrics.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

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

class TestReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
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

  test('a resource with too many points for one request is split', async () => {
    const sink = await startSink();
    const exporter = createExporter({ endpoint: sink.url, encoding });
    await exporter.exportBatch([partition(1, 7_001)]);
    expect(sink.violations).toEqual([]);
    expect(sink.points.filter((point) => point.metric === 'powervm.lpar.cpu.consumed')).toHaveLength(7_001);
    expect(sink.requests[0]?.resources).toBe(4);
  });
});

test('headers are sent, and secret ones are revealed only in the request', async () => {
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

test('413 halves the batch until it is accepted', async () => {
  const sink = await startSink({ maxBodyBytes: 2_500 });
  const exporter = createExporter({ endpoint: sink.url, compression: 'none' });
  await exporter.exportBatch(Array.from({ length: 32 }, (_, id) => partition(id)));
  expect(new Set(sink.points.map((point) => point.resource['powervm.lpar.id'])).size).toBe(32);
  expect(sink.points).toHaveLength(32 * 5);
});

test.each([400, 413, 422])(
  '%d is a permanent rejection, reported with the response of the destination',
  async (status) => {
    const sink = await startSink({ reply: () => ({ status, body: 'tenant unknown' }) });
    const exporter = createExporter({ endpoint: sink.url });
    const error = await exporter.exportBatch([partition(1)]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ExportError);
    expect(error).toMatchObject({
      code: 'POWERVM_EXPORT_REFUSED',
      permanent: true,
      message: expect.stringContaining('tenant unknown'),
    });
  },
);

test.each([301, 307, 401, 403, 404, 405, 415])(
  '%d is not about the data and is retryable after a correction',
  async (status) => {
    const location = { location: 'https://user:hunter2@login.example.com/?token=abcdef' };
    const sink = await startSink({ reply: () => ({ status, headers: location, body: 'tenant unknown' }) });
    const exporter = createExporter({ endpoint: sink.url });
    const error: unknown = await exporter.exportBatch([partition(1), partition(2)]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'POWERVM_EXPORT_DENIED',
      permanent: false,
      needsCorrection: true,
      message: expect.stringMatching(
        new RegExp(`${status} .*to https://redacted:redacted@login.example.com/\\?token=redacted tenant unknown`),
      ),
    });
    expect(sink.requestCount).toBe(1);
  },
);

test('500 and an unreachable destination are retryable', async () => {
  const sink = await startSink({ reply: () => ({ status: 500 }) });
  const busy = createExporter({ endpoint: sink.url });
  await expect(busy.exportBatch([partition(1)])).rejects.toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    permanent: false,
  });
  const dead = createExporter({ endpoint: 'http://127.0.0.1:9', timeoutMillis: 300 });
  await expect(dead.exportBatch([partition(1)])).rejects.toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    permanent: false,
  });
});

test('503 is retried at once by the transport', async () => {
  const sink = await startSink({
    reply: (number) => (number < 2 ? { status: 503, headers: { 'retry-after': '0' } } : undefined),
  });
  const exporter = createExporter({ endpoint: sink.url });
  await exporter.exportBatch([partition(1)]);
  expect(sink.requestCount).toBe(2);
});

test.each([
  ['seconds', () => '120', 120_000],
  ['a date', () => new Date(Date.now() + 120_000).toUTCString(), 120_000],
  ['more than anybody waits', () => '86400', 600_000],
])('a Retry-After longer than the request timeout is honoured: %s', async (_form, header, wait) => {
  const sink = await startSink({
    reply: () => ({ status: 503, headers: { 'retry-after': header() }, body: 'full' }),
  });
  const exporter = createExporter({ endpoint: sink.url, timeoutMillis: 500 });
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
});

test('a destination that never responds fails after the timeout', async () => {
  const sink = await startSink({ reply: () => new Promise(() => undefined) });
  const exporter = createExporter({ endpoint: sink.url, timeoutMillis: 200 });
  await expect(exporter.exportBatch([partition(1)])).rejects.toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    message: expect.stringContaining('no answer came in time'),
  });
});

test.each(['proto', 'json'] as const)(
  'a partial success in %s is reported with its count and message',
  async (encoding) => {
    const body =
      encoding === 'json'
        ? JSON.stringify({ partialSuccess: { rejectedDataPoints: '2', errorMessage: 'too old' } })
        : Buffer.from([0x0a, 0x0b, 0x08, 0x02, 0x12, 0x07, ...Buffer.from('too old')]);
    const sink = await startSink({ reply: () => ({ status: 200, body }) });
    const exporter = createExporter({ endpoint: sink.url, encoding });
    const summary = await exporter.exportBatch([partition(1)]);
    expect(summary.partialSuccesses).toEqual([{ rejectedPoints: 2, message: 'too old' }]);
  },
);

test.each([400, 413])('%d for one Resource loses that Resource and no other', async (status) => {
  const sink = await startSink({ reply: (_number, body) => (body.includes('partition-17') ? { status } : undefined) });
  const exporter = createExporter({ endpoint: sink.url, encoding: 'json', compression: 'none' });
  const summary = await exporter.exportBatch(Array.from({ length: 40 }, (_, id) => partition(id)));
  expect(summary.points).toBe(40 * 5);
  expect(summary.partialSuccesses).toEqual([
    { rejectedPoints: 5, message: expect.stringContaining('powervm.lpar.id=partition-17: ') },
  ]);
  expect(sink.points).toHaveLength(39 * 5);
  expect(new Set(sink.points.map((point) => point.resource['powervm.lpar.id'])).size).toBe(39);
  expect(summary.requests).toBeLessThan(15);
});

test('a destination that rejects everything is not asked for every Resource', async () => {
  const sink = await startSink({ reply: () => ({ status: 400 }) });
  const exporter = createExporter({ endpoint: sink.url });
  const batch = Array.from({ length: 1_000 }, (_, id) => partition(id, 1));
  await expect(exporter.exportBatch(batch)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_REFUSED' });
  expect(sink.requestCount).toBeLessThan(100);
});

describe('a 200 response that is not OTLP is not a success', () => {
  const page = '<!doctype html><html><body>Please log in</body></html>';
  test.each([
    ['a page', 'text/html; charset=utf-8', page],
    ['a page without a body', 'text/html', ''],
    ['a page that calls itself protobuf', 'application/x-protobuf', page],
    ['a page without a type', '', page],
    ['a text without a type', '', 'Access denied: log in'],
    ['a text', 'text/plain', 'OK'],
    ['JSON of something else', 'application/json', '{"error":"login"}'],
    ['a list', 'application/json', '[]'],
    ['XML', 'application/xml', '<ok/>'],
  ])('%s', async (_what, type, body) => {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const sink = await startSink({ reply: () => ({ status: 200, headers, body }) });
    const exporter = createExporter({ endpoint: sink.url });
    const error: unknown = await exporter.exportBatch([partition(1)]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'POWERVM_EXPORT_ANSWER',
      permanent: false,
      needsCorrection: true,
      message: expect.stringContaining('what answers is no OTLP receiver: 200 with'),
    });
    expect(sink.requestCount).toBe(1);
  });

  test('only its beginning is quoted, without our secrets', async () => {
    const sink = await startSink({
      reply: () => ({
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: `<html>\n\u001b[2J${'x'.repeat(90)} Bearer topsecret42 ${'y'.repeat(100_000)}`,
      }),
    });
    const exporter = createExporter({ endpoint: sink.url, headers: { authorization: 'Bearer topsecret42' } });
    const error: unknown = await exporter.exportBatch([partition(1)]).catch((reason: unknown) => reason);
    const { message } = error as ExportError;
    expect(message).toContain('beginning with: <html> ?[2Jxxx');
    expect(message).not.toMatch(/topsec/);
    expect(message.length).toBeLessThan(300);
  });
});

test.each([
  ['an empty body', {}, ''],
  ['an empty body with a type', { 'content-type': 'text/plain' }, ''],
  ['an empty JSON object for protobuf', { 'content-type': 'application/json' }, '{}'],
  ['the answer of protobuf without a type', {}, Buffer.from([0x0a, 0x00])],
])('%s is accepted as success, as receivers do so', async (_what, headers, body) => {
  const sink = await startSink({ reply: () => ({ status: 200, headers, body }) });
  const exporter = createExporter({ endpoint: sink.url });
  expect(await exporter.exportBatch([partition(1)])).toEqual({ requests: 1, points: 5, partialSuccesses: [] });
});

describe('secrets repeated by a destination are not passed on', () => {
  test.each([
    ['a header', { headers: { 'x-api-key': 'planted-secret' } }],
    ['the token of a header', { headers: { Authorization: new Secret('Bearer planted-secret') } }],
    ['a header that a function gives', { headers: async () => ({ 'x-api-key': 'planted-secret' }) }],
    ['a password in Basic form', { headers: { Authorization: `Basic ${btoa('user:planted-secret')}` } }],
    ['a query value', { url: '/v1/metrics?k=planted-secret' }],
    ['a part of the path', { url: '/planted-secret/v1/metrics' }],
  ])('%s', async (_what, { url, ...options }: Pick<OtlpBatchExporterOptions, 'url' | 'headers'>) => {
    const sink = await startSink({ reply: () => ({ status: 403, body: 'I got planted-secret from you' }) });
    const address = url === undefined ? { endpoint: sink.url } : { url: `${sink.url}${url}` };
    const exporter = createExporter({ ...address, ...options });
    const error: unknown = await exporter.exportBatch([partition(1)]).catch((reason: unknown) => reason);
    expect((error as ExportError).message).toContain('I got [redacted] from you');
  });
});

describe('compatibility with the stock exporter', () => {
  beforeEach(() => {
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('OTEL_EXPORTER_OTLP')) vi.stubEnv(name, undefined);
    }
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('it is an OTLPMetricExporterBase', () => {
    expect(createExporter()).toBeInstanceOf(OTLPMetricExporterBase);
  });

  test('the environment sets endpoint, headers, compression and temporality', async () => {
    const sink = await startSink();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=blue');
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'none');
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta');
    const exporter = createExporter();
    await exporter.exportBatch([partition(1)]);
    expect(sink.requests[0]?.headers).toMatchObject({ 'x-tenant': 'blue' });
    expect(sink.requests[0]?.headers).not.toHaveProperty('content-encoding');
    // The first point of a counter has no delta.
    expect(sink.points.map((point) => point.metric)).not.toContain('powervm.lpar.cpu.time');
  });

  test('a header from the environment is redacted', async () => {
    const sink = await startSink({ reply: () => ({ status: 400, body: 'blue-secret' }) });
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=blue-secret');
    const exporter = createExporter({ endpoint: sink.url });
    await expect(exporter.exportBatch([partition(1)])).rejects.toThrow(/\[redacted\]/);
  });

  test('preferences reach the SDK reader; deltas are computed here, so that no lifetime value is sent', () => {
    const dropped = { type: AggregationType.DROP } as const;
    const exporter = createExporter({
      temporalityPreference: AggregationTemporalityPreference.LOWMEMORY,
      aggregationPreference: () => dropped,
    });
    expect(exporter.selectAggregation(InstrumentType.COUNTER)).toEqual(dropped);
    expect(exporter.selectAggregationTemporality(InstrumentType.COUNTER)).toBe(AggregationTemporality.DELTA);
    const delta = createExporter({ temporalityPreference: AggregationTemporalityPreference.DELTA });
    expect(delta.selectAggregationTemporality(InstrumentType.COUNTER)).toBe(AggregationTemporality.CUMULATIVE);
  });

  test('an agent, a user agent and a header function are used', async () => {
    const sink = await startSink();
    const agent = new http.Agent();
    const requested: string[] = [];
    const exporter = createExporter({
      url: `${sink.url}/v1/metrics`,
      userAgent: 'my-program/1',
      headers: async () => ({ 'x-turn': String(requested.length) }),
      httpAgentOptions: (protocol) => {
        requested.push(protocol);
        return agent;
      },
    });
    await exporter.exportBatch([partition(1)]);
    await exporter.exportBatch([partition(1)]);
    expect(requested).toEqual(['http:']);
    expect(sink.requests[0]?.headers).toMatchObject({ 'x-turn': '1' });
    expect(sink.requests[0]?.headers['user-agent']).toMatch(/^my-program\/1 otel-powervm\//);
    agent.destroy();
  });

  test('a certificate authority is found in the options, in the environment and in the options of the agent', async () => {
    const { key, cert } = selfSignedIdentity('127.0.0.1', Date.now());
    const sink = await startSink({ tls: { key, cert } });
    const caFile = path.join(await temporaryDirectory(), 'ca.pem');
    await writeFile(caFile, cert);
    const endpoint = sink.url;
    await expect(createExporter({ endpoint }).exportBatch([partition(1)])).rejects.toThrow(/self-signed/);
    await createExporter({ endpoint, tls: { caFile } }).exportBatch([partition(1)]);
    await createExporter({ endpoint, httpAgentOptions: { ca: cert } }).exportBatch([partition(1)]);
    vi.stubEnv('OTEL_EXPORTER_OTLP_CERTIFICATE', caFile);
    await createExporter({ endpoint }).exportBatch([partition(1)]);
    expect(sink.requests).toHaveLength(3);
  });

  test('its self metrics count every point of a request with many Resources', async () => {
    const sink = await startSink();
    const reader = new TestReader();
    const exporter = createExporter({
      endpoint: sink.url,
      selfObsMeterProvider: new MeterProvider({ readers: [reader] }),
    });
    await exporter.exportBatch([partition(1), partition(2)]);
    const { resourceMetrics: own } = await reader.collect();
    const exported = own.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .find(({ descriptor }) => descriptor.name === 'otel.sdk.exporter.metric_data_point.exported');
    expect(exported?.dataPoints.map(({ value }) => value)).toEqual([10]);
  });
});

test.each([
  [{ timeoutMillis: 0 }, /timeoutMillis/],
  [{ timeoutMillis: Number.NaN }, /timeoutMillis/],
  [{ timeoutMillis: 2 ** 31 }, /timeoutMillis/],
  [{ maxRequestBytes: 0 }, /maxRequestBytes/],
  [{ concurrencyLimit: 0 }, /concurrencyLimit/],
  [{ headers: { 'bad name': 'x' } }, /header 'bad name'/],
  [{ headers: { 'x-token': 'planted\nsecret' } }, /header 'x-token'/],
  [{ compression: 'brotli' }, /brotli/],
  [{ timeout: 5_000 }, /no option 'timeout'/],
])('the options %j are a configuration error', (options, message) => {
  const create = () => new OtlpBatchExporter(options as OtlpBatchExporterOptions);
  expect(create).toThrow(
    expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID', message: expect.stringMatching(message) }),
  );
  expect(create).toThrow(expect.objectContaining({ message: expect.not.stringContaining('planted') }));
});

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

test('after shutdown it fails with a typed error', async () => {
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
