import type { FrameActivity } from '../../inspector/index.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import type { PageLink } from './status-model.ts';

/** What the report is made of. */
export interface StatusSources {
  readonly time: number;
  readonly frames: readonly FrameActivity[];
  /** The last that is known of frames without a sample of the present. */
  readonly oldFrames?: readonly FrameActivity[];
  /** By id of the receiver. */
  readonly statistics: ReadonlyMap<string, SelfStatistics>;
  /** How much a count has grown in the last half hour. */
  readonly recent: (key: string, count: number) => number;
  readonly links?: readonly PageLink[];
}
