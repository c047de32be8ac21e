import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import type { SystemSample } from '../../pcm/assembly/system-sample.ts';

/** On which of several systems each partition is placed. */
export interface Placements {
  /** Records the partitions of a current sample. */
  record(frame: FrameActivity): void;
  /**
   * The activity without partitions that were placed on another system at its time. A sample that is read late, after
   * an outage, is judged by its own time.
   */
  split(frame: FrameActivity): { readonly owned: FrameActivity; readonly elsewhere: readonly PartitionActivity[] };
  /** The activity without partitions that are placed on another system now. */
  currentView(frame: FrameActivity): FrameActivity;
  /** A system that others read from now on. */
  forget(systemId: string): void;
}

/** Which of several systems reports the size of a shared storage pool. */
export interface PoolOwnership {
  /** To be awaited before the activities of the samples are accounted for. Never rejects. */
  prepare(samples: readonly SystemSample[]): Promise<void>;
  /** The activity with the sizes of only those pools that its system owns. Call it once for each activity. */
  accountFor(frame: FrameActivity): FrameActivity;
  /** A system that others read from now on. */
  forget(systemId: string): void;
}
