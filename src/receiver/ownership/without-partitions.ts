import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';

/** Without some partitions, in the counts of the frame too. */
export function withoutPartitions(frame: FrameActivity, elsewhere: readonly PartitionActivity[]): FrameActivity {
  if (elsewhere.length === 0) return frame;
  const ids = new Set(elsewhere.map(({ id }) => id));
  const partitionCounts = frame.system.partitionCounts.flatMap((entry) => {
    const count =
      entry.count - elsewhere.filter(({ type, state }) => type === entry.type && state === entry.state).length;
    return count > 0 ? [{ ...entry, count }] : [];
  });
  return {
    ...frame,
    partitions: frame.partitions.filter(({ id }) => !ids.has(id)),
    system: { ...frame.system, partitionCounts },
  };
}
