import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { listMetrics, metricView, resourceMetricsOf } from '../../../src/metrics/index.ts';
import { EncodedRequest, type OtlpEncoding, requestEncoding } from '../../../src/otlp/encoding/request-encoding.ts';
import { packRequests } from '../../../src/otlp/encoding/request-packing.ts';
import { readOtlpJson } from '../../../src/otlp/file/otlp-json.ts';
import { readOtlpLines } from '../../../src/otlp/file/otlp-lines.ts';
import { OtlpFileExporter } from '../../../src/otlp/index.ts';
import { readSimulator } from '../../helpers/reading.ts';
import { gauge, resourceMetrics } from '../../helpers/resource-metrics.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');

async function readFiles(...files: readonly string[]): Promise<readonly ResourceMetrics[]> {
  const read: ResourceMetrics[] = [];
  for (const file of files) {
    for await (const { text } of readOtlpLines(file)) read.push(...readOtlpJson(text));
  }
  return read;
}

/** What a destination would be sent of them. */
function sent(resources: readonly ResourceMetrics[], encoding: OtlpEncoding): readonly string[] {
  const { serializer } = requestEncoding(encoding);
  return packRequests(resources, requestEncoding(encoding), 1e9).map((parts) =>
    Buffer.from(serializer.serializeRequest(new EncodedRequest(parts)) ?? []).toString('latin1'),
  );
}

function pointAt(time: number, value = 1): ResourceMetrics {
  return resourceMetrics({ 'powervm.lpar.id': 'x' }, [gauge('powervm.lpar.cpu.consumed', [{ time, value }])]);
}

