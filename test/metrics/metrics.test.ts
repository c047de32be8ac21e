import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, test } from 'vitest';
import type { FrameActivity } from '../../src/inspector/index.ts';
import {
  catalogAsJson,
  listMetrics,
  metricView,
  PowerVmMetricProducer,
  powerVmReaderOptions,
  registerPowerVmInstruments,
  resourceMetricsOf,
  selfMetricsOf,
  withGaugeDelta,
} from '../../src/metrics/index.ts';
import { OtlpBatchExporter } from '../../src/otlp/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, onlySystem, optionsFor } from '../helpers/console.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { pointsOf } from '../helpers/points.ts';
import { readSimulator } from '../helpers/reading.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

const allOn = Object.fromEntries(listMetrics().map(({ name }) => [name, { enabled: true }]));

/** A reader that is only asked by hand. */
class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

describe('the catalog', () => {
  test('names every metric once, with unit and description', () => {
    const metrics = listMetrics();
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
    for (const { description, unit, source } of metrics) {
      expect(description).not.toBe('');
      expect(unit).not.toBe('');
      expect(source).not.toBe('');
    }
  });

  test('every metric that the simulator can feed produces points with declared attributes', async () => {
    const { receiver } = await readSimulator({ lpars: 40 });
    const points = pointsOf(resourceMetricsOf(receiver.frames(), metricView({ metrics: allOn })));
    for (const { name, attributes } of points) {
      const declared = listMetrics().find((metric) => metric.name === name)?.attributes ?? [];
      expect(declared, name).toEqual(expect.arrayContaining(Object.keys(attributes)));
    }
    const silent = listMetrics()
      .filter(({ entity, name }) => entity !== 'receiver' && !points.some((point) => point.name === name))
      .map(({ name }) => name);
    // The simulated estate has no memory pools.
    expect(silent.filter((name) => !name.startsWith('powervm.memory_pool'))).toEqual([]);
  });

  test('equals the output of the command line', () => {
    const { metrics } = JSON.parse(catalogAsJson());
    expect(metrics).toContainEqual(
      expect.objectContaining({
        name: 'powervm.lpar.cpu.time',
        kind: 'counter',
        unit: 's',
        entity: 'lpar',
        default: true,
      }),
    );
  });

  test('rejects an unknown metric', () => {
    expect(() => metricView({ metrics: { 'powervm.nothing': { enabled: true } } })).toThrow(
      expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }),
    );
  });
});

describe('batches', () => {
  test('have one Resource for every entity, and the time of the sample on every point', async () => {
    const { receiver, simulator } = await readSimulator();
    const [frame] = receiver.frames();
    const resources = resourceMetricsOf(receiver.frames(), metricView({ attributes: { site: 'ams' } }));
    const identities = resources.map(
      ({ resource }) =>
        resource.attributes['powervm.lpar.id'] ??
        resource.attributes['powervm.ssp.id'] ??
        resource.attributes['powervm.system.id'],
    );
    expect(new Set(identities).size).toBe(resources.length);
    expect(resources.every(({ resource }) => resource.attributes.site === 'ams')).toBe(true);
    const system = onlySystem(simulator);
    expect(resources[0]?.resource.attributes).toMatchObject({
      'powervm.system.id': system.id,
      'powervm.system.mtms': system.mtms,
      'host.arch': 'ppc64',
    });
    const cpu = pointsOf(resources).filter(({ name }) => name === 'powervm.lpar.cpu.time');
    for (const { endTime } of cpu) expect(endTime[0] * 1000).toBe(frame?.time);
  });

  test('contain every point once', async () => {
    const { receiver } = await readSimulator();
    const [frame] = receiver.frames();
    if (!frame) throw new Error('there is no frame');
    const repeated: FrameActivity = {
      ...frame,
      partitions: frame.partitions.map((partition) => ({
        ...partition,
        fresh: false,
        processor: { ...partition.processor, isBusyFresh: false },
        networkAdapters: [],
        disks: [],
        guestMemory: undefined,
        vios: undefined,
      })),
      storagePools: [],
      system: {
        ...frame.system,
        fresh: false,
        processor: { ...frame.system.processor, isBusyFresh: false },
        physicalPorts: [],
        energy: undefined,
      },
    };
    expect(resourceMetricsOf([repeated], metricView())).toEqual([]);
  });

  test('never contain values that are not finite', async () => {
    const { receiver } = await readSimulator();
    const [frame] = receiver.frames();
    if (!frame) throw new Error('there is no frame');
    const poisoned = {
      ...frame,
      partitions: frame.partitions.map((partition) => ({
        ...partition,
        processor: { ...partition.processor, consumed: Number.NaN, busy: Number.POSITIVE_INFINITY },
      })),
    };
    const names = pointsOf(resourceMetricsOf([poisoned], metricView())).map(({ name }) => name);
    expect(names).not.toContain('powervm.lpar.cpu.consumed');
    expect(names).not.toContain('powervm.lpar.cpu.busy');
    expect(names).toContain('powervm.lpar.cpu.entitlement');
  });

  test('are accepted by a strict OTLP receiver with all metrics enabled', async () => {
    const sink = await OtlpSink.start();
    afterThisTest(() => sink.stop());
    const { receiver } = await readSimulator();
    const view = metricView({ metrics: allOn });
    for (const encoding of ['proto', 'json'] as const) {
      const exporter = new OtlpBatchExporter({ endpoint: sink.url, encoding });
      await exporter.exportBatch([
        ...resourceMetricsOf(receiver.frames(), view),
        ...selfMetricsOf({ receiver: receiver.statistics() }, view),
      ]);
      await exporter.shutdown();
    }
    expect(sink.violations).toEqual([]);
    expect(sink.requests.length).toBe(2);
    expect(sink.requests[0]?.points.length).toBe(sink.requests[1]?.points.length);
  });

  test('a vNIC is reported on its client only, and its bytes once', async () => {
    const { receiver, simulator } = await readSimulator({ lpars: 14 });
    const points = pointsOf(resourceMetricsOf(receiver.frames(), metricView()));
    const backed = onlySystem(simulator).vioses.flatMap(({ logicalPorts }) => logicalPorts);
    expect(backed.length).toBeGreaterThan(0);
    for (const { location, clientId } of backed) {
      const owners = points
        .filter(
          ({ name, attributes }) =>
            name === 'powervm.lpar.network.io' && attributes['powervm.adapter.location'] === location,
        )
        .map(({ resource }) => resource['powervm.lpar.id']);
      expect(new Set(owners)).toEqual(new Set([clientId]));
      expect(owners).toHaveLength(2);
    }
  });
});

