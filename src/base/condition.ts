import type { Clock } from './clock/clock.ts';
import type { ErrorCode } from './errors/error-catalog.ts';
import { describeError, PowerVmError } from './errors/errors.ts';

/**
 * `working`: it did what it was asked for last. `failing`: it did not, and is asked again. `refused`: it is not asked again
 * until the configuration changes.
 */
export type ConditionState = 'working' | 'failing' | 'refused';

/** How something works that we depend on: a console, a managed system, a destination, a cloud. Plain data. */
export interface Condition {
  readonly state: ConditionState;
  /** For how many seconds it has been so. */
  readonly seconds: number;
  readonly code: ErrorCode | undefined;
  /** Why it does not work, in words; undefined while it works. */
  readonly reason: string | undefined;
  /** What to do about it. */
  readonly remedy: string | undefined;
}

/** Remembers since when something works, or does not, and why. */
export class ConditionTracker {
  readonly #clock: Clock;
  #state: ConditionState | undefined;
  #since = 0;
  #error: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param error the newest reason; of one that continues failing the beginning stays */
  note(state: ConditionState, error?: unknown): void {
    if (this.#state !== state) {
      this.#state = state;
      this.#since = this.#clock.monotonic();
    }
    this.#error = state === 'working' ? undefined : error;
  }

  /** Undefined before anything is known. */
  snapshot(): Condition | undefined {
    if (this.#state === undefined) return undefined;
    const known = this.#error instanceof PowerVmError ? this.#error : undefined;
    return {
      state: this.#state,
      seconds: (this.#clock.monotonic() - this.#since) / 1000,
      code: known?.code,
      reason: this.#error === undefined ? undefined : describeError(this.#error),
      remedy: known?.remedy,
    };
  }
}
