import type { FrameActivity, PartitionActivity } from '../activity.ts';
import { hasNeverRun } from './processor.ts';

/**
 * How much of a partition is on a frame that lists it. During a live migration both frames list it: the source until
 * the memory is copied, with counters that continue; the target first as a placeholder with zeros and without a pool,
 * then with the cycles of its whole life (docs/reference/pcm-documents.md#migration). The source's entry disappears, or
 * stays behind at rest.
 */
export type Presence = 'placeholder' | 'resting' | 'active';

/** States in which nothing runs, in lower case. */
const AT_REST = new Set(['not activated', 'not available']);
const RANK: Readonly<Record<Presence, number>> = { placeholder: 0, resting: 1, active: 2 };

/** What the documents say: the state first, and then whether its counters move. The state `Migrating` says neither. */
export function presenceState({ state, processor }: PartitionActivity): Presence {
  if (hasNeverRun(processor)) return 'placeholder';
  if (isAtRest(state)) return 'resting';
  const { consumed, entitlement } = processor;
  const isFrozen = consumed === 0 && (entitlement === undefined || entitlement === 0);
  return isFrozen ? 'resting' : 'active';
}

/** Whether a partition in this state does nothing. */
export function isAtRest(state: string | undefined): boolean {
  return state !== undefined && AT_REST.has(state.toLowerCase());
}

/** Whether a partition came to life on this frame since the sample before, from nothing or from rest. */
export function hasArrived(partition: PartitionActivity, frame: FrameActivity): boolean {
  return (
    frame.previousTime !== undefined && partition.startTime === partition.time && !hasNeverRun(partition.processor)
  );
}

/**
 * Whether a partition that two systems list is placed on the other one from now on: there is more of it there, or it
 * has just arrived there while its previous system still lists it. Where both are active, it stays where it was.
 */
export function movesTo(current: Presence, other: Presence, hasArrivedThere: boolean): boolean {
  return RANK[other] > RANK[current] || (other === 'active' && hasArrivedThere);
}
