import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import {
  type MetricOptions,
  type MetricView,
  metricView,
  type PointStatistics,
  resourceMetricsOf,
} from '../../metrics/index.ts';
import { type Batch, batchOf } from './batch.ts';

/**
 * Makes one batch of every sample of a receiver, whoever takes it: exporters share it. Counts the points where they are
 * made, so that the count does not depend on the number of exporters.
 */
export class BatchFactory {
  readonly view: MetricView;
  #newest: { readonly activity: FrameActivity; readonly batch: Batch } | undefined;
  #points = 0;
  #erroredPoints = 0;
  readonly #reported = new Set<string>();

  constructor(options: MetricOptions, logger: Logger) {
    this.view = metricView({
      ...options,
      onPointError: (metric, reason) => {
        this.#erroredPoints += 1;
        if (this.#reported.has(metric)) return;
        this.#reported.add(metric);
        logger.error(
          { metric, reason: describeError(reason) },
          'a point could not be made; more of them are counted only',
        );
      },
    });
  }

  get statistics(): PointStatistics {
    return {
      scrapedPoints: this.#points,
      erroredPoints: this.#erroredPoints + (this.view.budget?.droppedPoints ?? 0),
      acceptedPoints: this.#points,
    };
  }

  /** Everybody asks for a sample before the next one comes. */
  batchOf(activity: FrameActivity): Batch {
    if (this.#newest?.activity === activity) return this.#newest.batch;
    const batch = batchOf(resourceMetricsOf([activity], this.view));
    this.#points += batch.points;
    this.#newest = { activity, batch };
    return batch;
  }

  /** The newest sample is not needed any more. */
  forget(): void {
    this.#newest = undefined;
  }
}
