import type { HistogramSnapshot } from './statistics.ts';

/** The bounds that OpenTelemetry advises for durations of HTTP requests, in seconds, and two for slow consoles. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** Counts durations in buckets. */
export class DurationHistogram {
  readonly #counts = new Array<number>(DURATION_BOUNDS.length + 1).fill(0);
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  record(seconds: number): void {
    const bucket = DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
    const index = bucket < 0 ? DURATION_BOUNDS.length : bucket;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += seconds;
    this.#count += 1;
    this.#min = Math.min(this.#min, seconds);
    this.#max = Math.max(this.#max, seconds);
  }

  snapshot(): HistogramSnapshot {
    return {
      bounds: DURATION_BOUNDS,
      counts: [...this.#counts],
      sum: this.#sum,
      count: this.#count,
      min: this.#count === 0 ? 0 : this.#min,
      max: this.#max,
    };
  }
}
