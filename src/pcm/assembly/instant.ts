import { SAMPLE_INTERVAL } from '../model.ts';

/** When an instant was, by the clock of the console and by the system's own. */
export interface InstantStamp {
  /** Inner time of the hypervisor document, milliseconds since 1970. */
  readonly time: number;
  /** Seconds since the system was started, by its timebase; `undefined` where the document does not say it. */
  readonly uptime: number | undefined;
}

/** The fields of a hypervisor document that identify its instant. */
interface TimedDocument {
  readonly time: number;
  readonly timebaseCycles: number | bigint | undefined;
  readonly cyclesPerSecond: number | undefined;
}

/** Longer than PCM keeps samples: what it lists at one time is not farther apart. */
const MAX_LISTING_DELAY_MS = 45 * 60_000;
/** A clock that was set by less is as good as one that was not. */
const CLOCK_TOLERANCE = 20_000;

export function stampOf({ time, timebaseCycles, cyclesPerSecond }: TimedDocument): InstantStamp {
  const isKnown = timebaseCycles !== undefined && cyclesPerSecond !== undefined;
  return { time, uptime: isKnown ? Number(timebaseCycles) / cyclesPerSecond : undefined };
}

/**
 * Milliseconds from one instant to another; negative when `to` is the older one. The timebase decides, which continues
 * when a console's clock is set and is the same for two consoles of one system that stamp an instant some seconds
 * apart. After a restart of the system only the stamps are left, and of those only what the new timebase does not
 * contradict: the clock may have been set in the same maintenance.
 */
export function elapsedBetweenInstants(from: InstantStamp, to: InstantStamp): number {
  const byTimestamps = to.time - from.time;
  if (from.uptime === undefined || to.uptime === undefined) return byTimestamps;
  if (!hasRestartedBetween(from, to)) return Math.round((to.uptime - from.uptime) * 1000);
  return byTimestamps > 0 ? byTimestamps : Math.max(SAMPLE_INTERVAL, Math.round(to.uptime * 1000));
}

/**
 * Whether the system was started between two instants. A timebase never goes back: a smaller one is that of an older
 * instant, or of a system that was started since. It was started when its timebase is younger than the time between the
 * instants, or when the timebases are days apart while the stamps are not.
 */
export function hasRestartedBetween(from: InstantStamp, to: InstantStamp): boolean {
  if (from.uptime === undefined || to.uptime === undefined || to.uptime >= from.uptime) return false;
  const byTimestamps = to.time - from.time;
  if (to.uptime * 1000 < byTimestamps + SAMPLE_INTERVAL) return true;
  const back = (from.uptime - to.uptime) * 1000;
  return back > MAX_LISTING_DELAY_MS && Math.abs(byTimestamps + back) > MAX_LISTING_DELAY_MS;
}

/** Whether `to` is another and later instant: two of one system are half a minute apart. */
export function isLaterInstant(from: InstantStamp, to: InstantStamp): boolean {
  return elapsedBetweenInstants(from, to) >= SAMPLE_INTERVAL / 2;
}

/**
 * Milliseconds by which the console's clock was set back between two instants, as a negative number; 0 when it was not,
 * or when it is unknown.
 */
export function clockSetBackBetween(from: InstantStamp, to: InstantStamp): number {
  if (from.uptime === undefined || to.uptime === undefined) return 0;
  const step = to.time - from.time - elapsedBetweenInstants(from, to);
  return step < -CLOCK_TOLERANCE ? step : 0;
}
