import type { Clock } from '../../base/clock/clock.ts';

const MINUTE = 60_000;

/** Lets so many requests go in any minute; those beyond wait. */
export class RequestBudget {
  readonly limit: number;
  readonly #clock: Clock;
  /** When the last `limit` requests went, by the monotonic clock; the oldest is at `#next`. */
  readonly #times: Float64Array;
  #next = 0;
  #delayed = 0;
  #delay = 0;

  constructor(limit: number, clock: Clock) {
    this.limit = limit;
    this.#clock = clock;
    this.#times = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  }

  /** Requests of the last minute. */
  get used(): number {
    const since = this.#clock.monotonic() - MINUTE;
    return this.#times.reduce((count, time) => (time > since ? count + 1 : count), 0);
  }

  /** Requests that had to wait. */
  get delayed(): number {
    return this.#delayed;
  }

  /** Milliseconds that they waited, all together. */
  get delay(): number {
    return this.#delay;
  }

  /** Counts a request that cannot wait. */
  spend(): void {
    this.#times[this.#next] = this.#clock.monotonic();
    this.#next = (this.#next + 1) % this.limit;
  }

  /** Counts a request when there is room for it. */
  async admit(signal?: AbortSignal): Promise<void> {
    if (this.#wait() > 0) await this.#waitForCapacity(signal);
    this.spend();
  }

  async #waitForCapacity(signal?: AbortSignal): Promise<void> {
    const asked = this.#clock.monotonic();
    this.#delayed += 1;
    // Another caller may take the room that was waited for.
    for (let wait = this.#wait(); wait > 0; wait = this.#wait()) await this.#clock.sleep(wait, signal);
    this.#delay += this.#clock.monotonic() - asked;
  }

  #wait(): number {
    return (this.#times[this.#next] ?? 0) + MINUTE - this.#clock.monotonic();
  }
}
