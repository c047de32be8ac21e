import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { Counter } from '../pcm/model.ts';
import type { HistogramSnapshot } from '../receiver/statistics.ts';
import type { MetricDefinition, PointAttributes, PointTime, SelectionContext } from './definition.ts';

/** A point on its way: a plain value or a histogram. */
type Point = DataPoint<number> | DataPoint<Histogram>;

export interface PointOptions {
  readonly context: SelectionContext;
  /** Only what its document brings for the first time: every point then goes out once. */
  readonly freshOnly: boolean;
  /** Attributes for every point, below its own. */
  readonly base?: PointAttributes;
}

/** Reads one metric of one entity, with the times of the samples. */
export function readPoints<Entity>(
  definition: MetricDefinition<Entity>,
  entity: Entity,
  { context, freshOnly, base }: PointOptions,
): Point[] {
  const points: Point[] = [];
  definition.select(
    entity,
    (timed, value, attributes) => {
      if (freshOnly && !timed.fresh) return;
      const point = toPoint(definition, timed, value, merge(base, attributes));
      if (point) points.push(point);
    },
    context,
  );
  return points;
}

/** A metric with its points; `undefined` without any. */
export function toMetricData(definition: MetricDefinition<never>, points: Point[]): MetricData | undefined {
  if (points.length === 0) return undefined;
  const { name, unit, description, kind } = definition;
  const descriptor = {
    name,
    unit,
    description,
    valueType: definition.valueType === 'int' ? ValueType.INT : ValueType.DOUBLE,
  };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  if (kind === 'histogram') {
    const dataPoints = points.filter(isHistogramPoint);
    return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = points.filter((point): point is DataPoint<number> => !isHistogramPoint(point));
  if (kind === 'gauge') return { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints };
  return {
    descriptor,
    aggregationTemporality,
    dataPointType: DataPointType.SUM,
    isMonotonic: kind === 'counter',
    dataPoints,
  };
}

/** The value as OpenTelemetry takes it; `undefined` for what must not leave: absent, not finite. */
export function finiteValue(value: Counter | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

function toPoint(
  { kind, valueType }: MetricDefinition<never>,
  timed: PointTime,
  value: Counter | HistogramSnapshot | undefined,
  attributes: PointAttributes,
): Point | undefined {
  const endTime = toHrTime(timed.time);
  // A gauge has no beginning; the others began when their counters did.
  const startTime = kind === 'gauge' ? endTime : toHrTime(Math.min(timed.startTime, timed.time));
  if (typeof value === 'object') {
    const { bounds, counts, sum, count, min, max } = value;
    const buckets = { boundaries: [...bounds], counts: [...counts] };
    return count === 0 ? undefined : { startTime, endTime, attributes, value: { buckets, sum, count, min, max } };
  }
  const number = finiteValue(value);
  if (number === undefined) return undefined;
  return { startTime, endTime, attributes, value: valueType === 'int' ? Math.round(number) : number };
}

function isHistogramPoint(point: Point): point is DataPoint<Histogram> {
  return typeof point.value === 'object';
}

function toHrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}

function merge(base: PointAttributes | undefined, attributes: PointAttributes | undefined): PointAttributes {
  if (base === undefined) return attributes ?? {};
  return attributes === undefined ? base : { ...base, ...attributes };
}
