import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type HistogramMetricData,
  type MetricData,
  type ResourceMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';

/** Series that brought no point in so many committed batches are forgotten: their next point is a first one again. */
const FORGET_AFTER_BATCHES = 240;

interface SeriesState {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly value: number | Histogram;
  readonly batch: number;
}

/** A converted batch, and the step that makes the conversion count. */
export interface DeltaBatch {
  readonly resources: readonly ResourceMetrics[];
  /** Call it when the destination has taken the batch; a batch that failed is converted again from the same state. */
  commit(): void;
}

/**
 * Turns cumulative monotonic sums and histograms into deltas between consecutive points of a series, as OTLP defines
 * them: a delta point starts where its predecessor ended. The first point of a series and the first one after a reset
 * are dropped, since nobody knows how much of them is new: counters of a hypervisor have run for months.
 * Gauges and up-down counters stay as they are.
 */
export class DeltaConversion {
  readonly #series = new Map<string, SeriesState>();
  #batches = 0;

  prepare(resources: readonly ResourceMetrics[]): DeltaBatch {
    const changes = new Map<string, SeriesState>();
    const batch = this.#batches + 1;
    const lookUp = (key: string) => changes.get(key) ?? this.#series.get(key);
    const converted = resources
      .map((resource) =>
        convertResource(resource, (key, point) => {
          const previous = lookUp(key);
          // A point that is not newer was delivered before: backfill after a lost acknowledgement brings it again.
          if (previous && compareTimes(point.endTime, previous.endTime) <= 0) return undefined;
          changes.set(key, { startTime: point.startTime, endTime: point.endTime, value: point.value, batch });
          return previous;
        }),
      )
      .filter((resource) => resource.scopeMetrics.length > 0);
    return {
      resources: converted,
      commit: () => {
        this.#batches = batch;
        for (const [key, state] of changes) this.#series.set(key, state);
        this.#forgetSilentSeries();
      },
    };
  }

  #forgetSilentSeries(): void {
    for (const [key, state] of this.#series) {
      if (this.#batches - state.batch > FORGET_AFTER_BATCHES) this.#series.delete(key);
    }
  }
}

type TakePrevious = (key: string, point: DataPoint<number | Histogram>) => SeriesState | undefined;

function convertResource(resource: ResourceMetrics, takePrevious: TakePrevious): ResourceMetrics {
  const identity = attributeKey(resource.resource.attributes);
  const scopeMetrics = resource.scopeMetrics
    .map((scope) => ({
      scope: scope.scope,
      metrics: scope.metrics
        .map((metric) =>
          convertMetric(metric, `${identity}\n${scope.scope.name}\n${metric.descriptor.name}`, takePrevious),
        )
        .filter((metric) => metric.dataPoints.length > 0),
    }))
    .filter((scope) => scope.metrics.length > 0);
  return { resource: resource.resource, scopeMetrics };
}

function convertMetric(metric: MetricData, key: string, takePrevious: TakePrevious): MetricData {
  if (metric.aggregationTemporality === AggregationTemporality.DELTA) return metric;
  if (metric.dataPointType === DataPointType.SUM && metric.isMonotonic) return convertSum(metric, key, takePrevious);
  if (metric.dataPointType === DataPointType.HISTOGRAM) return convertHistogram(metric, key, takePrevious);
  return metric;
}

function convertSum(metric: SumMetricData, key: string, takePrevious: TakePrevious): SumMetricData {
  const dataPoints: DataPoint<number>[] = [];
  for (const point of inTimeOrder(metric.dataPoints)) {
    const previous = takePrevious(seriesKey(key, point), point);
    if (!previous || typeof previous.value !== 'number' || isReset(previous, point)) continue;
    if (point.value < previous.value) continue;
    dataPoints.push({ ...point, startTime: previous.endTime, value: point.value - previous.value });
  }
  return { ...metric, dataPoints, aggregationTemporality: AggregationTemporality.DELTA };
}

function convertHistogram(metric: HistogramMetricData, key: string, takePrevious: TakePrevious): HistogramMetricData {
  const dataPoints: DataPoint<Histogram>[] = [];
  for (const point of inTimeOrder(metric.dataPoints)) {
    const previous = takePrevious(seriesKey(key, point), point);
    if (!previous || typeof previous.value === 'number' || isReset(previous, point)) continue;
    const difference = subtractHistograms(point.value, previous.value);
    if (difference) dataPoints.push({ ...point, startTime: previous.endTime, value: difference });
  }
  return { ...metric, dataPoints, aggregationTemporality: AggregationTemporality.DELTA };
}

/** Minimum and maximum of an interval cannot be known from two running ones, so they are left out. */
function subtractHistograms(current: Histogram, previous: Histogram): Histogram | undefined {
  const counts = current.buckets.counts.map((count, index) => count - (previous.buckets.counts[index] ?? 0));
  if (current.count < previous.count || counts.some((count) => count < 0)) return undefined;
  return {
    buckets: { boundaries: current.buckets.boundaries, counts },
    count: current.count - previous.count,
    ...(current.sum === undefined || previous.sum === undefined ? {} : { sum: current.sum - previous.sum }),
  };
}

function isReset(previous: SeriesState, point: DataPoint<unknown>): boolean {
  return compareTimes(point.startTime, previous.startTime) !== 0;
}

function seriesKey(metricKey: string, point: DataPoint<unknown>): string {
  return `${metricKey}\n${attributeKey(point.attributes)}`;
}

/** Attributes as a key: the order in which they were written does not matter. */
function attributeKey(attributes: Attributes): string {
  return JSON.stringify(
    Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  );
}

function inTimeOrder<Value>(points: readonly DataPoint<Value>[]): readonly DataPoint<Value>[] {
  return points.length < 2 ? points : [...points].sort((left, right) => compareTimes(left.endTime, right.endTime));
}

function compareTimes(left: HrTime, right: HrTime): number {
  return left[0] - right[0] || left[1] - right[1];
}
