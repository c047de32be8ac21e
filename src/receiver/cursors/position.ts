import type { FrameActivity } from '../../inspector/activity.ts';
import {
  clockSetBackBetween,
  elapsedBetweenInstants,
  hasRestartedBetween,
  type InstantStamp,
  isLaterInstant,
  stampOf,
} from '../../pcm/assembly/instant.ts';
import { isBackgroundSource } from '../../pcm/documents/document-kinds.ts';
import { SAMPLE_INTERVAL } from '../../pcm/model.ts';

/**
 * The progress of a reader in the samples of one system. Plain data, so that it can be stored: the newest
 * instant, and the feed time of the newest document of each source (`phyp`, `vios_1`, `lpar`, `energy`), since the
 * documents of one instant do not come together.
 */
export interface SamplePosition extends InstantStamp {
  readonly listings: Readonly<Record<string, number>>;
}

/** A listed document that will not come, whose instant comes without it. */
export interface LostDocument {
  /** As in {@link SamplePosition.listings}; `rates` for the differences to the sample before. */
  readonly source: string;
  readonly listedAt: number;
}

/** The position after the activity and everything before it. */
export function positionAt({ sample }: FrameActivity): SamplePosition {
  const listings = { phyp: sample.listedAt, ...Object.fromEntries(sample.listings) };
  return { ...stampOf(sample.hypervisor), listings };
}

/** The position of a reader whose first instant is that of the activity, or so many instants before it. */
export function positionBefore(activity: FrameActivity, instants = 0): SamplePosition {
  const { time, uptime, listings } = positionAt(activity);
  const span = (1 + instants) * SAMPLE_INTERVAL;
  return {
    time: time - span,
    uptime: uptime === undefined ? undefined : uptime - span / 1000,
    listings: Object.fromEntries(Object.entries(listings).map(([source, time]) => [source, time - span])),
  };
}

/**
 * The same position with feed times of the clock that `later` was stamped by, when the console's clock was set back in
 * between: what was listed before lies in the future of what is listed now.
 */
export function onClockOf(later: InstantStamp, position: SamplePosition): SamplePosition {
  const step = clockSetBackBetween(position, later);
  if (step === 0) return position;
  const listings = Object.entries(position.listings).map(([source, time]) => [source, time + step]);
  return { time: position.time + step, uptime: position.uptime, listings: Object.fromEntries(listings) };
}

/** The farther of two, source by source. */
export function farthest(one: SamplePosition, other: SamplePosition): SamplePosition {
  const isLater = isLaterInstant(one, other);
  const { time, uptime } = isLater ? other : one;
  const listings: Record<string, number> = { ...(isLater ? onClockOf(other, one) : one).listings };
  for (const [source, listedAt] of Object.entries(isLater ? other.listings : onClockOf(one, other).listings)) {
    listings[source] = Math.max(listings[source] ?? listedAt, listedAt);
  }
  return { time, uptime, listings };
}

/**
 * Whether `ahead` has something that `behind` has not: a later instant, or a document that came later for one of the
 * last. A feed time less than half an interval later is the same document, as another console stamps it.
 */
export function isAhead(behind: SamplePosition, ahead: SamplePosition): boolean {
  if (isLaterInstant(behind, ahead)) return true;
  const { listings } = onClockOf(ahead, behind);
  return Object.entries(ahead.listings).some(([source, listedAt]) => {
    const known = source === 'phyp' ? listedAt : listings[source];
    return known === undefined || listedAt >= known + SAMPLE_INTERVAL / 2;
  });
}

/** How many instants later `after` is; 1 when it is the next one. */
export function instantsBetween(before: SamplePosition, after: SamplePosition): number {
  // While a system is off there is nothing to be sampled.
  if (hasRestartedBetween(before, after)) return 1;
  return Math.max(0, Math.round(elapsedBetweenInstants(before, after) / SAMPLE_INTERVAL));
}

/** How many of the instants between two are known to be lost, by the feed times of those that are. */
export function lostBetween(before: SamplePosition, after: SamplePosition, lostInstants: readonly number[]): number {
  const { time, listings } = onClockOf(after, before);
  const from = listings.phyp ?? time;
  const to = after.listings.phyp ?? after.time;
  const tolerance = SAMPLE_INTERVAL / 2;
  return lostInstants.filter((listedAt) => listedAt > from + tolerance && listedAt < to - tolerance).length;
}

/** Which lost documents belong to what someone gets who continues from one position to another. */
export function partsLostBetween(
  before: SamplePosition,
  after: SamplePosition,
  lostParts: readonly LostDocument[],
): readonly LostDocument[] {
  if (lostParts.length === 0) return lostParts;
  const { time, listings } = onClockOf(after, before);
  const to = after.listings.phyp ?? after.time;
  const tolerance = SAMPLE_INTERVAL / 2;
  return lostParts.filter(({ source, listedAt }) => {
    const from = listings[source] ?? listings.phyp ?? time;
    return listedAt > from + tolerance && listedAt < to + tolerance;
  });
}

/** A position that waits no more for documents that will not come. */
export function withoutParts(position: SamplePosition, lostParts: readonly LostDocument[]): SamplePosition {
  if (lostParts.length === 0) return position;
  const listings: Record<string, number> = { ...position.listings };
  for (const { source, listedAt } of lostParts) listings[source] = Math.max(listings[source] ?? listedAt, listedAt);
  return { ...position, listings };
}

/** How far a document may be behind the newest instant and still be worth going back for. */
const LATEST_DOCUMENT = 3 * SAMPLE_INTERVAL;

/**
 * The feed time of the newest instant that is complete here: to continue from a position, the instants after it are
 * needed for late documents. Background documents have their own rhythm and are found by their reach.
 */
export function completeUntil({ listings }: SamplePosition): number {
  const { phyp = 0 } = listings;
  const ofInstants = Object.entries(listings).filter(([source]) => !isBackgroundSource(source));
  return Math.max(Math.min(phyp, ...ofInstants.map(([, time]) => time)), phyp - LATEST_DOCUMENT);
}
