import { ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

/** Builds the small SDK structures that exporter tests feed in. Times are milliseconds since 1970. */
export interface TestPoint {
  readonly time: number;
  readonly value: number;
  readonly startTime?: number;
  readonly attributes?: Record<string, string>;
}

export function resourceMetrics(attributes: Record<string, string>, metrics: readonly MetricData[]): ResourceMetrics {
  return {
    resource: resourceFromAttributes(attributes),
    scopeMetrics: [{ scope: { name: 'test' }, metrics: [...metrics] }],
  };
}

export function counter(name: string, points: readonly TestPoint[]): MetricData {
  return {
    ...common(name, points),
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
  };
}

export function upDownCounter(name: string, points: readonly TestPoint[]): MetricData {
  return {
    ...common(name, points),
    dataPointType: DataPointType.SUM,
    isMonotonic: false,
  };
}

export function gauge(name: string, points: readonly TestPoint[]): MetricData {
  return { ...common(name, points), dataPointType: DataPointType.GAUGE };
}

export function histogram(
  name: string,
  points: readonly (Omit<TestPoint, 'value'> & { readonly counts: number[] })[],
): MetricData {
  return {
    descriptor: { name, description: '', unit: 's', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: points.map((point) => ({
      startTime: hrTime(point.startTime ?? point.time),
      endTime: hrTime(point.time),
      attributes: point.attributes ?? {},
      value: {
        buckets: { boundaries: [1], counts: point.counts },
        count: point.counts.reduce((total, count) => total + count, 0),
        sum: 1,
      },
    })),
  };
}

function common(name: string, points: readonly TestPoint[]) {
  return {
    descriptor: { name, description: '', unit: '1', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: points.map((point) => ({
      startTime: hrTime(point.startTime ?? point.time),
      endTime: hrTime(point.time),
      attributes: point.attributes ?? {},
      value: point.value,
    })),
  };
}

function hrTime(milliseconds: number): [number, number] {
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6];
}
