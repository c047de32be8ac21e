import type { ErrorCode } from '../base/error-catalog.ts';
import type { GapCause } from './statistics.ts';

/** How long PCM keeps raw samples (powervm-rest-api.md 4.1). */
const RETENTION = 30 * 60_000;
/** The last samples of the retention are gone a little earlier or later than it says. */
const TOLERANCE = 90_000;

interface Outage {
  readonly cause: GapCause;
  readonly from: number;
  to: number;
}

/** Samples that a reader lacks for good. */
export interface LostSamples {
  /** By our clock. */
  readonly times: readonly number[];
  /** Since when the reader had no room, by our clock. */
  readonly refusedSince: number | undefined;
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

  /** How many were lost for which cause. */
  causesOf({ times, refusedSince }: LostSamples, now: number): ReadonlyMap<GapCause, number> {
    const causes = new Map<GapCause, number>();
    for (const time of times) {
      const cause = this.#causeOf(time, refusedSince, now);
      causes.set(cause, (causes.get(cause) ?? 0) + 1);
    }
    return causes;
  }

  #causeOf(time: number, refusedSince: number | undefined, now: number): GapCause {
    const purgedAt = time + RETENTION;
    // PCM would have it still: it was never taken, or cannot be read.
    if (purgedAt > now + TOLERANCE) return this.#at(time) ?? 'pcm_error';
    if (purgedAt < this.#startedAt) return 'collector_down';
    if (refusedSince !== undefined && refusedSince <= purgedAt) return 'exporter_down';
    return this.#at(purgedAt) ?? 'purged';
  }

  #at(time: number): GapCause | undefined {
    return this.#outages.find(({ from, to }) => from - TOLERANCE <= time && time <= to + TOLERANCE)?.cause;
  }
}

function causeOf(code: ErrorCode | undefined): GapCause {
  if (code === 'POWERVM_PCM_DISABLED') return 'pcm_disabled';
  if (code === undefined || code === 'POWERVM_PCM_NO_SAMPLE' || code === 'POWERVM_DOCUMENT_INVALID') return 'pcm_error';
  return 'console_down';
}
