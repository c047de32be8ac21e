import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { HistogramSnapshot } from '../../base/histogram.ts';
import type { ProcessorTime } from '../../inspector/partition/processor-time.ts';
import type { Counter } from '../../pcm/model.ts';
import { NO_ATTRIBUTES, type PointAttributes } from '../attributes/attribute-cache.ts';
import type { MetricDefinition, Observe, PointTime, SelectionContext } from '../definition.ts';
import type { ExactPoint } from './exact-value.ts';

const INTEGER_END = 2n ** 63n;

/** A point on its way: a plain value or a histogram. */
type Point = DataPoint<number> | DataPoint<Histogram>;

/** A point that exporters of this process may know more of than OpenTelemetry has a place for. */
export interface DetailedPoint extends DataPoint<number> {
  readonly processorTime?: ProcessorTime;
}

export interface PointOptions {
  readonly context: SelectionContext;
  /** Only what its document brings for the first time: every point then goes out once. */
  readonly freshOnly: boolean;
  /** Adds the identity of the entity to the attributes of a point, where there is no Resource to carry it. */
  readonly identify?: (attributes: PointAttributes) => PointAttributes;
}

/** Reads one metric of one entity, with the times of the samples, and adds its points to those of others. */
export function readPoints<Entity>(
  definition: MetricDefinition<Entity>,
  entity: Entity,
  { context, freshOnly, identify }: PointOptions,
  points: Point[] = [],
): Point[] {
  const observe: Observe = (timed, value, attributes = NO_ATTRIBUTES, processorTime = undefined) => {
    if ((freshOnly && !timed.fresh) || value === undefined) return;
    const point = toPoint(definition, timed, value, identify ? identify(attributes) : attributes, processorTime);
    if (point) points.push(point);
    else if (typeof value !== 'object') context.onPointError?.(definition.name, `${value} is no finite number`);
  };
  try {
    definition.select(entity, observe, context);
  } catch (error) {
    if (!context.onPointError) throw error;
    context.onPointError(definition.name, error);
  }
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
    const dataPoints = points as DataPoint<Histogram>[];
    return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = points as DataPoint<number>[];
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
  value: Counter | HistogramSnapshot,
  attributes: PointAttributes,
  processorTime: ProcessorTime | undefined,
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
  if (processorTime) {
    const detailed: DetailedPoint = { startTime, endTime, attributes, value: number, processorTime };
    return detailed;
  }
  if (valueType === 'double') return { startTime, endTime, attributes, value: number };
  // OTLP's integers are signed: a greater one would arrive as a negative.
  if (value !== undefined && value >= INTEGER_END) return undefined;
  const point = { startTime, endTime, attributes, value: Math.round(number) };
  return typeof value === 'bigint' ? withExactValue(point, value) : point;
}

function withExactValue(point: DataPoint<number>, exactValue: bigint): ExactPoint {
  return { ...point, exactValue };
}

/** The time that was asked for last: tens of thousands of points in a row have the same. */
let lastTime: { readonly milliseconds: number; readonly hrTime: HrTime } | undefined;

function toHrTime(milliseconds: number): HrTime {
  if (lastTime?.milliseconds === milliseconds) return lastTime.hrTime;
  const seconds = Math.floor(milliseconds / 1000);
  lastTime = { milliseconds, hrTime: [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)] };
  return lastTime.hrTime;
}
