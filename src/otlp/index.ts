export type { OtlpExportSummary, PartialSuccess } from './batching-exporter.ts';
export type { DeltaRecord, DeltaStateStorage, UnknownIncreases } from './deltas/delta-conversion.ts';
export type { OtlpEncoding } from './encoding/request-encoding.ts';
export { OtlpFileExporter, type OtlpFileExporterOptions } from './file/otlp-file-exporter.ts';
export type { OtlpBatchExporterOptions } from './options.ts';
export { OtlpBatchExporter } from './otlp-batch-exporter.ts';
