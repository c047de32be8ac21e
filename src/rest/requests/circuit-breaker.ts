import type { Clock } from '../../base/clock/clock.ts';
import { ConsoleError } from '../../base/errors/errors.ts';
import { unlessAborted } from './time-limit.ts';

const FAILURES_UNTIL_PAUSE = 5;
const INITIAL_PAUSE_MS = 10_000;
/** PCM keeps half an hour: a minute lost after a restart of the console costs nothing. */
const MAX_PAUSE_MS = 60_000;

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
   * Runs `work`; `checkResponse` judges the response of the console. A failure that is no evidence against the console counts
   * only while it is being probed.
   * @throws {ConsoleError} with the code of the last failure while it is open; see {@link isRequestsPaused}
   */
  async run<Outcome>(
    work: () => Promise<Outcome>,
    checkResponse: (response: Outcome) => ConsoleFailure | undefined,
    { isEvidence = true, signal }: { readonly isEvidence?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Outcome> {
    const endProbe = await this.#admit(signal);
    const isProbe = endProbe !== undefined;
    const fail = (failure: ConsoleFailure) => {
      if (isEvidence || isProbe) this.#fail(failure, isProbe);
    };
    try {
      const response = await work();
      const failure = checkResponse(response);
      if (failure) fail(failure);
      else this.#succeed(isProbe);
      return response;
    } catch (error) {
      // An interrupted request proves nothing about the console.
      if (error instanceof ConsoleError) fail({ error });
      throw error;
    } finally {
      endProbe?.();
    }
  }

  /** Opens it for a reason that no single response shows. */
  trip(error: ConsoleError): void {
    if (this.#openUntil === undefined) this.#open({ error, pause: MAX_PAUSE_MS });
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

  /** Requests already running when it opened neither close it nor prolong the pause. */
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
    const own = Math.min(INITIAL_PAUSE_MS * 2 ** this.#pauses, MAX_PAUSE_MS) * (0.75 + Math.random() / 2);
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

/** Whether a request was not sent because the console gets no requests. */
export function isRequestsPaused(error: unknown): boolean {
  return error instanceof ConsoleError && error.context.retryInSeconds !== undefined;
}

/** Why a console counts as failing. */
export interface ConsoleFailure {
  readonly error: ConsoleError;
  /** Milliseconds of its `Retry-After`. */
  readonly pause?: number | undefined;
}
