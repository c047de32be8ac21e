import { systemClock } from '../base/clock/clock.ts';
import { describeError } from '../base/errors/errors.ts';
import { type Logger, loggerOf } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/index.ts';
import { metricView, PowerVmMetricProducer, registerPowerVmInstruments } from '../metrics/index.ts';
import { PowerVmReceiver } from '../receiver/index.ts';
import { BatchDelivery } from './batch-delivery.ts';
import {
  checkTelemetryOptions,
  isFromFile,
  type PowerVmTelemetryFile,
  type PowerVmTelemetryOptions,
  splitOptions,
} from './options.ts';

/** What {@link startPowerVmTelemetry} has started. */
export interface PowerVmTelemetry {
  /** For `onStatus`, `onActivity`, cursors and inspectors of your own. A file may have several. */
  readonly receivers: readonly PowerVmReceiver[];
  /** Resolves with the first sample of any console; see {@link PowerVmReceiver.firstSample}. */
  firstSample(): Promise<FrameActivity>;
  /** Delivers what is left, as far as it is taken in time, and logs off every console. Never rejects; twice is once. */
  shutdown(): Promise<void>;
}

const DEFAULT_EXPORT_INTERVAL = 30_000;

/**
 * Starts all that an embedding program needs: a receiver, and for each destination instruments, a producer or deliveries of
 * batches. With `configFile` it is the collector, in this process. Resolves when every console was tried once; one that is
 * down is tried again. No global of OpenTelemetry is touched.
 * @throws {ConfigurationError} for options or a file that cannot be meant
 */
export async function startPowerVmTelemetry(
  options: PowerVmTelemetryOptions | PowerVmTelemetryFile,
): Promise<PowerVmTelemetry> {
  checkTelemetryOptions(options);
  return isFromFile(options) ? startFromFile(options) : startFromOptions(options);
}

async function startFromOptions(options: PowerVmTelemetryOptions): Promise<PowerVmTelemetry> {
  const logger = loggerOf(options);
  const componentContext = { logger, clock: options.clock ?? systemClock };
  const { receiver: receiverOptions, metrics } = splitOptions(options);
  const receiver = new PowerVmReceiver(receiverOptions);
  const endings: (() => Promise<unknown>)[] = [];
  try {
    if (options.meterProvider) {
      const unregister = registerPowerVmInstruments(options.meterProvider, receiver, metrics);
      endings.push(async () => unregister());
    }
    if (options.otlp) {
      const { OtlpBatchExporter } = await import('../otlp/index.ts');
      const delivery = new BatchDelivery(
        'otlp',
        new OtlpBatchExporter(options.otlp),
        receiver,
        metricView(metrics),
        componentContext,
      );
      endings.push(() => delivery.stop());
    }
    if (options.ceilometer) {
      const { CeilometerExporter } = await import('../ceilometer/index.ts');
      const exporter = new CeilometerExporter({ logger, ...options.ceilometer });
      const delivery = new BatchDelivery('ceilometer', exporter, receiver, metricView(metrics), componentContext);
      endings.push(() => delivery.stop());
    }
    if (options.exporters) {
      const provider = await providerOf(options, receiver);
      endings.push(() => provider.shutdown());
    }
  } catch (error) {
    await end(endings, receiver, logger);
    throw error;
  }
  await receiver.start();
  let ended: Promise<void> | undefined;
  return {
    receivers: [receiver],
    firstSample: () => receiver.firstSample(),
    shutdown: () => {
      ended ??= end(endings, receiver, logger);
      return ended;
    },
  };
}

/** A provider with a reader and a producer for each exporter; each has its own place in the stream of samples. */
async function providerOf(options: PowerVmTelemetryOptions, receiver: PowerVmReceiver) {
  // Only here, since most programs bring a provider or want none.
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { metrics } = splitOptions(options);
  const interval = options.exportInterval ?? DEFAULT_EXPORT_INTERVAL;
  const readers = (options.exporters ?? []).map(
    (exporter, index) =>
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: interval,
        exportTimeoutMillis: interval,
        metricProducers: [new PowerVmMetricProducer(receiver, { ...metrics, name: `exporters[${index}]` })],
      }),
  );
  return new MeterProvider({ readers });
}

/** First the deliveries, which still find their numbers, then the consoles. */
async function end(
  endings: readonly (() => Promise<unknown>)[],
  receiver: PowerVmReceiver,
  logger: Logger,
): Promise<void> {
  for (const ending of endings) {
    await ending().catch((error) => logger.warn({ reason: describeError(error) }, 'an exporter did not end in order'));
  }
  await receiver.stop();
}

async function startFromFile(options: PowerVmTelemetryFile): Promise<PowerVmTelemetry> {
  const { Collector, loadConfig } = await import('../collector/index.ts');
  const { configFile, clock } = options;
  const logger = loggerOf(options);
  const collector = await Collector.create(loadConfig(configFile), { logger, ...(clock ? { clock } : {}) });
  try {
    await collector.start();
  } catch (error) {
    await collector.stop();
    throw error;
  }
  const receivers = [...collector.receivers.values()];
  let ended: Promise<void> | undefined;
  return {
    receivers,
    firstSample: () => firstFulfilled(receivers),
    shutdown: () => {
      ended ??= collector.stop();
      return ended;
    },
  };
}

function firstFulfilled(receivers: readonly PowerVmReceiver[]): Promise<FrameActivity> {
  const first = Promise.any(receivers.map((receiver) => receiver.firstSample())).catch((error: AggregateError) => {
    throw error.errors[0];
  });
  // Without a waiting caller it must not be an unhandled rejection.
  first.catch(() => undefined);
  return first;
}
