import type { Clock } from '../../base/clock/clock.ts';
import type { PcmFeedEntry } from '../../rest/model.ts';
import { latestPurged } from '../cursors/outages.ts';
import type { SampleTimes } from '../documents/read-outcomes.ts';

/** HTTP dates have whole seconds, and a response takes its time. An instant is listed some seconds after it was. */
const TOLERANCE_MS = 20_000;
/** A console that collects has listed an instant within so long. */
const REACH = 90_000;

/** Whether the newest instant lies in the future of the console that listed it. Old ones write local time as UTC. */
export function isInFuture(instant: number | undefined, consoleNow: number): instant is number {
  return instant !== undefined && instant > consoleNow + TOLERANCE_MS;
}

/**
 * Whether the clock of a console was set back, or had jumped ahead for a moment: it continues to list instants of its
 * present, and the newest that was read lies in its future. Without noticing, nothing would be new until the clock had
 * caught up.
 * @param newestInstant feed time of the newest instant that was read
 * @param consoleNow the console's clock
 */
export function clockWasSetBack(
  newestInstant: number | undefined,
  consoleNow: number,
  entries: readonly PcmFeedEntry[],
): boolean {
  if (!isInFuture(newestInstant, consoleNow)) return false;
  return entries.some(({ category, listedAt }) => category === 'phyp' && Math.abs(consoleNow - listedAt) < REACH);
}

/**
 * Whether a console that was not read before lists instants of its present and others in its future: its clock was set
 * back within the last half hour. One that lists nothing but the future writes other times than its clock has.
 */
export function listsAnotherClock(entries: readonly PcmFeedEntry[], consoleNow: number): boolean {
  const instants = entries.filter(({ category }) => category === 'phyp');
  return (
    instants.some(({ listedAt }) => isInFuture(listedAt, consoleNow)) &&
    instants.some(({ listedAt }) => Math.abs(consoleNow - listedAt) < REACH)
  );
}

/**
 * Consoles have given times from the future (docs/reference/console-api.md#time-stamps); so far ahead they are no error
 * of a clock.
 */
const MAX_CLOCK_JUMP_MS = 15 * 60_000;

/** What times samples of a console can have, whose clock is `clockSkew` milliseconds ahead of ours. */
export function sampleTimes(clock: Pick<Clock, 'now'>, clockSkew: () => number | undefined): SampleTimes {
  return {
    latest: () => {
      const skew = clockSkew();
      return skew === undefined ? Number.POSITIVE_INFINITY : clock.now() + skew + MAX_CLOCK_JUMP_MS;
    },
    latestPurged: () => latestPurged(clock.now() + (clockSkew() ?? 0)),
  };
}
