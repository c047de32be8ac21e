import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createBatchExporter, parseConfig } from '../../src/collector/index.ts';
import { readPoints, toMetricData } from '../../src/metrics/points/points.ts';
import { OtlpBatchExporter, type OtlpBatchExporterOptions } from '../../src/otlp/index.ts';
import { PrometheusPage } from '../../src/prometheus/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { gauge, histogram, resourceMetrics } from '../helpers/resource-metrics.ts';

const T0 = Date.UTC(2026, 0, 1);
const LARGEST = 2n ** 63n - 1n;

/** What the catalog makes of counters of a device, beside other metrics so that points stand everywhere in a request. */
function batchOf(counters: readonly bigint[], time = T0 + 30_000): ResourceMetrics {
  const definition = {
    name: 'bytes',
    description: 'Bytes of a device.',
    unit: 'By',
    kind: 'counter',
    valueType: 'int',
    select: (_entity: object, observe: (timed: object, value: bigint | number, attributes: object) => void) => {
      counters.forEach((value, index) => {
        const counter = value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
        observe({ time, startTime: T0, fresh: true }, counter, { device: `d${index}` });
      });
    },
  } as unknown as Parameters<typeof readPoints<object>>[0];
  const context = {} as Parameters<typeof readPoints>[2]['context'];
  const metric = toMetricData(definition, readPoints(definition, {}, { context, freshOnly: true }));
  return resourceMetrics({ 'powervm.lpar.id': 'p' }, [
    gauge('before', [{ time, value: 0.5 }]),
    histogram('between', [{ time, startTime: T0, counts: [1, 2] }]),
    ...(metric ? [metric] : []),
    gauge('behind', [{ time, value: 1.5 }]),
  ]);
}

async function received(batches: readonly ResourceMetrics[], options: OtlpBatchExporterOptions) {
  const sink = await OtlpSink.start();
  const exporter = new OtlpBatchExporter({ endpoint: sink.url, compression: 'none', ...options });
  try {
    for (const batch of batches) await exporter.exportBatch([batch, batch]);
    expect(sink.violations).toEqual([]);
    return sink.points;
  } finally {
    await exporter.shutdown();
    await sink.stop();
  }
}

describe.each(['proto', 'json'] as const)('in OTLP %s', (encoding) => {
  test('every counter of up to 63 bits arrives as an exact integer', async () => {
    const counter = fc.oneof(fc.bigInt(0n, LARGEST), fc.bigInt(2n ** 53n - 2n, 2n ** 53n + 2n), fc.constant(LARGEST));
    await fc.assert(
      fc.asyncProperty(fc.array(counter, { minLength: 1, maxLength: 5 }), async (counters) => {
        const points = await received([batchOf(counters)], { encoding });
        expect(points.filter(({ metric }) => metric === 'bytes').map(({ value }) => value)).toEqual([
          ...counters,
          ...counters,
        ]);
        expect(
          points.filter(({ metric }) => metric === 'before' || metric === 'behind').map(({ value }) => value),
        ).toEqual([0.5, 1.5, 0.5, 1.5]);
      }),
      { numRuns: 30 },
    );
  });

  test('the difference of two of them is exact', async () => {
    const [before, after] = [2n ** 60n + 1n, 2n ** 60n + 4n];
    const points = await received([batchOf([before], T0 + 30_000), batchOf([after], T0 + 60_000)], {
      encoding,
      temporalityPreference: 0,
    });
    expect(points.filter(({ metric }) => metric === 'bytes').map(({ value }) => value)).toEqual([3n]);
  });
});

test('counters beyond 63 bits are left out, not truncated', async () => {
  const points = await received([batchOf([2n ** 63n, 2n ** 64n - 1n, 7n])], {});
  expect(points.filter(({ metric }) => metric === 'bytes').map(({ value }) => value)).toEqual([7n, 7n]);
});

test('the page for Prometheus and the debug exporter write every digit', async () => {
  const batch = [batchOf([2n ** 53n + 1n, LARGEST])];
  const page = new PrometheusPage({ clock: new ManualClock(T0) });
  page.add(batch);
  const server = http.createServer((request, response) => page.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const text = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`).then((reply) =>
    reply.text(),
  );
  expect(text).toContain(' 9007199254740993\n');
  expect(text).toContain(' 9223372036854775807\n');

  const printed: string[] = [];
  const config = parseConfig(
    `receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters: { debug: { verbosity: detailed } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const debug = createBatchExporter(config.exporters.debug ?? {}, {
    id: 'debug',
    clock: new ManualClock(T0),
    logger: silentLogger,
    print: (line) => printed.push(line),
    extensions: new Map(),
  });
  await debug.exportBatch(batch);
  expect(printed.join('\n')).toContain(' 9007199254740993 By');
});
