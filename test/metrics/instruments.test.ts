import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, test } from 'vitest';
import { version } from '../../src/base/version.ts';
import { type FrameActivity, type PartitionActivity, PowerVmInspector } from '../../src/inspector/index.ts';
import {
  type InstrumentOptions,
  type InstrumentSource,
  powerVmReaderOptions,
  registerPowerVmInstruments,
} from '../../src/metrics/index.ts';
import { lpar, phyp, START } from '../helpers/documents.ts';
import { lastFrame } from '../helpers/frames.ts';

/** A frame of one partition, as after two samples. */
function frameAt(tick: number): FrameActivity {
  const time = START + tick * 30_000;
  return lastFrame(
    [time - 30_000, time].map((instant) => ({ time: instant, phyp: phyp(instant, { lpars: [lpar(instant)] }) })),
  );
}

/** A provider with these instruments behind an exporter of that temporality, and what it exports when it is asked to. */
function instrumented(
  source: InstrumentSource | PowerVmInspector,
  temporality: AggregationTemporality,
  options: InstrumentOptions = {},
) {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 60_000,
    ...powerVmReaderOptions(),
  });
  const provider = new MeterProvider({ readers: [reader] });
  registerPowerVmInstruments(provider, source, options);
  return async () => {
    exporter.reset();
    await reader.forceFlush();
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  };
}

type Exported = Awaited<ReturnType<ReturnType<typeof instrumented>>>;

function valuesOf(exported: Exported, name: string): readonly unknown[] {
  return exported.flatMap(({ metrics }) =>
    metrics
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
  );
}

const CPU_TIME = 'powervm.lpar.cpu.time';

describe('the instruments', () => {
  test('read each partition from the inspector, on one snapshot of its source', async () => {
    let snapshots = 0;
    const frame = frameAt(2);
    const requested: string[] = [];
    class CountingInspector extends PowerVmInspector {
      override snapshot() {
        const snapshot = super.snapshot();
        snapshots += 1;
        return Object.assign(Object.create(snapshot), {
          frames: snapshot.frames,
          partition(id: string): PartitionActivity {
            requested.push(id);
            return snapshot.partition(id);
          },
        });
      }
    }
    const inspector = new CountingInspector({ frames: () => [frame] });
    const exported = await instrumented(inspector, AggregationTemporality.CUMULATIVE)();
    expect(valuesOf(exported, CPU_TIME).length).toBeGreaterThan(0);
    expect(snapshots).toBe(1);
    expect(requested).toEqual(frame.partitions.map(({ id }) => id));
  });

  test('report the same for a receiver, its inspector and any source with frames', async () => {
    const source = { frames: () => [frameAt(2)] };
    const [ofSource, ofInspector] = await Promise.all(
      [source, new PowerVmInspector(source)].map((requested) =>
        instrumented(requested, AggregationTemporality.CUMULATIVE)(),
      ),
    );
    expect(valuesOf(ofInspector ?? [], CPU_TIME)).toEqual(valuesOf(ofSource ?? [], CPU_TIME));
  });

  test('have the name and version of this package as their scope', async () => {
    const [exported] = await instrumented({ frames: () => [frameAt(2)] }, AggregationTemporality.CUMULATIVE)();
    expect(exported?.scope).toMatchObject({ name: 'otel-powervm', version });
  });

  test('send the lifetime value of a counter as first delta only when configured', async () => {
    let tick = 2;
    const source = { frames: () => [frameAt(tick)] };
    const lifetime = instrumented(source, AggregationTemporality.DELTA);
    const observed = instrumented(source, AggregationTemporality.DELTA, { counters: 'observed' });
    const [whole] = valuesOf(await lifetime(), CPU_TIME);
    expect(valuesOf(await observed(), CPU_TIME)).toEqual([0, 0]);
    expect(whole).toBeGreaterThan(0);
    tick = 4;
    const second = valuesOf(await observed(), CPU_TIME);
    expect(second).toEqual(valuesOf(await lifetime(), CPU_TIME));
    expect(second[0]).toBeGreaterThan(0);
  });

  test('continue from zero when the hypervisor has reset a counter', async () => {
    let tick = 4;
    const source = { frames: () => [frameAt(tick)] };
    const cumulative = instrumented(source, AggregationTemporality.CUMULATIVE, { counters: 'observed' });
    expect(valuesOf(await cumulative(), CPU_TIME)).toEqual([0, 0]);
    tick = 2;
    const lifetime = valuesOf(await instrumented(source, AggregationTemporality.CUMULATIVE)(), CPU_TIME);
    expect(valuesOf(await cumulative(), CPU_TIME)).toEqual(lifetime);
  });
});
