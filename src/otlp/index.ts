export type { OtlpExportSummary, PartialSuccess } from './batching-exporter.ts';
export type { DeltaRecord, DeltaStateStorage, UnknownIncreases } from './delta-conversion.ts';
export { OtlpFileExporter, type OtlpFileExporterOptions } from './file/otlp-file-exporter.ts';
export type { OtlpBatchExporterOptions } from './options.ts';
export { OtlpBatchExporter } from './otlp-batch-exporter.ts';
export type { OtlpEncoding } from './request-encoding.ts';
