import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import type { ConsoleClient } from '../../rest/model.ts';
import type { KnownLosses } from '../cursors/cursor-progress.ts';
import type { CursorGap, Cursors } from '../cursors/cursors.ts';
import type { ReceiverSettings } from '../options.ts';
import type { CrossSystemDeduplicator } from '../ownership/deduplication.ts';
import type { SystemRecorder } from '../statistics/statistics-recorder.ts';

/** What a poller needs from the receiver. */
export interface PollerContext {
  readonly settings: ReceiverSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: SystemRecorder;
  /** The console to read the system through. */
  readonly console: () => ConsoleClient;
  /** Called before every poll and when the console failed, so that another may be chosen. */
  readonly beforePoll: () => void;
  readonly onConsoleSuccess: () => void;
  readonly onConsoleFailure: (reason: unknown) => void;
  /** Called when the console responds without new samples for too long. */
  readonly onStaleData: () => void;
  /** Milliseconds that the console's clock is ahead; undefined while unknown. */
  readonly clockSkew: () => number | undefined;
  readonly cursors: Cursors;
  readonly deduplicator: CrossSystemDeduplicator;
  /** @returns what readers lack permanently before it */
  readonly publish: (activity: FrameActivity, losses: KnownLosses) => readonly CursorGap[];
}
