import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { AggregationTemporality, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describeError, ExportError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { createPublisher } from './publishers/create-publisher.ts';
import type { Publisher } from './publishers/publisher.ts';
import { type BuiltSamples, SampleBuilder, type SampleBuilderOptions } from './sample-builder.ts';

export interface CeilometerExporterOptions extends SampleBuilderOptions {
  /** Publishers by the URLs of Ceilometer's pipeline.yaml, or objects of your own. */
  readonly publishers: readonly (string | Publisher)[];
  readonly logger?: Logger;
}

/** What one {@link CeilometerExporter.exportBatch} achieved. */
export interface CeilometerExportSummary {
  readonly samples: number;
  /** Samples that were not sent because they would have harmed a receiver. */
  readonly refused: number;
}

interface Batch {
  readonly built: BuiltSamples;
  /** Publishers that have it already: a second try is for the others. */
  readonly delivered: Set<Publisher>;
}

/**
 * Sends metrics as Ceilometer samples. A `PushMetricExporter`, so that it stands behind any reader of the SDK, beside
 * an OTLP exporter; in the collector's pipelines {@link exportBatch} is called.
 */
export class CeilometerExporter implements PushMetricExporter {
  readonly #builder: SampleBuilder;
  readonly #publishers: readonly Publisher[];
  readonly #logger: Logger;
  readonly #batches = new WeakMap<readonly ResourceMetrics[], Batch>();
  /** Batches go out one after the other: rates and deltas build on the one before. */
  #last: Promise<unknown> = Promise.resolve();
  #isShutDown = false;

  /** @throws {ConfigurationError} for a publisher URL that is none */
  constructor(options: CeilometerExporterOptions) {
    this.#builder = new SampleBuilder(options);
    this.#logger = options.logger ?? silentLogger;
    this.#publishers = options.publishers.map((publisher) =>
      typeof publisher === 'string' ? createPublisher(publisher) : publisher,
    );
  }

  /**
   * Publishes a batch. After an error call it again with the same array: what was delivered is not sent twice.
   * @throws {ExportError} of the first publisher that failed, when the others were tried
   */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<CeilometerExportSummary> {
    if (this.#isShutDown) {
      return Promise.reject(new ExportError('POWERVM_SHUT_DOWN', 'the Ceilometer exporter is shut down'));
    }
    const published = this.#last.then(() => this.#publish(resources));
    this.#last = published.catch(() => undefined);
    return published;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.exportBatch([metrics]).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: ExportError) => resultCallback({ code: ExportResultCode.FAILED, error }),
    );
  }

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  async forceFlush(): Promise<void> {
    await this.#last;
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.#last;
    await Promise.all(this.#publishers.map((publisher) => publisher.close()));
  }

  async #publish(resources: readonly ResourceMetrics[]): Promise<CeilometerExportSummary> {
    const batch = this.#batches.get(resources) ?? { built: this.#builder.build(resources), delivered: new Set() };
    this.#batches.set(resources, batch);
    const { built, delivered } = batch;
    for (const error of built.refused) this.#logger.warn({ code: error.code }, error.message);
    const waiting = this.#publishers.filter((publisher) => !delivered.has(publisher));
    const results = await Promise.allSettled(waiting.map((publisher) => publisher.publish(built.samples)));
    results.forEach((result, index) => {
      const publisher = waiting[index];
      if (publisher && result.status === 'fulfilled') delivered.add(publisher);
    });
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [asExportError(result.reason)] : []));
    const worthTryingAgain = failures.find((failure) => !failure.permanent);
    if (!worthTryingAgain) built.commit();
    const [failure] = worthTryingAgain ? [worthTryingAgain] : failures;
    if (failure) throw failure;
    return { samples: built.samples.length, refused: built.refused.length };
  }
}

/** A publisher of an embedding program may throw anything; it may be worth another try. */
function asExportError(error: unknown): ExportError {
  if (error instanceof ExportError) return error;
  return new ExportError('POWERVM_EXPORT_FAILED', describeError(error), { cause: error });
}