describe('a file of OTLP JSON lines', () => {
  test('restores every metric of a system unchanged, split into as many lines as needed', async () => {
    const { receiver } = await readSimulator();
    const metrics = Object.fromEntries(listMetrics().map(({ name }) => [name, { enabled: true }]));
    const resources = resourceMetricsOf(receiver.frames(), metricView({ metrics, attributes: { site: 'ams' } }));
    const file = path.join(await temporaryDirectory(), 'deep', 'metrics.json');
    const exporter = new OtlpFileExporter({ path: file, maxLineBytes: 20_000 });
    const { points } = await exporter.exportBatch(resources);
    expect(points).toBeGreaterThan(500);
    expect((await readFile(file, 'utf8')).trim().split('\n').length).toBeGreaterThan(5);
    const read = await readFiles(file);
    expect(sent(read, 'proto')).toEqual(sent(resources, 'proto'));
    expect(sent(read, 'json')).toEqual(sent(resources, 'json'));
  });

  test('preserves 64-bit integers, both kinds of histograms, temporality, scopes and unusual text', () => {
    const attributes = fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
      fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.array(fc.string(), { minLength: 1, maxLength: 3 })),
      { maxKeys: 4 },
    );
    const time = fc.tuple(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 0, max: 999_999_999 }));
    const place = { startTime: time, endTime: time, attributes };
    const double = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => (Object.is(value, -0) ? 0 : value));
    const integer = fc
      .record({ ...place, exactValue: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) })
      .map(({ exactValue, ...point }) => {
        const value = Number(exactValue);
        return Number.isSafeInteger(value) ? { ...point, value } : { ...point, value, exactValue };
      });
    const counts = fc.array(fc.nat(), { minLength: 2, maxLength: 2 });
    const aggregationTemporality = fc.constantFrom(AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE);
    const descriptor = (valueType: ValueType) =>
      fc.record({
        name: fc.string({ minLength: 1 }),
        description: fc.string(),
        unit: fc.string(),
        valueType: fc.constant(valueType),
      });
    const points = <Point>(point: fc.Arbitrary<Point>) => fc.array(point, { minLength: 1, maxLength: 3 });
    const metric = fc.oneof(
      fc.record({
        descriptor: descriptor(ValueType.INT),
        aggregationTemporality,
        dataPointType: fc.constant(DataPointType.SUM),
        isMonotonic: fc.boolean(),
        dataPoints: points(integer),
      }),
      fc.record({
        descriptor: descriptor(ValueType.DOUBLE),
        aggregationTemporality: fc.constant(AggregationTemporality.CUMULATIVE),
        dataPointType: fc.constant(DataPointType.GAUGE),
        dataPoints: points(fc.record({ ...place, value: double })),
      }),
      fc.record({
        descriptor: descriptor(ValueType.DOUBLE),
        aggregationTemporality,
        dataPointType: fc.constant(DataPointType.HISTOGRAM),
        dataPoints: points(
          fc.record({
            ...place,
            value: fc.record({ counts, sum: double }).map(({ counts: each, sum }) => ({
              count: each.reduce((total, one) => total + one, 0),
              sum,
              min: 0,
              max: 2,
              buckets: { boundaries: [1], counts: each },
            })),
          }),
        ),
      }),
      fc.record({
        descriptor: descriptor(ValueType.DOUBLE),
        aggregationTemporality,
        dataPointType: fc.constant(DataPointType.EXPONENTIAL_HISTOGRAM),
        dataPoints: points(
          fc.record({
            ...place,
            value: fc.record({
              count: fc.nat(),
              sum: double,
              scale: fc.integer({ min: -10, max: 20 }),
              zeroCount: fc.nat(),
              positive: fc.record({ offset: fc.integer({ min: -100, max: 100 }), bucketCounts: counts }),
              negative: fc.record({ offset: fc.integer({ min: -100, max: 100 }), bucketCounts: counts }),
            }),
          }),
        ),
      }),
    );
    const resource = fc
      .record({ attributes, schemaUrl: fc.constantFrom(undefined, 'https://opentelemetry.io/schemas/1.37.0'), metric })
      .map(({ attributes: of, schemaUrl, metric: one }) => ({
        resource: resourceFromAttributes(of, schemaUrl === undefined ? {} : { schemaUrl }),
        scopeMetrics: [{ scope: { name: 'otel-powervm', version: '1' }, metrics: [one] }],
      }));
    fc.assert(
      fc.property(resource, (generated) => {
        const original = generated as unknown as ResourceMetrics;
        const [line] = sent([original], 'json');
        const read = readOtlpJson(Buffer.from(line ?? '', 'latin1').toString('utf8'));
        expect(sent(read, 'proto')).toEqual(sent([original], 'proto'));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['what is no JSON', '{"resourceMetrics":[', /JSON/],
    ['what is no OTLP', '{"resourceLogs":[]}', /resourceMetrics/],
    ['a point without a value', withMetric('"gauge":{"dataPoints":[{"timeUnixNano":"1"}]}'), /has no value/],
    ['a summary', withMetric('"summary":{"dataPoints":[]}'), /is no gauge, sum or histogram/],
    ['a sum without temporality', withMetric('"sum":{"dataPoints":[{"asInt":"1"}]}'), /temporality/],
  ])('rejects %s with a reason', (_what, line, reason) => {
    expect(() => readOtlpJson(line)).toThrow(reason);
  });

  test("reads the Collector's format: enum names, omitted defaults and unknown fields", () => {
    const line = `{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"scope":{},"metrics":[{"name":"m","metadata":[],"sum":
      {"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","isMonotonic":true,
       "dataPoints":[{"startTimeUnixNano":"1772625600000000000","timeUnixNano":"1772625630000000001","asInt":"9007199254740993"}]}}]}]}]}`;
    const [resource] = readOtlpJson(line);
    expect(resource?.scopeMetrics[0]?.metrics[0]).toMatchObject({
      descriptor: { name: 'm', valueType: ValueType.INT },
      isMonotonic: true,
      dataPoints: [{ endTime: [1_772_625_630, 1], exactValue: 9_007_199_254_740_993n }],
    });
  });
});

