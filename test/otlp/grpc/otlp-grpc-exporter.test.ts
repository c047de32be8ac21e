import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { Collector, parseConfig } from '../../../src/collector/index.ts';
import { metricView, resourceMetricsOf } from '../../../src/metrics/index.ts';
import { OtlpGrpcExporter, type OtlpGrpcExporterOptions } from '../../../src/otlp/grpc/otlp-grpc-exporter.ts';
import { selfSignedIdentity } from '../../../src/simulator/http/certificate.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { freePort } from '../../helpers/free-port.ts';
import { type GrpcSinkOptions, OtlpGrpcSink, retryInfo } from '../../helpers/otlp-grpc-sink.ts';
import { readSimulator } from '../../helpers/reading.ts';
import { counter, gauge, resourceMetrics } from '../../helpers/resource-metrics.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

async function startSink(options: GrpcSinkOptions = {}): Promise<OtlpGrpcSink> {
  const sink = await OtlpGrpcSink.start(options);
  afterThisTest(() => sink.stop());
  return sink;
}

function exporterTo(endpoint: string, options: OtlpGrpcExporterOptions = {}): OtlpGrpcExporter {
  const exporter = new OtlpGrpcExporter({ endpoint, timeoutMillis: 10_000, ...options });
  afterThisTest(() => exporter.shutdown());
  return exporter;
}

function partition(id: string, value = 1) {
  return resourceMetrics({ 'powervm.lpar.id': id }, [gauge('powervm.lpar.cpu.consumed', [{ time: 30_000, value }])]);
}

const answering = (code: number, details = 'why') => ({ reply: () => ({ code, details }) });

