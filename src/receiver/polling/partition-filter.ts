import type { FrameActivity } from '../../inspector/activity.ts';
import type { ReceiverSettings } from '../options.ts';

/** Without the partitions that the filter of the options leaves out. */
export function withPartitions(activity: FrameActivity, keeps: ReceiverSettings['keepsPartition']): FrameActivity {
  if (!keeps) return activity;
  const { description } = activity.system;
  const system = { id: description.id, name: description.name ?? description.id, mtms: description.mtms };
  const partitions = activity.partitions.filter(({ id, name, number, type, state }) =>
    keeps({ id, name, number, type, state, system }),
  );
  return partitions.length === activity.partitions.length ? activity : { ...activity, partitions };
}
