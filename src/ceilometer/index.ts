export {
  CeilometerExporter,
  type CeilometerExporterOptions,
  type CeilometerExporterStatistics,
  type CeilometerExportSummary,
} from './ceilometer-exporter.ts';
export type { MeterSet } from './meter-definition.ts';
export { prometheusGauges } from './prometheus-gauges.ts';
export type { MessagingOptions } from './publishers/messaging-options.ts';
export type { Publisher } from './publishers/publisher.ts';
export type { CeilometerSample, MeterType, ResourceMetadata } from './sample.ts';
export type { SampleBuilderOptions } from './sample-builder.ts';