describe('OTLP over gRPC', () => {
  test.each(['gzip', 'none'] as const)(
    'sends a frame in one message of many Resources, compression %s',
    async (compression) => {
      const { receiver } = await readSimulator();
      const resources = resourceMetricsOf(receiver.frames(), metricView());
      const sink = await startSink();
      const { requests, points } = await exporterTo(sink.url, {
        compression,
        headers: { 'x-scope-orgid': 'power', authorization: new Secret('Bearer abc') },
      }).exportBatch(resources);
      expect(sink.violations).toEqual([]);
      expect([requests, points]).toEqual([1, sink.points.length]);
      expect(sink.requests[0]).toMatchObject({
        resources: resources.length,
        metadata: { 'x-scope-orgid': 'power', authorization: 'Bearer abc' },
      });
    },
  );

  test('splits what is larger than a message may be', async () => {
    const sink = await startSink({ maxMessageBytes: 2_000 });
    const many = Array.from({ length: 50 }, (_, index) => partition(`partition-${index}`));
    const { requests } = await exporterTo(sink.url, { maxRequestBytes: 2_000 }).exportBatch(many);
    expect(requests).toBeGreaterThan(1);
    expect(sink.points).toHaveLength(50);
  });

  test('finds the Resources that fit where a receiver takes less than its limit says', async () => {
    const sink = await startSink({ maxMessageBytes: 1_000 });
    const many = Array.from({ length: 20 }, (_, index) => partition(`partition-${index}`));
    await exporterTo(sink.url).exportBatch(many);
    expect(new Set(sink.points.map(({ resource }) => resource['powervm.lpar.id'])).size).toBe(20);
  });

  test('a Resource that is refused costs itself', async () => {
    const sink = await startSink({
      reply: (_number, body) =>
        body.includes('bad') ? { code: status.INVALID_ARGUMENT, details: 'no such label' } : undefined,
    });
    const { partialSuccesses } = await exporterTo(sink.url).exportBatch(
      ['a', 'b', 'bad', 'c'].map((id) => partition(id)),
    );
    expect(sink.points.map(({ resource }) => resource['powervm.lpar.id']).sort()).toEqual(['a', 'b', 'c']);
    expect(partialSuccesses).toMatchObject([{ rejectedPoints: 1, message: expect.stringContaining('no such label') }]);
  });

  test('reports a partial success', async () => {
    const message = Buffer.from('too old');
    const partial = Buffer.concat([Buffer.from([8, 3, 18, message.length]), message]);
    const sink = await startSink({ response: Buffer.concat([Buffer.from([10, partial.length]), partial]) });
    const { partialSuccesses } = await exporterTo(sink.url).exportBatch([partition('a')]);
    expect(partialSuccesses).toEqual([{ rejectedPoints: 3, message: 'too old' }]);
  });

  test.each([
    ['UNAVAILABLE', status.UNAVAILABLE, { code: 'POWERVM_EXPORT_FAILED', permanent: false, needsCorrection: false }],
    ['INTERNAL', status.INTERNAL, { code: 'POWERVM_EXPORT_FAILED', permanent: false }],
    ['UNAUTHENTICATED', status.UNAUTHENTICATED, { code: 'POWERVM_EXPORT_DENIED', needsCorrection: true }],
    ['UNIMPLEMENTED', status.UNIMPLEMENTED, { code: 'POWERVM_EXPORT_DENIED', needsCorrection: true }],
    ['INVALID_ARGUMENT', status.INVALID_ARGUMENT, { code: 'POWERVM_EXPORT_REFUSED', permanent: true }],
  ])('reports %s as what it means for the samples', async (_name, code, expected) => {
    const sink = await startSink(answering(code));
    await expect(exporterTo(sink.url).exportBatch([partition('a')])).rejects.toMatchObject(expected);
  });

  test('passes on for how long a busy receiver wants to be left alone', async () => {
    const sink = await startSink({
      reply: () => ({ code: status.RESOURCE_EXHAUSTED, details: 'busy', metadata: retryInfo(7) }),
    });
    await expect(exporterTo(sink.url).exportBatch([partition('a')])).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      context: { retryAfter: 7_000, statusCode: status.RESOURCE_EXHAUSTED },
    });
  });

  test('a receiver that is away is a failure that is tried again', async () => {
    await expect(
      exporterTo(`http://127.0.0.1:${await freePort()}`, { timeoutMillis: 2_000 }).exportBatch([partition('a')]),
    ).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED', permanent: false });
  });

  test('a secret that a receiver repeats stands in no message', async () => {
    const sink = await startSink(answering(status.UNAUTHENTICATED, 'the token s3cr3t-token is not valid'));
    const exporter = exporterTo(sink.url, { headers: { authorization: 'Bearer s3cr3t-token' } });
    const error = await exporter.exportBatch([partition('a')]).catch((reason: unknown) => reason);
    expect(String(error)).toContain('is not valid');
    expect(String(error)).not.toContain('s3cr3t');
  });

  test('converts to deltas and leaves the first one out', async () => {
    const sink = await startSink();
    const exporter = exporterTo(sink.url, { temporalityPreference: AggregationTemporalityPreference.DELTA });
    for (const [time, value] of [
      [30_000, 100],
      [60_000, 130],
    ] as const) {
      await exporter.exportBatch([
        resourceMetrics({ 'powervm.lpar.id': 'a' }, [counter('c', [{ startTime: 1, time, value }])]),
      ]);
    }
    expect(sink.points.map(({ value, temporality }) => [value, temporality])).toEqual([[30, 'delta']]);
  });

  test.each([
    ['http://host:4317/v1/metrics', /not http:\/\/host:port/],
    ['unix:/run/x', /not http:\/\/host:port/],
  ])('refuses the endpoint %s', (endpoint, reason) => {
    expect(() => new OtlpGrpcExporter({ endpoint })).toThrow(reason);
  });
});

test('over TLS with the authority that is named, in a collector configured as the OpenTelemetry Collector is', async () => {
  const { key, cert } = selfSignedIdentity('127.0.0.1', Date.now());
  const caFile = path.join(await temporaryDirectory(), 'ca.pem');
  await writeFile(caFile, cert);
  const sink = await startSink({ tls: { key, cert } });
  const config = parseConfig(
    `
receivers: { powervm: { consoles: [{ simulator: {} }], collection_interval: 1s } }
exporters:
  otlp:
    endpoint: ${sink.url.replace('https://', '')}
    tls: { ca_file: ${caFile} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await Collector.create(config);
  await collector.start();
  afterThisTest(() => collector.stop());
  await expect.poll(() => sink.points.length, { timeout: 30_000 }).toBeGreaterThan(10);
  expect(sink.violations).toEqual([]);
});
