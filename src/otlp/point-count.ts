import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** How many data points a Resource carries over all its metrics. */
export function pointCount(resource: ResourceMetrics): number {
  let points = 0;
  for (const scope of resource.scopeMetrics) {
    for (const metric of scope.metrics) points += metric.dataPoints.length;
  }
  return points;
}
