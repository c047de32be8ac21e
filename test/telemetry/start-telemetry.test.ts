import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, test } from 'vitest';
import { powerVmReaderOptions } from '../../src/metrics/index.ts';
import {
  type PowerVmTelemetryFile,
  type PowerVmTelemetryOptions,
  startPowerVmTelemetry,
} from '../../src/telemetry/index.ts';
import { afterThisTest, optionsFor, startSimulator } from '../helpers/console.ts';
import { OtlpSink, type OtlpSinkOptions } from '../helpers/otlp-sink/index.ts';
import { type SimulatedTime, simulatedTime } from '../helpers/simulated-time.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const MINUTE = 60_000;

async function started(time: SimulatedTime, options: Partial<PowerVmTelemetryOptions>) {
  const { clock, simulator } = time;
  const telemetry = await startPowerVmTelemetry({
    consoles: [optionsFor(simulator, { clock })],
    clock,
    jitter: 0,
    ...options,
  });
  afterThisTest(() => telemetry.shutdown());
  return telemetry;
}

async function startSink(options: OtlpSinkOptions = {}) {
  const sink = await OtlpSink.start(options);
  afterThisTest(() => sink.stop());
  return sink;
}

const timesOf = (sink: OtlpSink) => [
  ...new Set(
    sink.points.filter(({ metric }) => metric === 'powervm.lpar.cpu.time').map(({ timeUnixNano }) => timeUnixNano),
  ),
];

describe('one call', () => {
  test('delivers every sample once to an OTLP destination, with a Resource for each partition', async () => {
    const [time, sink] = [await simulatedTime(), await startSink()];
    const telemetry = await started(time, { otlp: { endpoint: sink.url }, attributes: { site: 'ams' } });
    await time.pass(3 * MINUTE);
    await telemetry.firstSample();
    await telemetry.shutdown();
    expect(sink.violations).toEqual([]);
    expect(timesOf(sink).length).toBeGreaterThanOrEqual(6);
    expect(time.simulator.sessions.active).toBe(0);
  });

  test('delivers what a destination did not accept once it is back', async () => {
    let isDown = true;
    const time = await simulatedTime();
    const sink = await startSink({ reply: () => (isDown ? { status: 503 } : undefined) });
    const telemetry = await started(time, { otlp: { endpoint: sink.url, timeoutMillis: 100 } });
    await time.pass(3 * MINUTE);
    expect(timesOf(sink)).toEqual([]);
    isDown = false;
    await expect
      .poll(
        async () => {
          await time.pass(MINUTE / 2);
          return timesOf(sink).length;
        },
        { timeout: 20_000 },
      )
      .toBeGreaterThanOrEqual(7);
    await telemetry.shutdown();
  });

  test('publishes Ceilometer samples', async () => {
    const time = await simulatedTime();
    const file = path.join(await temporaryDirectory(), 'samples.jsonl');
    const telemetry = await started(time, { ceilometer: { publishers: [`file://${file}`], interval: 0 } });
    await time.pass(2 * MINUTE);
    await telemetry.shutdown();
    expect(await readFile(file, 'utf8')).toContain('"name":"cpu"');
  });

  test('feeds an existing MeterProvider and other exporters', async () => {
    const time = await simulatedTime();
    const own = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const reader = new PeriodicExportingMetricReader({ exporter: own, ...powerVmReaderOptions() });
    const meterProvider = new MeterProvider({ readers: [reader] });
    afterThisTest(() => meterProvider.shutdown());
    const other = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const telemetry = await started(time, { meterProvider, exporters: [other] });
    await time.pass(2 * MINUTE);
    await reader.forceFlush();
    const names = (exporter: InMemoryMetricExporter) =>
      exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
    expect(names(own)).toContain('powervm.lpar.cpu.time');
    own.reset();
    // What shutdown exports last is kept by this one, which forgets nothing.
    other.shutdown = () => Promise.resolve();
    await telemetry.shutdown();
    expect(names(other)).toContain('powervm.lpar.cpu.time');
    await reader.forceFlush();
    expect(names(own)).toEqual([]);
  });

  test('does everything that a configuration file describes', async () => {
    const simulator = await startSimulator();
    const directory = await temporaryDirectory();
    const [file, samples] = ['otel-config.yaml', 'samples.jsonl'].map((name) => path.join(directory, name));
    const { url, username, password } = simulator;
    await writeFile(
      file ?? '',
      `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters: { ceilometer: { publishers: ['file://${samples}'], interval: 0s } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } } }`,
    );
    const telemetry = await startPowerVmTelemetry({ configFile: file ?? '' });
    const first = await telemetry.firstSample();
    expect(first.partitions.length).toBeGreaterThan(0);
    expect(telemetry.receivers).toHaveLength(1);
    await Promise.all([telemetry.shutdown(), telemetry.shutdown()]);
    expect(await readFile(samples ?? '', 'utf8')).toContain('"name":"cpu"');
    expect(simulator.sessions.active).toBe(0);
  });
});

describe('invalid options', () => {
  const consoles = [{ endpoint: 'https://hmc1.example.com', username: 'monitor', password: 'p' }];

  test.each([
    [{ consoles }, /there is no place where the metrics go/],
    [{ consoles, otlp: {}, exportIntervall: 5 }, /there is no option exportIntervall, did you mean exportInterval\?/],
    [{ consoles, otlp: {}, collectionInterval: 0 }, /collectionInterval must be/],
    [{ consoles: [], otlp: {} }, /consoles must have at least one entry/],
    [{ consoles, otlp: { endpoint: 'localhost' } }, /OTLP/],
    [{ consoles, ceilometer: { publishers: [] } }, /publishers must have/],
    [{ consoles, meterProvider: {} }, /meterProvider must be an object with getMeter\(\)/],
    [{ consoles, exporters: [{}] }, /exporters\[0\] must be an object with export\(\)/],
    [{ consoles, otlp: {}, metrics: { nothing: { enabled: true } } }, /there is no metric nothing/],
    [{ configFile: '' }, /configFile must be a text that is not empty/],
    [{ configFile: 'x.yaml', consoles }, /there is no option consoles/],
    [undefined, /the options must be an object/],
  ])('%o is a typed error', async (options, message) => {
    const starting = startPowerVmTelemetry(options as unknown as PowerVmTelemetryOptions | PowerVmTelemetryFile);
    await expect(starting).rejects.toMatchObject({
      name: 'ConfigurationError',
      code: 'POWERVM_CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('a missing file is a typed error', async () => {
    await expect(startPowerVmTelemetry({ configFile: '/nonexistent.yaml' })).rejects.toMatchObject({
      code: 'POWERVM_CONFIG_UNREADABLE',
    });
  });
});
