import type { Clock } from './clock.ts';

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/**
 * A clock that advances only by a call: {@link ManualClock.advance} wakes every sleeper in the order
 * of its time and lets the woken code run (including its loopback I/O) before it advances further.
 */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #sleepers: Sleeper[] = [];

  /** @param start milliseconds since 1970 that {@link now} answers first */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wakeAt: this.#monotonic + Math.max(0, milliseconds),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** How many callers are asleep; a test waits for its program to fall asleep before it moves the time. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** Sets the wall clock without any time passing, as an administrator or a wrong NTP server does. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /**
   * Lets `milliseconds` pass.
   * @param settle awaited after every wake-up; the default gives the event loop a few turns, which is enough for
   *   pure code. Tests with real sockets pass their own, for example "until the receiver is idle".
   */
  async advance(milliseconds: number, settle: () => Promise<void> = turnEventLoop): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    for (let next = this.#nextSleeper(end); next; next = this.#nextSleeper(end)) {
      this.#pass(Math.max(0, next.wakeAt - this.#monotonic));
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await settle();
    }
    this.#pass(end - this.#monotonic);
    await settle();
  }

  #nextSleeper(end: number): Sleeper | undefined {
    return this.#sleepers
      .filter((sleeper) => sleeper.wakeAt <= end)
      .reduce<Sleeper | undefined>(
        (first, other) => (first && first.wakeAt <= other.wakeAt ? first : other),
        undefined,
      );
  }

  #pass(milliseconds: number): void {
    this.#now += milliseconds;
    this.#monotonic += milliseconds;
  }
}

async function turnEventLoop(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
