import type { MeterProvider } from '@opentelemetry/api';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../base/clock/clock.ts';
import { ConfigurationError } from '../base/errors/errors.ts';
import type { Logger } from '../base/logger.ts';
import {
  checkOptions,
  clockRule,
  fullText,
  listOf,
  loggerRule,
  milliseconds,
  type OptionRules,
  objectWith,
  required,
} from '../base/options/option-rules.ts';
import type { CeilometerExporterOptions } from '../ceilometer/index.ts';
import { type MetricOptions, metricRules } from '../metrics/index.ts';
import type { OtlpBatchExporterOptions } from '../otlp/index.ts';
import { type PowerVmReceiverOptions, receiverRules } from '../receiver/index.ts';

/** Consoles, choices about metrics, and at least one place where they go. */
export interface PowerVmTelemetryOptions extends PowerVmReceiverOptions, MetricOptions {
  /** The MeterProvider that the program has already: instruments are registered on it, and its readers export them. */
  readonly meterProvider?: MeterProvider;
  /** An OTLP destination: every sample once, with its own time and a Resource for each partition. */
  readonly otlp?: OtlpBatchExporterOptions;
  /** Ceilometer publishers, which get the same. */
  readonly ceilometer?: CeilometerExporterOptions;
  /** Other exporters of OpenTelemetry: every sample once, with its own time, identified by attributes of the points. */
  readonly exporters?: readonly PushMetricExporter[];
  /** Milliseconds between exports of `exporters`. Default 30,000. */
  readonly exportInterval?: number;
}

/** Everything from a file instead. */
export interface PowerVmTelemetryFile {
  /** An `otel-config.yaml` (docs/configuration.md); consoles, exporters and extensions are those of the file. */
  readonly configFile: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

const telemetryRules: OptionRules<PowerVmTelemetryOptions> = {
  ...receiverRules,
  ...metricRules,
  meterProvider: objectWith('getMeter'),
  // Each exporter checks its own options when it is made.
  otlp: objectWith(),
  ceilometer: objectWith(),
  exporters: listOf(objectWith('export', 'forceFlush', 'shutdown'), 1),
  exportInterval: milliseconds(1_000),
};

const fileRules: OptionRules<PowerVmTelemetryFile> = {
  configFile: required(fullText),
  clock: clockRule,
  logger: loggerRule,
};

export function isFromFile(options: PowerVmTelemetryOptions | PowerVmTelemetryFile): options is PowerVmTelemetryFile {
  return typeof options === 'object' && options !== null && 'configFile' in options;
}

/** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` */
export function checkTelemetryOptions(options: PowerVmTelemetryOptions | PowerVmTelemetryFile): void {
  if (isFromFile(options)) {
    checkOptions('startPowerVmTelemetry', options, fileRules);
    return;
  }
  checkOptions('startPowerVmTelemetry', options, telemetryRules);
  const { meterProvider, otlp, ceilometer, exporters } = options;
  if (meterProvider ?? otlp ?? ceilometer ?? exporters) return;
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    'startPowerVmTelemetry: there is no place where the metrics go: give meterProvider, otlp, ceilometer or exporters',
  );
}

/** The options of the three that are put together. */
export function splitOptions(options: PowerVmTelemetryOptions) {
  const { meterProvider, otlp, ceilometer, exporters, exportInterval, ...rest } = options;
  const entries = Object.entries(rest);
  const pick = (rules: object) => Object.fromEntries(entries.filter(([name]) => Object.hasOwn(rules, name)));
  return {
    receiver: { ...pick(receiverRules), consoles: options.consoles } satisfies PowerVmReceiverOptions,
    metrics: pick(metricRules) satisfies MetricOptions,
  };
}
