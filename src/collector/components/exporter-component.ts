import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { type Component, component } from './component.ts';
import type { Extension } from './extension-component.ts';

/** What a pipeline needs of an exporter. */
export interface BatchExporter {
  /**
   * For what must stand before anything is exported, such as a page to listen at.
   * @throws {PowerVmError} for what keeps it from working at all: the collector does not start then
   */
  start?(): Promise<void>;
  /** @throws {ExportError} whose `permanent` says whether trying again can help */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<unknown>;
  shutdown(): Promise<void>;
}

export interface ExporterContext {
  /** `otlp_http/backup` */
  readonly id: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Standard output: only exporters whose destination it is write there. */
  readonly print: (text: string) => void;
  /** Those in use, by id; made, but not started yet. */
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** A kind of exporter. */
export type ExporterComponent = Component<BatchExporter, ExporterContext>;

export function exporterComponent<Schema extends z.ZodType>(
  schema: Schema,
  create: (config: z.output<Schema>, context: ExporterContext) => BatchExporter,
): ExporterComponent {
  return component(schema, create);
}
