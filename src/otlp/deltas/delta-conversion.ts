import { createHash } from 'node:crypto';
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
import { exactValueOf, identityOf } from '../../metrics/index.ts';

/** Series that brought no point for so long by the time of the points are forgotten: their next point is a first one again. */
const FORGET_AFTER = 24 * 3600;
const TIDY_AFTER = 3600;
/** Nothing older than this is delivered again, in seconds: an earlier point comes from a clock that was set back. */
const MAX_REPETITION = 3600;

interface SeriesState {
  readonly endTime: HrTime;
  readonly value: number | Histogram;
  /** Where `value` is only near it; not written down. */
  readonly exactValue?: bigint | undefined;
  readonly shard: string;
  /** A short name for the series, made when it is written down for the first time. */
  name?: string;
}

/** What was delivered last of a series: its short name, seconds and nanoseconds of the time, the value. */
export type DeltaRecord = readonly [string, number, number, number];

/**
 * Where the values that were delivered last outlive the process. They are kept in parts, one for each managed system, of
 * which one is written with each batch.
 */
export interface DeltaStateStorage {
  load(): Promise<ReadonlyMap<string, readonly DeltaRecord[]>>;
  /** Resolves when it would outlive the process. */
  save(part: string, records: readonly DeltaRecord[]): Promise<void>;
  /** Whether it is there after the end of the process; what is not is written at the end only. */
  readonly isLasting: boolean;
  /** Where parts go from one process to another, as its systems do. */
  readonly shared?: SharedDeltaParts;
}

export interface SharedDeltaParts {
  /**
   * Which stay of a part at this process it is: each begins with what is stored then. Undefined while another process has
   * it, and sends its points.
   */
  stayOf(part: string): number | undefined;
  load(part: string): Promise<readonly DeltaRecord[]>;
}

/** Increases that a batch could not report. */
export interface UnknownIncreases {
  /** Points that are the first of their series. */
  readonly first: number;
  /** Points behind a restart of their counter. */
  readonly restarted: number;
}

/** A converted batch, and the step that makes the conversion count. */
export interface DeltaBatch {
  readonly resources: readonly ResourceMetrics[];
  readonly unknown: UnknownIncreases;
  /** Call it when the destination has taken the batch; a batch that failed is converted again from the same state. */
  commit(): void;
}

/**
 * Turns cumulative monotonic sums and histograms into deltas between consecutive points of a series, as OTLP defines
 * them: a delta point starts where its predecessor ended, however long ago that was. The first point of a series and
 * the first one after a reset are dropped, since it is unknown how much of them is new: counters of a hypervisor have
 * run for months. Gauges and up-down counters stay as they are.
 */
export class DeltaConversion {
  readonly #series = new Map<string, SeriesState>();
  /** By short name, what was delivered before the process began, until its series brings a point. */
  readonly #restored = new Map<string, SeriesState>();
  #cleanedAt = 0;

  /** Goes on from what was delivered by an earlier process. */
  restore(parts: ReadonlyMap<string, readonly DeltaRecord[]>): void {
    for (const [shard, records] of parts) {
      for (const [name, seconds, nanoseconds, value] of records) {
        this.#restored.set(name, { endTime: [seconds, nanoseconds], value, shard, name });
      }
    }
  }

