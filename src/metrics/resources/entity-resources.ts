import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { version } from '../../base/version.ts';
import type { FrameActivity, PartitionActivity, StoragePoolActivity } from '../../inspector/activity.ts';
import type { PointAttributes } from '../attributes/attribute-cache.ts';
import { partitionAttributes, storagePoolAttributes, systemAttributes } from '../attributes/entity-attributes.ts';
import { attributesOfPartitionName, attributesOfSystemName } from '../attributes/name-attributes.ts';
import type { MetricView } from '../selection/selection.ts';

/** The version of the semantic conventions that our attributes follow where there is one for them. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0';

/** Who made the points: this package in this version, also behind instruments of a foreign MeterProvider. */
export const scope = { name: 'otel-powervm', version, schemaUrl: SCHEMA_URL };

/**
 * The Resource of an entity. It is made when the entity is first reported and never changes: a backend that identifies
 * series by their Resource would start a new one with every change. What changes is on `powervm.*.info`.
 */
class HeldResource {
  resource: Resource;
  /** What came from outside, such as the instance of a cloud; may come once, later. */
  #more: PointAttributes | undefined;
  readonly #attributes: PointAttributes;

  constructor(attributes: PointAttributes, more: PointAttributes | undefined) {
    this.#attributes = attributes;
    this.#more = isEmpty(more) ? undefined : more;
    this.resource = this.#make();
  }

  /** Of an entity without external names when it was first reported. */
  learn(more: PointAttributes | undefined): void {
    if (this.#more || isEmpty(more)) return;
    this.#more = more;
    this.resource = this.#make();
  }

  #make(): Resource {
    return resourceFromAttributes({ ...this.#attributes, ...this.#more }, { schemaUrl: SCHEMA_URL });
  }
}

export function systemResource(frame: FrameActivity, view: MetricView): Resource {
  const { id } = frame.system.description;
  return view.context.attributeCache.recall(
    `resource system\0${id}`,
    () =>
      new HeldResource(
        {
          ...view.attributes,
          ...serviceAttributes(view, 'powervm-system', id),
          ...attributesOfSystemName(frame, view),
          ...systemAttributes(frame, view.resourceDetail),
        },
        undefined,
      ),
  ).resource;
}

export function partitionResource(partition: PartitionActivity, frame: FrameActivity, view: MetricView): Resource {
  const { id } = frame.system.description;
  const more = view.partitionAttributes?.(partition, frame);
  const held = view.context.attributeCache.recall(
    `resource lpar\0${id}\0${partition.id}`,
    () =>
      new HeldResource(
        {
          ...view.attributes,
          // Beside its frame, since a partition that migrates has two Resources for a while.
          ...serviceAttributes(view, 'powervm-lpar', `${id}/${partition.id}`),
          ...attributesOfPartitionName(partition, frame, view),
          ...partitionAttributes(partition, frame, view.resourceDetail),
        },
        more,
      ),
  );
  held.learn(more);
  return held.resource;
}

export function storagePoolResource(pool: StoragePoolActivity, view: MetricView): Resource {
  return view.context.attributeCache.recall(
    `resource ssp\0${pool.id}`,
    () =>
      new HeldResource(
        {
          ...view.attributes,
          ...serviceAttributes(view, 'powervm-ssp', pool.id),
          ...storagePoolAttributes(pool, view.resourceDetail),
        },
        undefined,
      ),
  ).resource;
}

/** What the OTLP receiver of Prometheus makes `job`, `instance` and `target_info` of. */
function serviceAttributes(
  { serviceAttributes: isWanted }: MetricView,
  name: string,
  instance: string,
): PointAttributes {
  return isWanted ? { 'service.name': name, 'service.instance.id': instance } : {};
}

function isEmpty(attributes: PointAttributes | undefined): boolean {
  return attributes === undefined || Object.keys(attributes).length === 0;
}
