export {
  CeilometerExporter,
  type CeilometerExporterOptions,
  type CeilometerExportSummary,
} from './ceilometer-exporter.ts';
export type { MeterSet } from './meters.ts';
export type { Publisher } from './publishers/publisher.ts';
export type { CeilometerSample, MeterType, ResourceMetadata } from './sample.ts';
export type { SampleBuilderOptions } from './sample-builder.ts';
