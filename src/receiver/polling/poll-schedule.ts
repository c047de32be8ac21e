/** PCM takes samples every 30 s. */
const SAMPLE_INTERVAL = 30_000;

export interface PollScheduleOptions {
  /** Milliseconds between polls. */
  readonly interval: number;
  /** Milliseconds after the moment of a sample, until which a console has usually written it. */
  readonly lag: number;
  /** Up to so many milliseconds more, so that the systems of a console do not come all at once. */
  readonly jitter: number;
}

/**
 * When to poll next: shortly after the next sample of the system's own grid, which need not be at full half minutes
 * (:26 and :56 happens). Before the first sample is known the grid of the clock is assumed.
 * @param now milliseconds since 1970 by our clock
 * @param newestSample feed time of the newest sample, by the console's clock
 * @param clockSkew milliseconds that the console's clock is ahead of ours
 * @param random between 0 and 1
 * @returns milliseconds to wait, greater than 0
 */
export function nextPollDelay(
  { interval, lag, jitter }: PollScheduleOptions,
  now: number,
  newestSample: number | undefined,
  clockSkew: number,
  random: number,
): number {
  const phase = newestSample === undefined ? 0 : modulo(newestSample - clockSkew, SAMPLE_INTERVAL);
  const offset = modulo(now - phase - lag, interval);
  return interval - offset + jitter * random;
}

/** How long to wait after so many failures in a row: longer each time, at most a minute, since PCM keeps but thirty. */
export function backOffDelay(failures: number, interval: number, random: number): number {
  const longest = Math.max(interval, 60_000);
  return Math.min(interval * 2 ** Math.min(failures - 1, 10), longest) * (0.9 + random * 0.2);
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
