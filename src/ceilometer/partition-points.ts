import type { Attributes, HrTime } from '@opentelemetry/api';
import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { PointAttributes } from '../metrics/index.ts';

/** The points of one partition out of a batch, whichever form they came in. */
export interface PartitionPoints {
  /** UUID of the partition. */
  readonly id: string;
  readonly name: string | undefined;
  readonly systemId: string | undefined;
  readonly systemName: string | undefined;
  readonly operatingSystem: string | undefined;
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
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        if (metric.dataPointType !== DataPointType.SUM && metric.dataPointType !== DataPointType.GAUGE) continue;
        for (const point of metric.dataPoints) {
          const identity = identityOf(resource.attributes, point.attributes);
          if (identity) add(partitions, identity, metric.descriptor.name, point);
        }
      }
    }
  }
  return [...partitions.values()];
}

function identityOf(resource: Attributes, point: Attributes): Attributes | undefined {
  const identity = 'powervm.lpar.id' in resource ? resource : point;
  const isInstance = typeof identity['powervm.lpar.id'] === 'string' && identity['powervm.lpar.type'] !== 'vios';
  return isInstance ? identity : undefined;
}

function add(
  partitions: Map<string, Mutable>,
  identity: Attributes,
  metric: string,
  point: {
    readonly attributes: Attributes;
    readonly value: number;
    readonly startTime: HrTime;
    readonly endTime: HrTime;
  },
): void {
  const id = String(identity['powervm.lpar.id']);
  const partition = partitions.get(id) ?? {
    id,
    name: text(identity['powervm.lpar.name']),
    systemId: text(identity['powervm.system.id']),
    systemName: text(identity['powervm.system.name']),
    operatingSystem: text(identity['os.type']),
    metrics: new Map<string, MetricPoint[]>(),
  };
  partitions.set(id, partition);
  const points = partition.metrics.get(metric);
  const read: MetricPoint = {
    attributes: point.attributes as PointAttributes,
    value: point.value,
    time: toMilliseconds(point.endTime),
    startTime: toMilliseconds(point.startTime),
  };
  if (points) points.push(read);
  else partition.metrics.set(metric, [read]);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toMilliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + Math.round(nanoseconds / 1e6);
}
