import { SAMPLE_INTERVAL } from './pairing.ts';

/** When an instant was, by the clock of the console and by the system's own. */
export interface InstantStamp {
  /** Inner time of the hypervisor document, milliseconds since 1970. */
  readonly time: number;
  /** Seconds since the system was started, by its timebase; `undefined` where the document does not say it. */
  readonly uptime: number | undefined;
}

/** What of a hypervisor document tells its instant. */
interface TimedDocument {
  readonly time: number;
  readonly timebaseCycles: number | bigint | undefined;
  readonly cyclesPerSecond: number | undefined;
}

export function stampOf({ time, timebaseCycles, cyclesPerSecond }: TimedDocument): InstantStamp {
  const isKnown = timebaseCycles !== undefined && cyclesPerSecond !== undefined;
  return { time, uptime: isKnown ? Number(timebaseCycles) / cyclesPerSecond : undefined };
}

/**
 * Milliseconds from one instant to another; negative when `to` is the older one. The timebase decides, which goes on
 * when a console's clock is set and is the same for two consoles of one system that stamp an instant some seconds
 * apart. After a restart of the system only the stamps are left.
 */
export function elapsedBetweenInstants(from: InstantStamp, to: InstantStamp): number {
  if (from.uptime === undefined || to.uptime === undefined || hasRestartedBetween(from, to)) return to.time - from.time;
  return Math.round((to.uptime - from.uptime) * 1000);
}

/** Whether the system was started between two instants: its timebase is younger than the way from one to the other. */
export function hasRestartedBetween(from: InstantStamp, to: InstantStamp): boolean {
  if (from.uptime === undefined || to.uptime === undefined || to.uptime >= from.uptime) return false;
  return to.uptime * 1000 < to.time - from.time + SAMPLE_INTERVAL;
}

/** Whether `to` is another and later instant: two of one system are half a minute apart. */
export function isLaterInstant(from: InstantStamp, to: InstantStamp): boolean {
  return elapsedBetweenInstants(from, to) >= SAMPLE_INTERVAL / 2;
}
