/** When a batch that an exporter did not take is tried again; the collector's `retry_on_failure`. */
export interface RetryPolicy {
  readonly enabled: boolean;
  /** Milliseconds, as all of them. */
  readonly initialInterval: number;
  /** How far a pause may be from its middle, by chance, so that many collectors do not come back at once. */
  readonly randomizationFactor: number;
  readonly multiplier: number;
  readonly maxInterval: number;
  /** After so long a batch is given up; 0: never. */
  readonly maxElapsedTime: number;
}

/**
 * @param failures in a row, at least one
 * @param elapsed milliseconds since the first try
 * @param retryAfter milliseconds of the destination's Retry-After
 * @param random between 0 and 1
 * @returns milliseconds until the next try; undefined when the batch is to be abandoned
 */
export function pauseBeforeRetry(
  policy: RetryPolicy,
  { failures, elapsed, retryAfter = 0 }: { failures: number; elapsed: number; retryAfter?: number | undefined },
  random: number,
): number | undefined {
  if (!policy.enabled) return undefined;
  const middle = Math.min(policy.initialInterval * policy.multiplier ** (failures - 1), policy.maxInterval);
  const pause = Math.max(middle * (1 + policy.randomizationFactor * (random * 2 - 1)), retryAfter);
  if (policy.maxElapsedTime > 0 && elapsed + pause > policy.maxElapsedTime) return undefined;
  return pause;
}

/** Most by which {@link slowly} stretches the longest pause. */
const SLOWEST = 4;

/**
 * The policy for what lasts until someone corrects something: it starts with the maximum pause and grows to four times
 * that, so that a correction is noticed within minutes without constant retries.
 */
export function slowly(policy: RetryPolicy): RetryPolicy {
  return { ...policy, initialInterval: policy.maxInterval, multiplier: 2, maxInterval: policy.maxInterval * SLOWEST };
}
