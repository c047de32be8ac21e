import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import type { GapCause } from '../statistics/statistics.ts';

/** How long PCM keeps raw samples (docs/reference/console-api.md#metric-feeds). */
const RETENTION = 30 * 60_000;
/** The last samples of the retention are gone a little earlier or later than it says. */
const TOLERANCE_MS = 90_000;

interface Outage {
  readonly cause: GapCause;
  readonly from: number;
  to: number;
}

/** Samples that a reader lacks permanently: of so many instants in a row. */
export interface LostSamples {
  /** Of the first one, by our clock. */
  readonly first: number;
  readonly count: number;
  /** Milliseconds from one to the next. */
  readonly interval: number;
  /** Since when the reader had no room, by our clock. */
  readonly returnedSince: number | undefined;
}

/**
 * Remembers when a system could not be read and why, to say afterwards why a sample was lost: what was the matter at
 * the moment when PCM threw it away. All times are those of our clock.
 */
export class Outages {
  readonly #startedAt: number;
  readonly #outages: Outage[] = [];

  /** @param startedAt when reading began */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  note(now: number, code: ErrorCode | undefined): void {
    const cause = causeOf(code);
    const last = this.#outages.at(-1);
    if (last?.to === Number.POSITIVE_INFINITY) {
      if (last.cause === cause) return;
      last.to = now;
    }
    this.#outages.push({ cause, from: now, to: Number.POSITIVE_INFINITY });
    while (this.#outages[0] && this.#outages[0].to < now - 2 * RETENTION) this.#outages.shift();
  }

  end(now: number): void {
    const last = this.#outages.at(-1);
    if (last?.to === Number.POSITIVE_INFINITY) last.to = now;
  }

  /**
   * How many were lost for which cause. A cause holds from one moment to another, so that nothing is done for each of
   * them: there may be any number.
   */
  causesOf({ first, count, interval, returnedSince }: LostSamples, now: number): ReadonlyMap<GapCause, number> {
    const moments = [
      now + TOLERANCE_MS - RETENTION,
      this.#startedAt - RETENTION,
      ...(returnedSince === undefined ? [] : [returnedSince - RETENTION]),
      ...this.#outages.flatMap(({ from, to }) => [from - TOLERANCE_MS, to + TOLERANCE_MS]),
    ].flatMap((moment) => [moment, moment - RETENTION]);
    // Indices of the first sample at or after each moment, and of the first after it.
    const borders = moments
      .filter(Number.isFinite)
      .flatMap((moment) => [Math.ceil((moment - first) / interval), Math.floor((moment - first) / interval) + 1])
      .filter((index) => index > 0 && index < count);
    const starts = [...new Set([0, ...borders])].sort((left, right) => left - right);
    const causes = new Map<GapCause, number>();
    for (const [position, start] of starts.entries()) {
      const cause = this.#causeOf(first + start * interval, returnedSince, now);
      causes.set(cause, (causes.get(cause) ?? 0) + (starts[position + 1] ?? count) - start);
    }
    return causes;
  }

  #causeOf(time: number, returnedSince: number | undefined, now: number): GapCause {
    const purgedAt = time + RETENTION;
    // PCM would have it still: it was never taken, or cannot be read.
    if (purgedAt > now + TOLERANCE_MS) return this.#at(time) ?? 'pcm_error';
    if (purgedAt < this.#startedAt) return 'collector_down';
    if (returnedSince !== undefined && returnedSince <= purgedAt) return 'exporter_down';
    return this.#at(purgedAt) ?? 'purged';
  }

  #at(time: number): GapCause | undefined {
    return this.#outages.find(({ from, to }) => from - TOLERANCE_MS <= time && time <= to + TOLERANCE_MS)?.cause;
  }
}

/** Whether PCM has thrown a sample away by now. Times of our clock. */
export function hasPurged(time: number, now: number): boolean {
  return time <= latestPurged(now);
}

/** Of what time the newest sample is that PCM may have thrown away by now. */
export function latestPurged(now: number): number {
  return now + TOLERANCE_MS - RETENTION;
}

function causeOf(code: ErrorCode | undefined): GapCause {
  if (code === 'POWERVM_PCM_DISABLED') return 'pcm_disabled';
  if (code === undefined || code === 'POWERVM_PCM_NO_SAMPLE' || code === 'POWERVM_DOCUMENT_INVALID') return 'pcm_error';
  return 'console_down';
}
