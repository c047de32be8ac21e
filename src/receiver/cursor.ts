import type { FrameActivity } from '../inspector/activity.ts';

/**
 * A named place in the stream of samples. It moves only when its reader acknowledges: what was handed out and not
 * acknowledged is handed out again. What the name means is the reader's business.
 */
export interface SampleCursor {
  readonly name: string;
  /**
   * Activities of all systems that are not acknowledged, per system oldest first.
   * @param limit at most so many; all without it
   */
  pending(limit?: number): readonly FrameActivity[];
  /** Moves the cursor of the activity's system up to and including that activity. */
  acknowledge(activity: FrameActivity): void;
  /** Forgets the cursor, so that it no longer keeps samples in memory. */
  close(): void;
}
