import type { Attributes, HrTime } from '@opentelemetry/api';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import type { ProcessorTime } from '../../inspector/index.ts';
import type { DetailedPoint, DetailedResourceMetrics, PointAttributes } from '../../metrics/index.ts';

/** What may be sampled: partitions that are no VIOS, VIOSes, managed systems. */
export type EntityKind = 'instance' | 'vios' | 'frame';

/** What is known of the partition that a sample is about, or of the frame, which is its own. */
export interface PartitionIdentity {
  readonly kind: EntityKind;
  /** UUID of the partition, or of the managed system. */
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
  /** VIOSes, by partition number, that do not report the partition's adapters at that time. */
  readonly silent: readonly { readonly time: number; readonly vioses: readonly number[] }[];
}

export interface MetricPoint {
  readonly attributes: PointAttributes;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly startTime: number;
  /** In full, where the value is processor time and its maker is in this process. */
  readonly processorTime: ProcessorTime | undefined;
}

interface Mutable {
  identity: PartitionIdentity;
  readonly metrics: Map<string, MetricPoint[]>;
  readonly silent: { readonly time: number; readonly vioses: readonly number[] }[];
}

/**
 * Sorts a batch by partition. The identity of a partition is on its Resource or, where the SDK dropped that, on
 * every point (flat form). Points of kinds that are not wanted, and those of anything else, are left out.
 * @param wanted names of the metrics that are read
 */
export function pointsByPartition(
  batch: readonly DetailedResourceMetrics[],
  kinds: ReadonlySet<EntityKind>,
  wanted: ReadonlySet<string>,
): readonly PartitionPoints[] {
  const partitions = new Map<string, Mutable>();
  for (const { resource, scopeMetrics, silent } of batch) {
    const hasIdentity = kindOf(resource.attributes) !== undefined;
    const ofResource = hasIdentity ? partitionOf(partitions, resource.attributes, kinds) : undefined;
    if (hasIdentity && !ofResource) continue;
    if (ofResource && silent) ofResource.silent.push(silent);
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        const isInformation = informationMetrics.has(metric.descriptor.name);
        if (!isInformation && !wanted.has(metric.descriptor.name)) continue;
        if (metric.dataPointType !== DataPointType.SUM && metric.dataPointType !== DataPointType.GAUGE) continue;
        for (const point of metric.dataPoints) {
          const partition = ofResource ?? partitionOf(partitions, point.attributes, kinds);
          if (partition && isInformation && point.value === 1)
            partition.identity = described(partition.identity, point.attributes);
          else if (partition && !isInformation) add(partition.metrics, metric.descriptor.name, point);
        }
      }
    }
  }
  return [...partitions.values()];
}

/**
 * How far the managed systems of a batch have come, milliseconds since 1970 by UUID: by whatever there is of one, since a
 * system goes on when no partition is left on it.
 */
export function systemTimes(batch: readonly DetailedResourceMetrics[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { resource, scopeMetrics } of batch) {
    const id = text(resource.attributes['powervm.system.id']);
    if (id === undefined) continue;
    let newest = times.get(id) ?? Number.NEGATIVE_INFINITY;
    for (const { metrics } of scopeMetrics) {
      for (const { dataPoints } of metrics) {
        for (const { endTime } of dataPoints) newest = Math.max(newest, toMilliseconds(endTime));
      }
    }
    if (Number.isFinite(newest)) times.set(id, newest);
  }
  return times;
}

/** They hold the current name of an entity; a Resource holds the first reported one. */
const informationMetrics = new Set(['powervm.lpar.info', 'powervm.system.info']);

function described(identity: PartitionIdentity, attributes: Attributes): PartitionIdentity {
  const name = text(attributes[identity.kind === 'frame' ? 'powervm.system.name' : 'powervm.lpar.name']);
  return {
    ...identity,
    name: name ?? identity.name,
    systemName: identity.kind === 'frame' ? (name ?? identity.systemName) : identity.systemName,
    operatingSystem: text(attributes['os.type']) ?? identity.operatingSystem,
  };
}

/** A partition that moves between two systems is distinguished: its counters restart. */
function partitionOf(
  partitions: Map<string, Mutable>,
  attributes: Attributes,
  kinds: ReadonlySet<EntityKind>,
): Mutable | undefined {
  const kind = kindOf(attributes);
  const id = text(attributes[kind === 'frame' ? 'powervm.system.id' : 'powervm.lpar.id']);
  if (kind === undefined || id === undefined || !kinds.has(kind)) return undefined;
  const key = `${attributes['powervm.system.id']} ${id}`;
  let partition = partitions.get(key);
  if (!partition) {
    const identity: PartitionIdentity = {
      kind,
      id,
      name: text(attributes[kind === 'frame' ? 'powervm.system.name' : 'powervm.lpar.name']),
      systemId: text(attributes['powervm.system.id']),
      systemName: text(attributes['powervm.system.name']),
      operatingSystem: text(attributes['os.type']),
    };
    partition = { identity, metrics: new Map<string, MetricPoint[]>(), silent: [] };
    partitions.set(key, partition);
  }
  return partition;
}

function kindOf(attributes: Attributes): EntityKind | undefined {
  if ('powervm.lpar.id' in attributes) return attributes['powervm.lpar.type'] === 'vios' ? 'vios' : 'instance';
  return 'powervm.system.id' in attributes ? 'frame' : undefined;
}

function add(metrics: Map<string, MetricPoint[]>, metric: string, point: DetailedPoint): void {
  const points = metrics.get(metric);
  const read: MetricPoint = {
    attributes: point.attributes as PointAttributes,
    value: point.value,
    time: toMilliseconds(point.endTime),
    startTime: toMilliseconds(point.startTime),
    processorTime: point.processorTime,
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
