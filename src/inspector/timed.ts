import type { Timed } from './activity.ts';

/**
 * The times of a group of counters: it goes on with the start time of its predecessor, unless it has none or its
 * counters began again.
 */
export function continueFrom(
  previous: Timed | undefined,
  current: { readonly time: number; readonly fresh: boolean },
  restarted: boolean,
): Timed {
  const startTime = previous === undefined || restarted ? current.time : Math.min(previous.startTime, current.time);
  return { time: current.time, startTime, fresh: current.fresh };
}
