import type { FrameActivity, PartitionActivity, StoragePoolActivity } from '../../inspector/activity.ts';
import type { MetricView } from '../selection/selection.ts';
import { IdentifiedAttributes, type PointAttributes } from './attribute-cache.ts';
import { flatPartitionAttributes, flatSystemAttributes, storagePoolAttributes } from './entity-attributes.ts';
import { attributesOfPartitionName, attributesOfSystemName } from './name-attributes.ts';

/** Puts the identity of an entity before the attributes of its points. */
export type Identify = (attributes: PointAttributes) => PointAttributes;

/** Names are the first reported ones, as on Resources: a new name must not start new series. */
export function identifySystem(frame: FrameActivity, view: MetricView): Identify {
  return recall(view, `system\0${frame.system.description.id}`, () => ({
    ...attributesOfSystemName(frame, view),
    ...flatSystemAttributes(frame, view.nameAttributes),
  }));
}

export function identifyPartition(partition: PartitionActivity, frame: FrameActivity, view: MetricView): Identify {
  const more = view.partitionAttributes?.(partition, frame);
  const key = `lpar\0${frame.system.description.id}\0${partition.id}`;
  return recall(view, more ? `${key}\0${JSON.stringify(more)}` : key, () => ({
    ...attributesOfPartitionName(partition, frame, view),
    ...flatPartitionAttributes(partition, frame, view.nameAttributes),
    ...more,
  }));
}

export function identifyStoragePool(pool: StoragePoolActivity, view: MetricView): Identify {
  return recall(view, `ssp\0${pool.id}`, () => storagePoolAttributes(pool, view.nameAttributes ? 'names' : 'identity'));
}

function recall({ context, attributes }: MetricView, key: string, identity: () => PointAttributes): Identify {
  return context.attributeCache.recall(key, () => new IdentifiedAttributes({ ...attributes, ...identity() })).of;
}
