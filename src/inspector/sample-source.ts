import type { FrameActivity } from './activity.ts';

/**
 * Where the inspector takes its numbers from. The receiver is one; an embedding program may bring its own.
 * What {@link frames} answers is immutable and answered synchronously: nobody waits for a console here.
 */
export interface SampleSource {
  /** The newest activity of every managed system whose data are not stale. */
  frames(): readonly FrameActivity[];
}