describe('rotation', () => {
  async function rotated({
    batches,
    ...options
  }: {
    batches: number;
    maxBackups?: number;
    maxAge?: number;
    compress?: boolean;
  }) {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'metrics.json');
    const clock = new ManualClock(NOON);
    const errors: unknown[] = [];
    const exporter = new OtlpFileExporter({
      path: file,
      clock,
      rotation: { maxBytes: 1_000, maxBackups: 0, maxAge: 0, compress: false, ...options },
      onRotationError: (error) => errors.push(error),
    });
    for (let batch = 0; batch < batches; batch += 1) {
      await exporter.exportBatch([pointAt(NOON + batch * 30_000, batch)]);
      await clock.advance(30_000);
    }
    expect(errors).toEqual([]);
    const names = (await readdir(directory)).sort();
    return { directory, clock, exporter, names, values: async () => valuesOf(directory, names) };
  }

  async function valuesOf(directory: string, names: readonly string[]) {
    const read = await readFiles(...names.map((name) => path.join(directory, name)));
    return read.flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics[0]?.dataPoints.map(({ value }) => value));
  }

  test('renames full files so that names sort in the order of their lines', async () => {
    const { names, values } = await rotated({ batches: 12 });
    expect(names.length).toBeGreaterThan(3);
    expect(names.at(-1)).toBe('metrics.json');
    expect(names[0]).toMatch(/^metrics-2026-03-04T12-0\d-\d\d\.000\.json$/);
    expect(await values()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('compresses rotated files without losing a line', async () => {
    const { directory, names, values } = await rotated({ batches: 12, compress: true });
    expect(names.slice(0, -1).every((name) => name.endsWith('.json.gz'))).toBe(true);
    expect(gunzipSync(await readFile(path.join(directory, names[0] ?? ''))).toString()).toMatch(/^\{"resourceMetrics"/);
    expect(await values()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('keeps the configured number of files, and none that are too old', async () => {
    expect((await rotated({ batches: 12, maxBackups: 2 })).names).toHaveLength(3);
    const old = await rotated({ batches: 30, maxAge: 3 * 60_000 });
    expect((await old.values())[0]).toBeGreaterThan(18);
  });

  test('continues in order when the clock was set back, and ignores foreign files', async () => {
    const { directory, clock, exporter } = await rotated({ batches: 6 });
    await writeFile(path.join(directory, 'metrics-of-mine.json'), 'mine');
    clock.jump(-3_600_000);
    for (let batch = 6; batch < 12; batch += 1) await exporter.exportBatch([pointAt(NOON, batch)]);
    const names = (await readdir(directory)).filter((name) => name !== 'metrics-of-mine.json').sort();
    expect(await valuesOf(directory, names)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await readFile(path.join(directory, 'metrics-of-mine.json'), 'utf8')).toBe('mine');
  });
});

test('an incomplete line of a crash is removed before the next batch', async () => {
  const file = path.join(await temporaryDirectory(), 'metrics.json');
  await new OtlpFileExporter({ path: file }).exportBatch([pointAt(NOON, 1)]);
  await appendFile(file, '{"resourceMe');
  await new OtlpFileExporter({ path: file }).exportBatch([pointAt(NOON, 2)]);
  expect(await readFiles(file)).toHaveLength(2);
});

test('a full disk is a retryable failure that leaves no partial data', async () => {
  await expect(new OtlpFileExporter({ path: '/dev/full' }).exportBatch([pointAt(NOON)])).rejects.toMatchObject({
    code: 'POWERVM_EXPORT_FAILED',
    permanent: false,
    message: expect.stringContaining('disk is full'),
  });
});

test('a directory that cannot be made is a failure, also where a file system says that its parent is there', async () => {
  await expect(
    new OtlpFileExporter({ path: '/proc/nowhere/out/metrics.json' }).exportBatch([pointAt(NOON)]),
  ).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED', permanent: false });
});

function withMetric(content: string): string {
  return `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m",${content}}]}]}]}`;
}
