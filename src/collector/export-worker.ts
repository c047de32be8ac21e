import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../base/clock.ts';
import { describeError, ExportError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import { type ExporterStatistics, type MetricView, resourceMetricsOf } from '../metrics/index.ts';
import type { PowerVmReceiver, SampleCursor } from '../receiver/index.ts';
import type { BatchExporter } from './components/exporter-component.ts';

/** Frames in one batch: after an outage the backlog goes out in steps that fit into memory. */
const MAX_FRAMES = 10;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

export interface ExportWorkerOptions {
  /** `otlp_http`, for logs, statistics and the name of the cursor. */
  readonly exporterId: string;
  readonly pipeline: string;
  readonly receiver: PowerVmReceiver;
  readonly view: MetricView;
  readonly exporter: BatchExporter;
  /** Activities that the receiver keeps for each system at most. */
  readonly queueCapacity: number;
  /** Milliseconds between batches of the receiver's own metrics. */
  readonly selfMetricsInterval: number;
  readonly selfMetrics: () => readonly ResourceMetrics[];
  readonly onBatch: (points: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Brings the samples of one receiver to one exporter, in order, each once. What the exporter does not take is tried
 * again until it does; in the meantime the receiver keeps what follows, and nobody else waits. The cursor moves with
 * what was taken, and with what was refused for good.
 */
export class ExportWorker {
  readonly #options: ExportWorkerOptions;
  readonly #cursor: SampleCursor;
  readonly #stopListening: () => void;
  #wake: () => void = () => undefined;
  #sentPoints = 0;
  #failedPoints = 0;
  #nextSelfMetrics = 0;
  #isFailing = false;

  constructor(options: ExportWorkerOptions) {
    this.#options = options;
    this.#cursor = options.receiver.cursor(`${options.pipeline}/${options.exporterId}`);
    this.#stopListening = options.receiver.onActivity(() => this.#wake());
  }

  get statistics(): ExporterStatistics {
    return {
      name: this.#options.exporterId,
      sentPoints: this.#sentPoints,
      failedPoints: this.#failedPoints,
      // Nothing is enqueued that the receiver does not hold anyway: what it lets go is counted as a gap.
      enqueueFailedPoints: 0,
      queueSize: this.#cursor.pending().length,
      queueCapacity: this.#options.queueCapacity,
    };
  }

  /** Works until the signal aborts, then once more through what is left. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      await this.#drain(signal);
      await this.#waitForWork(signal);
    }
    await this.#drain(signal);
    this.#stopListening();
    this.#cursor.close();
  }

  async #waitForWork(signal: AbortSignal): Promise<void> {
    if (this.#cursor.pending(1).length > 0) return;
    if (signal.aborted) return;
    const { clock, selfMetricsInterval } = this.#options;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await clock.sleep(selfMetricsInterval, woken.signal).catch(() => undefined);
  }

  /** Sends everything that waits; stops early when the collector does and the exporter does not take it. */
  async #drain(signal: AbortSignal): Promise<void> {
    for (;;) {
      const frames = this.#cursor.pending(MAX_FRAMES);
      const batch = this.#batchOf(frames);
      if (batch.length > 0 && !(await this.#deliver(batch, signal))) return;
      for (const frame of frames) this.#cursor.acknowledge(frame);
      if (frames.length < MAX_FRAMES) return;
    }
  }

  #batchOf(frames: readonly FrameActivity[]): readonly ResourceMetrics[] {
    const { clock, view, selfMetrics, selfMetricsInterval } = this.#options;
    const samples = resourceMetricsOf(frames, view);
    if (clock.monotonic() < this.#nextSelfMetrics) return samples;
    this.#nextSelfMetrics = clock.monotonic() + selfMetricsInterval;
    return [...samples, ...selfMetrics()];
  }

  /** @returns whether the batch is done with: taken, or refused for good */
  async #deliver(batch: readonly ResourceMetrics[], signal: AbortSignal): Promise<boolean> {
    const points = countPoints(batch);
    this.#options.onBatch(points);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#options.exporter.exportBatch(batch);
        this.#sentPoints += points;
        this.#noteSuccess();
        return true;
      } catch (error) {
        if (error instanceof ExportError && error.permanent) {
          this.#failedPoints += points;
          this.#log('error', error, `refused for good; ${points} points are lost`);
          return true;
        }
        this.#noteFailure(error);
      }
      if (signal.aborted) return false;
      await this.#options.clock.sleep(pause(attempt), signal).catch(() => undefined);
    }
  }

  #noteSuccess(): void {
    if (this.#isFailing) this.#options.logger.info({ exporter: this.#options.exporterId }, 'delivering again');
    this.#isFailing = false;
  }

  /** Once for an outage, not once for every try. */
  #noteFailure(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log('warn', error, 'not delivered; trying again, samples are kept');
  }

  #log(level: 'warn' | 'error', error: unknown, message: string): void {
    const { exporterId, logger } = this.#options;
    const code = error instanceof ExportError ? error.code : undefined;
    const remedy = error instanceof ExportError ? error.remedy : undefined;
    logger[level]({ exporter: exporterId, code, reason: describeError(error), remedy }, message);
  }
}

function pause(attempt: number): number {
  return Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
}

function countPoints(batch: readonly ResourceMetrics[]): number {
  let points = 0;
  for (const { scopeMetrics } of batch) {
    for (const { metrics } of scopeMetrics) for (const { dataPoints } of metrics) points += dataPoints.length;
  }
  return points;
}