describe('the metric producer', () => {
  test('delivers every sample once, with its own time, through an SDK reader', async () => {
    const time = await simulatedTime({ lpars: 3 });
    const receiver = new PowerVmReceiver({
      consoles: [optionsFor(time.simulator, { clock: time.clock })],
      clock: time.clock,
    });
    afterThisTest(() => receiver.stop());
    const reader = new ManualReader({ metricProducers: [new PowerVmMetricProducer(receiver)] });
    const provider = new MeterProvider({ readers: [reader] });
    afterThisTest(() => provider.shutdown());
    await receiver.start();
    await time.settle();
    await time.pass(60_000);
    const collect = async () => {
      const { resourceMetrics, errors } = await reader.collect();
      expect(errors).toEqual([]);
      return pointsOf([resourceMetrics]).filter(({ name }) => name === 'powervm.lpar.memory.limit');
    };
    const points = await collect();
    const times = [...new Set(points.map(({ endTime }) => endTime[0] * 1000))];
    expect(times).toHaveLength(4);
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * 30_000));
    // Three partitions and two VIOSes, each once for each sample.
    expect(points).toHaveLength(4 * 5);
    expect(await collect()).toEqual([]);
  });

  test('gives the newest sample at each collection when configured', async () => {
    const { receiver } = await readSimulator();
    const producer = new PowerVmMetricProducer(receiver, { samples: 'latest', nameAttributes: false });
    const { resourceMetrics } = await producer.collect();
    const again = await producer.collect();
    const points = pointsOf([resourceMetrics]).filter(({ name }) => name === 'powervm.lpar.cpu.consumed');
    expect(points.length).toBe(14);
    expect(pointsOf([again.resourceMetrics]).filter(({ name }) => name === 'powervm.lpar.cpu.consumed')).toEqual(
      points,
    );
    for (const { attributes, endTime } of points) {
      expect(Object.keys(attributes)).toEqual(
        expect.arrayContaining(['powervm.system.id', 'powervm.lpar.id', 'powervm.lpar.number', 'powervm.lpar.type']),
      );
      expect(attributes).not.toHaveProperty('powervm.lpar.name');
      expect(endTime[0] * 1000).toBe(receiver.frames()[0]?.time);
    }
  });

  test('never rejects, since a rejecting producer would cancel the whole export', async () => {
    const { receiver } = await readSimulator();
    const broken = {
      frames: () => {
        throw new Error('broken');
      },
      cursor: receiver.cursor.bind(receiver),
      statistics: () => receiver.statistics(),
    };
    const { errors } = await new PowerVmMetricProducer(broken, { samples: 'latest' }).collect();
    expect(errors).toHaveLength(1);
  });
});

describe('observable instruments', () => {
  test('report every partition on any meter, and nothing after they are unregistered', async () => {
    const { receiver } = await readSimulator();
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({
      exporter: withGaugeDelta(exporter),
      exportIntervalMillis: 3_600_000,
      ...powerVmReaderOptions(),
    });
    const provider = new MeterProvider({ readers: [reader] });
    afterThisTest(() => provider.shutdown());
    const unregister = registerPowerVmInstruments(provider.getMeter('test'), receiver);
    await reader.forceFlush();
    const points = pointsOf(exporter.getMetrics());
    const consumed = points.filter(({ name }) => name === 'powervm.lpar.cpu.consumed');
    expect(consumed.map(({ attributes }) => attributes['powervm.lpar.name']).sort()).toEqual(
      receiver
        .frames()
        .flatMap(({ partitions }) => partitions.map(({ name }) => name))
        .sort(),
    );
    exporter.reset();
    unregister();
    await reader.forceFlush();
    // Gauges are delta: those of partitions that are gone stop. Sums continue, as the SDK has it.
    expect(pointsOf(exporter.getMetrics()).filter(({ name }) => name === 'powervm.lpar.cpu.consumed')).toEqual([]);
  });

  test('are not limited to two thousand series', async () => {
    const { receiver } = await readSimulator({ lpars: 600 });
    const reader = new ManualReader({ cardinalitySelector: () => powerVmReaderOptions().cardinalityLimits.default });
    const provider = new MeterProvider({ readers: [reader] });
    afterThisTest(() => provider.shutdown());
    registerPowerVmInstruments(provider.getMeter('test'), receiver);
    const { resourceMetrics } = await reader.collect();
    const points = pointsOf([resourceMetrics]);
    expect(points.filter(({ name }) => name === 'powervm.lpar.disk.io').length).toBeGreaterThan(2_000);
    expect(points.some(({ attributes }) => 'otel.metric.overflow' in attributes)).toBe(false);
  });
});
