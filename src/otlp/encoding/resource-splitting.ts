import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/**
 * Cuts a Resource that carries more than `maxPoints` points into several with the same Resource and scopes, in the
 * order of its points. Our own Resources are small; what a stock reader collects from 5,000 partitions is not.
 */
export function splitResource(resource: ResourceMetrics, maxPoints: number): readonly ResourceMetrics[] {
  if (pointCount(resource) <= maxPoints) return [resource];
  const parts: ResourceMetrics[] = [];
  for (const scope of resource.scopeMetrics) {
    for (const metrics of packMetrics(scope.metrics, maxPoints)) {
      parts.push({ resource: resource.resource, scopeMetrics: [{ ...scope, metrics }] });
    }
  }
  return parts;
}

function packMetrics(metrics: readonly MetricData[], maxPoints: number): MetricData[][] {
  const packs: MetricData[][] = [];
  let pack: MetricData[] = [];
  let room = maxPoints;
  for (const metric of metrics) {
    for (let from = 0; from < metric.dataPoints.length; ) {
      const taken = Math.min(room, metric.dataPoints.length - from);
      pack.push(withPoints(metric, from, from + taken));
      from += taken;
      room -= taken;
      if (room === 0) {
        packs.push(pack);
        pack = [];
        room = maxPoints;
      }
    }
  }
  if (pack.length > 0) packs.push(pack);
  return packs;
}

function withPoints(metric: MetricData, from: number, to: number): MetricData {
  if (from === 0 && to === metric.dataPoints.length) return metric;
  // `MetricData` pairs each kind with its points; slicing keeps the pair, which the type cannot see through a spread.
  return { ...metric, dataPoints: metric.dataPoints.slice(from, to) } as MetricData;
}

/** How many data points a Resource carries over all its metrics. */
export function pointCount(resource: ResourceMetrics): number {
  let points = 0;
  for (const scope of resource.scopeMetrics) {
    for (const metric of scope.metrics) points += metric.dataPoints.length;
  }
  return points;
}
