import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../base/clock/clock.ts';
import { describeError, ExportError } from '../base/errors/errors.ts';
import { FailureSeries } from '../base/errors/failure-series.ts';
import type { Logger } from '../base/logger.ts';
import { type MetricView, resourceMetricsOf } from '../metrics/index.ts';
import type { PowerVmReceiver, SampleCursor } from '../receiver/index.ts';

/** What both of our exporters do beside what the SDK demands of one. */
export interface BatchExporter {
  exportBatch(resources: readonly ResourceMetrics[]): Promise<unknown>;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Samples that one request carries at most, so that a backlog does not go out in one piece. */
const SAMPLES_PER_EXPORT = 20;
/** Milliseconds that the last samples may take when the program ends. */
const SHUTDOWN_TIMEOUT_MS = 5_000;

/**
 * Brings samples from a cursor of the receiver to an exporter. What was not taken stays with the cursor and is offered again
 * with the next sample; the receiver fetches what the cursor cannot hold from PCM, which has half an hour. The collector has
 * more of it: queues, pauses that grow, a cursor that survives the process.
 */
export class BatchDelivery {
  readonly #name: string;
  readonly #exporter: BatchExporter;
  readonly #view: MetricView;
  readonly #logger: Logger;
  readonly #cursor: SampleCursor;
  readonly #unsubscribe: () => void;
  #running: Promise<void> = Promise.resolve();
  #isWaiting = false;
  readonly #failures: FailureSeries;

  constructor(
    name: string,
    exporter: BatchExporter,
    receiver: PowerVmReceiver,
    view: MetricView,
    { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  ) {
    this.#name = name;
    this.#exporter = exporter;
    this.#view = view;
    this.#logger = logger;
    this.#failures = new FailureSeries(clock);
    this.#cursor = receiver.cursor(name);
    this.#unsubscribe = receiver.onActivity(() => this.#deliverSoon());
  }

  /** Takes what is left to the exporter, as far as it takes it in time, and ends it. Never rejects. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#deliverSoon();
    await within(SHUTDOWN_TIMEOUT_MS, this.#running);
    this.#cursor.close();
    await this.#exporter.shutdown().catch((error) => this.#recordFailure(error));
  }

  /** One delivery at a time, and at most one waiting, which takes everything that has arrived. */
  #deliverSoon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#running = this.#running.then(async () => {
      this.#isWaiting = false;
      await this.#deliver().catch((error) => this.#recordFailure(error));
    });
  }

  async #deliver(): Promise<void> {
    for (let frames = this.#next(); frames.length > 0; frames = this.#next()) {
      try {
        await this.#exporter.exportBatch(resourceMetricsOf(frames, this.#view));
        const ended = this.#failures.ended();
        if (ended) this.#logger.info({ exporter: this.#name, ...ended }, 'the destination takes samples again');
      } catch (error) {
        // What is refused permanently would be refused again, and everything behind it would wait for it.
        if (!(error instanceof ExportError && error.permanent)) throw error;
        this.#logger.error(
          { exporter: this.#name, code: error.code, reason: error.message, remedy: error.remedy },
          'the destination refused samples for good; they are dropped',
        );
      }
      for (const frame of frames) this.#cursor.acknowledge(frame);
    }
  }

  #next() {
    return this.#cursor.pending(SAMPLES_PER_EXPORT);
  }

  /** At once, and now and then that it lasts. */
  #recordFailure(error: unknown): void {
    const { code, remedy } = error instanceof ExportError ? error : { code: undefined, remedy: undefined };
    const repeated = this.#failures.failed(code ?? '');
    if (!repeated) return;
    this.#logger.warn(
      { exporter: this.#name, code, reason: describeError(error), remedy, ...repeated },
      'the destination does not take samples; trying again with the next one',
    );
  }
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, tooLong]);
  clearTimeout(timer);
}
