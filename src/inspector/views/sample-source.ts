import type { FrameActivity } from '../activity.ts';

/**
 * Where the inspector takes its numbers from. The receiver is one; an embedding program may bring its own.
 * What {@link frames} returns is immutable and returned synchronously, without waiting for a console.
 */
export interface SampleSource {
  /** The newest activity of every managed system whose data are not stale. */
  frames(): readonly FrameActivity[];
}
