export { CeilometerExporter } from './ceilometer-exporter.ts';
export type {
  CeilometerExporterOptions,
  CeilometerExporterStatistics,
  CeilometerExportSummary,
} from './exporter-options.ts';
export type { MeterSet } from './meters/meter-definition.ts';
export type { MessagingOptions } from './publishers/messaging/messaging-options.ts';
export type { Publisher } from './publishers/publisher.ts';
export type { CeilometerSample, MeterType, ResourceMetadata } from './samples/sample.ts';
export type { SampleBuilderOptions } from './samples/sample-builder.ts';