  /** What was delivered of a part before another process had it says nothing any more. */
  forget(part: string): void {
    for (const states of [this.#series, this.#restored]) {
      for (const [key, { shard }] of states) if (shard === part) states.delete(key);
    }
  }

  prepare(resources: readonly ResourceMetrics[]): DeltaBatch {
    const changes = new Map<string, SeriesState>();
    const unknown = { first: 0, restarted: 0 };
    const shard = partOf(resources) ?? '';
    const converted = resources
      .map((resource) =>
        convertResource(resource, (key, point) => {
          const previous = changes.get(key) ?? this.#known(key);
          const elapsed = previous ? compareTimes(point.endTime, previous.endTime) : 1;
          // A point that is not newer was delivered before: backfill after a lost acknowledgement brings it again.
          if (elapsed <= 0 && elapsed > -MAX_REPETITION) return undefined;
          changes.set(key, { endTime: point.endTime, value: point.value, exactValue: exactValueOf(point), shard });
          if (!previous || elapsed <= 0) unknown.first += 1;
          else if (isReset(previous, point)) unknown.restarted += 1;
          else return previous;
          return undefined;
        }),
      )
      .filter((resource) => resource.scopeMetrics.length > 0);
    return {
      resources: converted,
      unknown,
      commit: () => {
        for (const [key, state] of changes) this.#remember(key, state);
        this.#forgetSilentSeries();
      },
    };
  }

  /** What was delivered last of the series of a part, as plain data. Histograms are not worth it: they are our own. */
  recordsOf(part: string): readonly DeltaRecord[] {
    const records: DeltaRecord[] = [];
    for (const [key, state] of this.#series) {
      if (state.shard !== part || typeof state.value !== 'number') continue;
      state.name ??= shortName(key);
      records.push([state.name, ...state.endTime, state.value]);
    }
    for (const { shard, name = '', endTime, value } of this.#restored.values()) {
      if (shard === part && typeof value === 'number') records.push([name, ...endTime, value]);
    }
    return records;
  }

  get parts(): ReadonlySet<string> {
    return new Set([...this.#series.values()].map(({ shard }) => shard).filter((shard) => shard !== ''));
  }

  #known(key: string): SeriesState | undefined {
    return this.#series.get(key) ?? (this.#restored.size > 0 ? this.#restored.get(shortName(key)) : undefined);
  }

  #remember(key: string, state: SeriesState): void {
    const known = this.#series.get(key);
    if (known?.name !== undefined) state.name = known.name;
    else if (!known && this.#restored.size > 0) {
      state.name = shortName(key);
      this.#restored.delete(state.name);
    }
    this.#series.set(key, state);
  }

  #forgetSilentSeries(): void {
    let newest = 0;
    for (const { endTime } of this.#series.values()) newest = Math.max(newest, endTime[0]);
    if (newest - this.#cleanedAt < TIDY_AFTER) return;
    this.#cleanedAt = newest;
    for (const states of [this.#series, this.#restored]) {
      for (const [key, { endTime }] of states) if (newest - endTime[0] > FORGET_AFTER) states.delete(key);
    }
  }
}

/** The part of the state that a batch belongs to: its managed system; undefined for self metrics. */
export function partOf(resources: readonly ResourceMetrics[]): string | undefined {
  for (const { resource } of resources) {
    const part = resource.attributes['powervm.system.id'];
    if (typeof part === 'string') return part;
  }
  return undefined;
}

function shortName(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 12);
}

type TakePrevious = (key: string, point: DataPoint<number | Histogram>) => SeriesState | undefined;

function convertResource(resource: ResourceMetrics, takePrevious: TakePrevious): ResourceMetrics {
  const identity = attributeKey(identityOf(resource.resource.attributes));
  const scopeMetrics = resource.scopeMetrics
    .map((scope) => ({
      ...scope,
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
    if (typeof previous?.value !== 'number') continue;
    const increase = increaseBetween(previous, point);
    if (increase < 0) continue;
    const { attributes, endTime } = point;
    dataPoints.push({ attributes, startTime: previous.endTime, endTime, value: increase });
  }
  return { ...metric, dataPoints, aggregationTemporality: AggregationTemporality.DELTA };
}

/** Exact where both values are: above 2^53 the difference of the nearest numbers is another one. */
function increaseBetween(previous: SeriesState, point: DataPoint<number>): number {
  const before = previous.exactValue ?? Number(previous.value);
  const after = exactValueOf(point) ?? point.value;
  const isExact = [before, after].every((value) => typeof value === 'bigint' || Number.isSafeInteger(value));
  return isExact ? Number(BigInt(after) - BigInt(before)) : point.value - Number(previous.value);
}

function convertHistogram(metric: HistogramMetricData, key: string, takePrevious: TakePrevious): HistogramMetricData {
  const dataPoints: DataPoint<Histogram>[] = [];
  for (const point of inTimeOrder(metric.dataPoints)) {
    const previous = takePrevious(seriesKey(key, point), point);
    if (!previous || typeof previous.value === 'number') continue;
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

/** A run of the counter that began after the point before. One that was running then has gone on, whatever its start is called. */
function isReset(previous: SeriesState, point: DataPoint<unknown>): boolean {
  return compareTimes(point.startTime, previous.endTime) > 0;
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
