import type { Clock } from '../base/clock.ts';
import { ConsoleError } from '../base/errors.ts';
import { unlessAborted } from './unless-aborted.ts';

const FAILURES_UNTIL_PAUSE = 5;
const FIRST_PAUSE = 10_000;
/** PCM keeps half an hour: a minute lost after a restart of the console costs nothing. */
const LONGEST_PAUSE = 60_000;

export type CircuitState = 'closed' | 'open' | 'half_open';

/**
 * Leaves a console alone that fails again and again: overloaded and restarting consoles need fewer requests, not more.
 * After some failures in a row it is open and turns every request away; when the pause is over it is half open, lets
 * one request through and has the others wait for what becomes of that one; a good answer closes it.
 */
export class CircuitBreaker {
  readonly #console: string;
  readonly #clock: Clock;
  #failures = 0;
  /** Pauses in a row. */
  #pauses = 0;
  #openings = 0;
  /** By the monotonic clock; undefined while it is closed. */
  #openUntil: number | undefined;
  #lastFailure: ConsoleError | undefined;
  #probe: Promise<void> | undefined;

  constructor(console: string, clock: Clock) {
    this.#console = console;
    this.#clock = clock;
  }

  get state(): CircuitState {
    if (this.#openUntil === undefined) return 'closed';
    return this.#clock.monotonic() < this.#openUntil ? 'open' : 'half_open';
  }

  /** How often it opened. */
  get openings(): number {
    return this.#openings;
  }

  /** Milliseconds until it lets a request through again. */
  get remainingPause(): number {
    return Math.max(0, (this.#openUntil ?? 0) - this.#clock.monotonic());
  }

  /**
   * Runs `work`, which tells with `verdict` what is wrong with a console that answered. A failure that is no evidence
   * against the console counts only when the console is on trial already.
   * @throws {ConsoleError} with the code of the last failure while it is open; see {@link isLeftAlone}
   */
  async run<Answer>(
    work: () => Promise<Answer>,
    verdict: (answer: Answer) => ConsoleFailure | undefined,
    { isEvidence = true, signal }: { readonly isEvidence?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> {
    const endProbe = await this.#admit(signal);
    const isProbe = endProbe !== undefined;
    const fail = (failure: ConsoleFailure) => {
      if (isEvidence || isProbe) this.#fail(failure, isProbe);
    };
    try {
      const answer = await work();
      const failure = verdict(answer);
      if (failure) fail(failure);
      else this.#succeed(isProbe);
      return answer;
    } catch (error) {
      // An interrupted request tells nothing of the console.
      if (error instanceof ConsoleError) fail({ error });
      throw error;
    } finally {
      endProbe?.();
    }
  }

  /** Opens it for a reason that no single answer shows. */
  trip(error: ConsoleError): void {
    if (this.#openUntil === undefined) this.#open({ error, pause: LONGEST_PAUSE });
  }

  /** @returns what a probe calls when it has ended; undefined for every other request */
  async #admit(signal?: AbortSignal): Promise<(() => void) | undefined> {
    while (this.#openUntil !== undefined) {
      if (this.state === 'open') throw this.#refusal();
      if (!this.#probe) return this.#beginProbe();
      await unlessAborted(this.#probe, signal);
    }
    return undefined;
  }

  #beginProbe(): () => void {
    let end: () => void = () => undefined;
    this.#probe = new Promise((resolve) => {
      end = resolve;
    });
    return () => {
      this.#probe = undefined;
      end();
    };
  }

  /** What was still under way when it opened neither closes it nor prolongs the pause. */
  #succeed(isProbe: boolean): void {
    if (this.#openUntil !== undefined && !isProbe) return;
    this.#failures = 0;
    this.#pauses = 0;
    this.#openUntil = undefined;
    this.#lastFailure = undefined;
  }

  #fail(failure: ConsoleFailure, isProbe: boolean): void {
    if (this.#openUntil !== undefined && !isProbe) return;
    this.#failures += 1;
    const isEnough = this.#failures >= FAILURES_UNTIL_PAUSE || failure.pause !== undefined;
    if (isProbe || isEnough) this.#open(failure);
  }

  #open({ error, pause = 0 }: ConsoleFailure): void {
    // ±25 %, so that many collectors do not come back at the same moment.
    const own = Math.min(FIRST_PAUSE * 2 ** this.#pauses, LONGEST_PAUSE) * (0.75 + Math.random() / 2);
    this.#openUntil = this.#clock.monotonic() + Math.max(own, pause);
    this.#lastFailure = error;
    this.#pauses += 1;
    this.#openings += 1;
  }

  #refusal(): ConsoleError {
    const last = this.#lastFailure;
    const seconds = Math.ceil(this.remainingPause / 1000);
    return new ConsoleError(
      last?.code ?? 'POWERVM_CONSOLE_BUSY',
      `${this.#console}: left alone for ${seconds} s after it failed${last ? ` (${last.message})` : ''}`,
      { cause: last, context: { console: this.#console, retryInSeconds: seconds } },
    );
  }
}

/** Whether a request was not sent at all, since the console is left alone. */
export function isLeftAlone(error: unknown): boolean {
  return error instanceof ConsoleError && error.context.retryInSeconds !== undefined;
}

/** Why a console counts as failing. */
export interface ConsoleFailure {
  readonly error: ConsoleError;
  /** Milliseconds for which it asks to be left alone, with `Retry-After`. */
  readonly pause?: number | undefined;
}
