import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { version } from '../base/version.ts';
import type { FrameActivity, PartitionActivity } from '../inspector/activity.ts';
import type { MetricDefinition, PointAttributes } from './definition.ts';
import {
  flatPartitionAttributes,
  flatSystemAttributes,
  partitionAttributes,
  storagePoolAttributes,
  systemAttributes,
} from './entity-attributes.ts';
import { readPoints, toMetricData } from './points.ts';
import type { MetricView } from './selection.ts';
import type { SelfStatistics } from './self-statistics.ts';

const scope = { name: 'otel-powervm', version };

/**
 * What is new in `frames`, one OpenTelemetry Resource per managed system, partition, VIOS and storage pool, every
 * point with the time of its document. Points that were told before are left out.
 */
export function resourceMetricsOf(frames: readonly FrameActivity[], view: MetricView): readonly ResourceMetrics[] {
  return frames.flatMap((frame) => [
    ...toResource(systemAttributes(frame), view, readAll(view.catalog.system, frame.system, view)),
    ...frame.partitions.flatMap((partition) =>
      toResource(
        { ...partitionAttributes(partition, frame), ...view.partitionAttributes(partition, frame) },
        view,
        readPartition(partition, view),
      ),
    ),
    ...frame.storagePools.flatMap((pool) =>
      toResource(storagePoolAttributes(pool), view, readAll(view.catalog.ssp, pool, view)),
    ),
  ]);
}

/** The receiver's own metrics, on a Resource of the telemetry process. */
export function selfMetricsOf(
  statistics: SelfStatistics,
  view: MetricView,
  resource: PointAttributes = { 'service.name': 'otel-powervm', 'service.version': version },
): readonly ResourceMetrics[] {
  return toResource(resource, view, readAll(view.catalog.receiver, statistics, view));
}

/**
 * The same in the flat form, for ways on which the SDK drops the Resource: one list of metrics, every point with the
 * identity of its entity.
 * @param freshOnly only what its document brings for the first time
 */
export function flatMetricsOf(frames: readonly FrameActivity[], view: MetricView, freshOnly: boolean): ScopeMetrics {
  const { catalog, context, nameAttributes } = view;
  const metrics = new FlatMetrics();
  for (const frame of frames) {
    const ofSystem = { ...view.attributes, ...flatSystemAttributes(frame, nameAttributes) };
    for (const definition of catalog.system) {
      metrics.add(definition, readPoints(definition, frame.system, { context, freshOnly, base: ofSystem }));
    }
    for (const partition of frame.partitions) {
      const base = {
        ...view.attributes,
        ...flatPartitionAttributes(partition, frame, nameAttributes),
        ...view.partitionAttributes(partition, frame),
      };
      for (const definition of metricsOfPartition(partition, view)) {
        metrics.add(definition, readPoints(definition, partition, { context, freshOnly, base }));
      }
    }
    for (const pool of frame.storagePools) {
      const base = { ...view.attributes, ...storagePoolAttributes(pool) };
      for (const definition of catalog.ssp) {
        metrics.add(definition, readPoints(definition, pool, { context, freshOnly, base }));
      }
    }
  }
  return { scope, metrics: metrics.data() };
}

export function flatSelfMetricsOf(statistics: SelfStatistics, { catalog, context }: MetricView): MetricData[] {
  return catalog.receiver.flatMap((definition) => {
    const points = readPoints(definition, statistics, { context, freshOnly: false });
    return toMetricData(definition, points) ?? [];
  });
}

/** The metrics that a partition has: a VIOS has its own beside those of all. */
export function metricsOfPartition(
  partition: PartitionActivity,
  { catalog }: MetricView,
): readonly MetricDefinition<PartitionActivity>[] {
  return partition.vios ? [...catalog.lpar, ...catalog.vios] : catalog.lpar;
}

function readPartition(partition: PartitionActivity, view: MetricView): MetricData[] {
  return readAll(metricsOfPartition(partition, view), partition, view);
}

function readAll<Entity>(
  definitions: readonly MetricDefinition<Entity>[],
  entity: Entity,
  { context }: MetricView,
): MetricData[] {
  return definitions.flatMap((definition) => {
    const points = readPoints(definition, entity, { context, freshOnly: true });
    return toMetricData(definition, points) ?? [];
  });
}

function toResource(attributes: PointAttributes, view: MetricView, metrics: MetricData[]): ResourceMetrics[] {
  if (metrics.length === 0) return [];
  const resource: Resource = resourceFromAttributes({ ...view.attributes, ...attributes });
  return [{ resource, scopeMetrics: [{ scope, metrics }] }];
}

/** Points of many entities under the one metric that they belong to. */
class FlatMetrics {
  readonly #points = new Map<MetricDefinition<never>, ReturnType<typeof readPoints>>();

  add(definition: MetricDefinition<never>, points: ReturnType<typeof readPoints>): void {
    const known = this.#points.get(definition);
    if (known) known.push(...points);
    else this.#points.set(definition, points);
  }

  data(): MetricData[] {
    return [...this.#points].flatMap(([definition, points]) => toMetricData(definition, points) ?? []);
  }
}
