import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import type { MetricView } from '../selection/selection.ts';
import { NO_ATTRIBUTES, type PointAttributes } from './attribute-cache.ts';

/** What the user takes from the name of a system. Expressions are looked at once for each name. */
export function attributesOfSystemName(
  { system: { description } }: FrameActivity,
  { attributesFromNames, context }: MetricView,
): PointAttributes {
  const { name } = description;
  if (!attributesFromNames || name === undefined) return NO_ATTRIBUTES;
  return context.attributeCache.recall(`from system\0${name}`, () => attributesFromNames.ofSystem(name));
}

/** The same of a partition: from its own name and, where that does not say it, from that of its system. */
export function attributesOfPartitionName(
  { name }: PartitionActivity,
  frame: FrameActivity,
  view: MetricView,
): PointAttributes {
  const { attributesFromNames, context } = view;
  if (!attributesFromNames) return NO_ATTRIBUTES;
  const own = context.attributeCache.recall(`from lpar\0${name}`, () => attributesFromNames.ofPartition(name));
  return { ...attributesOfSystemName(frame, view), ...own };
}
