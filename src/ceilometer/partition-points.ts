import type { Attributes, HrTime } from '@opentelemetry/api';
import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { PointAttributes } from '../metrics/index.ts';

/** What is known of the partition that a sample is about. */
export interface PartitionIdentity {
  /** UUID of the partition. */
  readonly id: string;
  readonly name: string | undefined;
  readonly systemId: string | undefined;
  readonly systemName: string | undefined;
  readonly operatingSystem: string | undefined;
}

/** The points of one partition out of a batch, whichever form they came in. */
export interface PartitionPoints {
  readonly identity: PartitionIdentity;
  /** By name of the metric. */
  readonly metrics: ReadonlyMap<string, readonly MetricPoint[]>;
}

export interface MetricPoint {
  readonly attributes: PointAttributes;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly startTime: number;
}

type Mutable = Omit<PartitionPoints, 'metrics'> & { readonly metrics: Map<string, MetricPoint[]> };

/**
 * Sorts a batch by partition. The identity of a partition stands on its Resource or, where the SDK dropped that, on
 * every point (flat form). Points of anything else, and those of VIOSes, are left out: they are no instances.
 */
export function pointsByPartition(batch: readonly ResourceMetrics[]): readonly PartitionPoints[] {
  const partitions = new Map<string, Mutable>();
  for (const { resource, scopeMetrics } of batch) {
    const hasIdentity = 'powervm.lpar.id' in resource.attributes;
    const ofResource = hasIdentity ? partitionOf(partitions, resource.attributes) : undefined;
    if (hasIdentity && !ofResource) continue;
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        if (metric.dataPointType !== DataPointType.SUM && metric.dataPointType !== DataPointType.GAUGE) continue;
        for (const point of metric.dataPoints) {
          const partition = ofResource ?? partitionOf(partitions, point.attributes);
          if (partition) add(partition.metrics, metric.descriptor.name, point);
        }
      }
    }
  }
  return [...partitions.values()];
}

/** One partition that moves between two systems is told apart: its counters begin anew. */
function partitionOf(partitions: Map<string, Mutable>, attributes: Attributes): Mutable | undefined {
  const id = text(attributes['powervm.lpar.id']);
  if (id === undefined || attributes['powervm.lpar.type'] === 'vios') return undefined;
  const key = `${attributes['powervm.system.id']} ${id}`;
  let partition = partitions.get(key);
  if (!partition) {
    const identity = {
      id,
      name: text(attributes['powervm.lpar.name']),
      systemId: text(attributes['powervm.system.id']),
      systemName: text(attributes['powervm.system.name']),
      operatingSystem: text(attributes['os.type']),
    };
    partition = { identity, metrics: new Map<string, MetricPoint[]>() };
    partitions.set(key, partition);
  }
  return partition;
}

function add(
  metrics: Map<string, MetricPoint[]>,
  metric: string,
  point: {
    readonly attributes: Attributes;
    readonly value: number;
    readonly startTime: HrTime;
    readonly endTime: HrTime;
  },
): void {
  const points = metrics.get(metric);
  const read: MetricPoint = {
    attributes: point.attributes as PointAttributes,
    value: point.value,
    time: toMilliseconds(point.endTime),
    startTime: toMilliseconds(point.startTime),
  };
  if (points) points.push(read);
  else metrics.set(metric, [read]);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toMilliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + Math.round(nanoseconds / 1e6);
}
