/**
 * The public surface of `otel-powervm`: what is not exported here, or by one of the other entry points of package.json, is
 * internal.
 */
export {
  ConfigurationError,
  ConsoleError,
  ExportError,
  InspectorError,
  OpenStackError,
  PcmDocumentError,
  PowerVmError,
} from './base/errors/errors.ts';
export type { TlsOptions } from './base/http/tls-options.ts';
export type { Logger } from './base/logger.ts';
export { Secret } from './base/secrets/secret.ts';
export {
  CeilometerExporter,
  type CeilometerExporterOptions,
  type CeilometerExporterStatistics,
  type CeilometerExportSummary,
} from './ceilometer/index.ts';
export type * from './inspector/activity.ts';
export type {
  DiskIops,
  DiskRates,
  DiskStatistics,
  InspectorSnapshot,
  InstanceStatistics,
  SampleSource,
  VnicRates,
  VnicStatistics,
} from './inspector/index.ts';
// Beside the index, which brings all formulas along: the receiver loads these with its first request.
export { PowerVmInspector } from './inspector/views/powervm-inspector.ts';
export {
  type AttributesFromNames,
  type EntityType,
  type InstrumentOptions,
  type InstrumentSource,
  listMetrics,
  type MetricInformation,
  type MetricKind,
  type MetricOptions,
  type MetricProducerSource,
  type MetricView,
  metricView,
  type PointAttributes,
  PowerVmMetricProducer,
  type PowerVmMetricProducerOptions,
  powerVmReaderOptions,
  registerPowerVmInstruments,
  resourceMetricsOf,
  type SelfStatistics,
  type SeriesShortage,
  selfMetricsOf,
  withGaugeDelta,
} from './metrics/index.ts';
export type { OtlpBatchExporterOptions, OtlpExportSummary, PartialSuccess } from './otlp/index.ts';
export { OtlpBatchExporter } from './otlp/otlp-batch-exporter.ts';
export {
  type CursorOptions,
  type PartitionFacts,
  PowerVmReceiver,
  type PowerVmReceiverOptions,
  type ReceiverStatistics,
  type ReceiverStatus,
  type RefreshFailure,
  type RefreshOptions,
  type RefreshResult,
  type SampleCursor,
  type SampleDelivery,
  type SamplePosition,
  type SampleReader,
  type Subscription,
  type SystemStatus,
} from './receiver/index.ts';
export {
  type ClientNetworkAdapter,
  type ConsoleClient,
  type ConsoleHealth,
  type ConsoleOptions,
  type ConsoleType,
  FileSessionStore,
  type ManagedSystem,
  type Partition,
  type PcmFeedEntry,
  type PcmLimits,
  type PcmPreferences,
  type RequestKind,
  type RequestObservation,
  type SessionStore,
  type StoredSession,
} from './rest/index.ts';
export {
  type PowerVmTelemetry,
  type PowerVmTelemetryFile,
  type PowerVmTelemetryOptions,
  startPowerVmTelemetry,
} from './telemetry/index.ts';
