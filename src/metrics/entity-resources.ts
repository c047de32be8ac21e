import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { FrameActivity, PartitionActivity, StoragePoolActivity } from '../inspector/activity.ts';
import { attributesOfPartitionName, attributesOfSystemName } from './attributes-of-names.ts';
import type { PointAttributes } from './definition.ts';
import { partitionAttributes, storagePoolAttributes, systemAttributes } from './entity-attributes.ts';
import { SCHEMA_URL } from './schema.ts';
import type { MetricView } from './selection.ts';

/**
 * The Resource of an entity. It is made when the entity is told of for the first time and stays what it is: a backend that
 * tells series by their Resource would begin a new one with every change. What changes stands on `powervm.*.info`.
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

  /** Of an entity that nobody outside knew when it was told of first. */
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
  return view.context.book.recall(
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
  const held = view.context.book.recall(
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
  return view.context.book.recall(
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
