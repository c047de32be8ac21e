import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { z } from 'zod';
import type { Logger } from '../../base/logger.ts';

/** What a pipeline needs of an exporter. */
export interface BatchExporter {
  /** @throws {ExportError} whose `permanent` says whether trying again can help */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<unknown>;
  shutdown(): Promise<void>;
}

export interface ExporterContext {
  /** `otlp_http/backup` */
  readonly id: string;
  readonly logger: Logger;
  /** Standard output: only exporters whose destination it is write there. */
  readonly print: (text: string) => void;
}

/** A kind of exporter: how its configuration looks, and how one is made of it. */
export interface ExporterComponent {
  readonly schema: z.ZodType;
  /** @param config accepted by the schema */
  readonly create: (config: unknown, context: ExporterContext) => BatchExporter;
}

/** Ties a schema and the code that takes what it accepts together. */
export function exporterComponent<Schema extends z.ZodType>(
  schema: Schema,
  create: (config: z.output<Schema>, context: ExporterContext) => BatchExporter,
): ExporterComponent {
  return { schema, create: (config, context) => create(schema.parse(config), context) };
}
