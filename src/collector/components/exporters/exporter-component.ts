import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { z } from 'zod';
import type { Clock } from '../../../base/clock/clock.ts';
import type { ExportError } from '../../../base/errors/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { ProbeResult } from '../../../base/probe.ts';
import type { SharedStorage, Storage } from '../../storage/storage.ts';
import { type Component, component } from '../component.ts';
import type { CollectorView, Extension, ServedPage } from '../extensions/extension-component.ts';
import { deliverySchema } from './delivery-options.ts';

/** What a pipeline needs of an exporter. */
export interface BatchExporter {
  /**
   * Looks, before anything starts, at what would keep it from working whenever it is started, and changes nothing.
   * @throws {PowerVmError}
   */
  check?(): Promise<void>;
  /**
   * For what must stand before anything is exported, such as a page to listen at.
   * @param collector undefined for an exporter that is only tried out
   * @throws {PowerVmError} for what keeps it from working at all: the collector does not start then
   */
  start?(collector?: Pick<CollectorView, 'pages'>): Promise<void>;
  /**
   * @returns an {@link ExportReceipt} where there is something to say
   * @throws {ExportError} whose `permanent` says whether trying again can help
   */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<unknown>;
  /** Of one whose destination can be tried without sending it anything. Before {@link start}, or instead of it. */
  probe?(): Promise<readonly ProbeResult[]>;
  /** Where what is sent is made of batches first: who sends it, for a trial with a point of any kind. */
  readonly destination?: BatchExporter;
  /** Sends what it holds, as far as it can at once. */
  shutdown(): Promise<void>;
  /**
   * Of an exporter that makes one value of many: time of the oldest sample that it has taken in, even with an error, and
   * not sent; `undefined` when there is none. Cursors stay before it.
   */
  unpublishedSince?(systemId?: string): number | undefined;
  readonly page?: ServedPage | undefined;
  /** Of an exporter that asks which partitions are instances: what it did not send, and what waits for a response. */
  readonly unsent?: { readonly withoutInstance: number; readonly undecided: number };
}

/** What became of a batch that was taken. */
export interface ExportReceipt {
  /** Points that the destination took and threw away. */
  readonly partialSuccesses?: readonly { readonly rejectedPoints: number; readonly message: string }[];
  /** Of an exporter that keeps what it has taken in: why a part of it has not gone out everywhere yet. */
  readonly pending?: ExportError | undefined;
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
  /** Milliseconds after which a sample of its receivers says nothing of the present; undefined without any. */
  readonly staleAfter?: number | undefined;
  /** Where it may keep what must outlive it; nowhere for an exporter that is only tried out. */
  readonly storage?: Storage;
  /** Where receivers keep what goes to another collector together with a system. */
  readonly shared?: readonly SharedStorage[];
}

/** A kind of exporter. */
export type ExporterComponent = Component<BatchExporter, ExporterContext>;

/** The keys of delivery are every exporter's, and none of its business. */
export function exporterComponent<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  create: (config: z.output<z.ZodObject<Shape, z.core.$strip>>, context: ExporterContext) => BatchExporter,
): ExporterComponent {
  const own = schema.strip();
  return component(schema.extend(deliverySchema.shape), (config, context: ExporterContext) =>
    create(own.parse(config), context),
  );
}
