import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { version } from '../../base/version.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import type { PointAttributes } from '../attributes/attribute-cache.ts';
import type { MetricDefinition } from '../definition.ts';
import { readPoints, toMetricData } from '../points/points.ts';
import { metricsOfPartition } from '../selection/metrics-of-partition.ts';
import type { MetricView } from '../selection/selection.ts';
import { visitEntities } from '../selection/visit-entities.ts';
import type { SelfStatistics } from '../self-statistics.ts';
import { partitionResource, SCHEMA_URL, scope, storagePoolResource, systemResource } from './entity-resources.ts';

/**
 * What is new in `frames`, one OpenTelemetry Resource per managed system, partition, VIOS and storage pool, every
 * point with the time of its document. Points already reported are left out.
 */
export function resourceMetricsOf(frames: readonly FrameActivity[], view: MetricView): readonly ResourceMetrics[] {
  view.budget?.admit(frames);
  return frames.flatMap((frame) => [
    ...toResource(() => systemResource(frame, view), readAll(view.catalog.system, frame.system, view)),
    ...frame.partitions.flatMap((partition) =>
      withSilent(
        partition,
        toResource(() => partitionResource(partition, frame, view), readPartition(partition, view)),
      ),
    ),
    ...frame.storagePools.flatMap((pool) =>
      toResource(() => storagePoolResource(pool, view), readAll(view.catalog.ssp, pool, view)),
    ),
  ]);
}

/** Resource metrics of which exporters of this process may know more than OpenTelemetry has a place for. */
export interface DetailedResourceMetrics extends ResourceMetrics {
  /** Partition numbers of the VIOSes that serve the partition and do not report at the time. */
  readonly silent?: { readonly time: number; readonly vioses: readonly number[] };
}

function withSilent(partition: PartitionActivity, metrics: ResourceMetrics[]): readonly DetailedResourceMetrics[] {
  const vioses = partition.unreportedVioses.disks.map(({ number }) => number);
  if (vioses.length === 0) return metrics;
  return metrics.map((resource) => ({ ...resource, silent: { time: partition.time, vioses } }));
}

/** Metrics of the process and of its exporters and extensions as wholes: one of each, however many receivers there are. */
const ofProcess =
  /^(?:otelcol_process_|otelcol_exporter_queue_|powervm\.(?:exporter|extension|openstack|ceilometer)\.)/;

/**
 * The receiver's own metrics, on a Resource of the telemetry process. Those of the process itself, where the statistics
 * have them, are on a Resource that names no component.
 */
export function selfMetricsOf(
  statistics: SelfStatistics,
  view: MetricView,
  resource: PointAttributes = { 'service.name': 'otel-powervm', 'service.version': version },
): readonly ResourceMetrics[] {
  const process = Object.fromEntries(
    Object.entries(resource).filter(([name]) => !name.startsWith('otelcol.component.')),
  );
  const of = (attributes: PointAttributes) =>
    resourceFromAttributes({ ...view.attributes, ...attributes }, { schemaUrl: SCHEMA_URL });
  const { receiver } = view.catalog;
  const own = receiver.filter(({ name }) => !ofProcess.test(name));
  const shared = receiver.filter(({ name }) => ofProcess.test(name));
  return [
    ...toResource(() => of(resource), readAll(own, statistics, view)),
    ...toResource(() => of(process), readAll(shared, statistics, view)),
  ];
}

/**
 * The same in the flat form, for ways on which the SDK drops the Resource: one list of metrics, every point with the
 * identity of its entity.
 * @param freshOnly only what its document brings for the first time
 */
export function flatMetricsOf(frames: readonly FrameActivity[], view: MetricView, freshOnly: boolean): ScopeMetrics {
  const metrics = new FlatMetrics(view, freshOnly);
  visitEntities(frames, view, (definitions, entity, identify) => metrics.add(definitions, entity, identify));
  return { scope, metrics: metrics.data() };
}

export function flatSelfMetricsOf(statistics: SelfStatistics, { catalog, context }: MetricView): MetricData[] {
  return catalog.receiver.flatMap((definition) => {
    const points = readPoints(definition, statistics, { context, freshOnly: false });
    return toMetricData(definition, points) ?? [];
  });
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

/** An entity that brings nothing has no Resource: what it is called then is not held. */
function toResource(resourceOf: () => Resource, metrics: MetricData[]): ResourceMetrics[] {
  if (metrics.length === 0) return [];
  return [{ resource: resourceOf(), scopeMetrics: [{ scope, metrics }] }];
}

/** Points of many entities under the one metric that they belong to. */
class FlatMetrics {
  readonly #view: MetricView;
  readonly #freshOnly: boolean;
  readonly #points = new Map<MetricDefinition<never>, ReturnType<typeof readPoints>>();

  constructor(view: MetricView, freshOnly: boolean) {
    this.#view = view;
    this.#freshOnly = freshOnly;
  }

  add<Entity>(
    definitions: readonly MetricDefinition<Entity>[],
    entity: Entity,
    identify: (attributes: PointAttributes) => PointAttributes,
  ): void {
    const options = { context: this.#view.context, freshOnly: this.#freshOnly, identify };
    for (const definition of definitions) {
      let points = this.#points.get(definition);
      if (!points) {
        points = [];
        this.#points.set(definition, points);
      }
      readPoints(definition, entity, options, points);
    }
  }

  data(): MetricData[] {
    return [...this.#points].flatMap(([definition, points]) => toMetricData(definition, points) ?? []);
  }
}
