import type { Timed } from './activity.ts';

/**
 * Since when a group of counters runs: it goes on with the start time of its predecessor, unless it has none or its
 * counters began again.
 */
export function startTimeOf(previous: Timed | undefined, time: number, restarted: boolean): number {
  return previous === undefined || restarted ? time : Math.min(previous.startTime, time);
}
