import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** What goes to an exporter in one piece: what one sample brings, or the receiver's own metrics. */
export interface Batch {
  readonly resources: readonly ResourceMetrics[];
  readonly points: number;
  /** In memory, about. */
  readonly bytes: number;
}

/** Measured on the batch of a frame with a thousand partitions (docs/performance.md). */
const BYTES_PER_POINT = 150;
const BYTES_PER_METRIC = 300;
const BYTES_PER_RESOURCE = 1_500;

export function batchOf(resources: readonly ResourceMetrics[]): Batch {
  let points = 0;
  let bytes = 0;
  for (const { scopeMetrics } of resources) {
    bytes += BYTES_PER_RESOURCE;
    for (const { metrics } of scopeMetrics) {
      bytes += metrics.length * BYTES_PER_METRIC;
      for (const { dataPoints } of metrics) points += dataPoints.length;
    }
  }
  return { resources, points, bytes: bytes + points * BYTES_PER_POINT };
}
