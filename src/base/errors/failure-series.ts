import type { Clock } from '../clock/clock.ts';

/** Beside a failure that is reported again, and beside its end. */
export interface FailureCount {
  readonly failures: number;
  /** ISO time of the first. */
  readonly since: string;
}

const FIRST_REMINDER = 10 * 60_000;
const REMINDERS = 3_600_000;

/**
 * Failures of one thing, one after the other until it works again: which of them are reported to an operator, so that a log
 * neither fills with them nor falls silent while they continue. The first, the first of every other kind, and one now
 * and then.
 */
export class FailureSeries {
  readonly #clock: Clock;
  readonly #kinds = new Set<string>();
  #failures = 0;
  #since = 0;
  /** Monotonic. */
  #remindAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /**
   * @param kind another kind is reported at once
   * @returns what to report with it; undefined when it is not to be reported
   */
  failed(kind = ''): Partial<FailureCount> | undefined {
    const now = this.#clock.monotonic();
    this.#failures += 1;
    if (this.#failures === 1) {
      this.#since = this.#clock.now();
      this.#remindAt = now + FIRST_REMINDER;
      this.#kinds.add(kind);
      return {};
    }
    const isNew = !this.#kinds.has(kind);
    this.#kinds.add(kind);
    if (!isNew && now < this.#remindAt) return undefined;
    if (now >= this.#remindAt) this.#remindAt = now + REMINDERS;
    return this.#count();
  }

  /** It works again. @returns what there was; undefined when nothing was */
  ended(): FailureCount | undefined {
    const count = this.isFailing ? this.#count() : undefined;
    this.#failures = 0;
    this.#kinds.clear();
    return count;
  }

  #count(): FailureCount {
    return { failures: this.#failures, since: new Date(this.#since).toISOString() };
  }
}
