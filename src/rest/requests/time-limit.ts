import { type Clock, systemClock } from '../../base/clock/clock.ts';

/**
 * An accelerated clock never gives less real time than this: what takes milliseconds of work must not look as if the
 * console had not answered.
 */
const MIN_REAL_TIME = 500;
/** A limit is measured in so many parts, see {@link timePasses}. */
const PARTS = 8;

/** A limit by a clock that may be accelerated, so long that it is no shorter than it must be in real time. */
export function leastTime(limit: number, clock: Clock): number {
  return Math.max(limit, MIN_REAL_TIME * (clock.rate ?? 1));
}

/** Work took longer than it may. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

/**
 * Gives work only so long, by the injected clock; its signal aborts when the time is over.
 * @throws {TimeLimitExceeded}
 */
export async function withTimeLimit<Result>(
  limit: number,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const ended = new AbortController();
  const interrupted = new AbortController();
  const onAbort = () => interrupted.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const time = leastTime(limit, clock);
  timePasses(time, clock, ended.signal).then(
    () => interrupted.abort(new TimeLimitExceeded(`no answer within ${Math.round(time / 1000)} s`)),
    () => undefined,
  );
  try {
    return await work(interrupted.signal);
  } finally {
    ended.abort();
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * The time passes part by part: as long as this process stands still, by work of its own or since others have the
 * processor, no response can be heard, and however long that is it counts as one part. A clock whose sleepers wake at
 * once, as tests have it, lets no time pass: then the machine's own counts.
 */
async function timePasses(time: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let part = 0; part < PARTS; part += 1) {
    const started = clock.monotonic();
    await clock.sleep(time / PARTS, signal);
    const missing = time / PARTS - (clock.monotonic() - started);
    if (missing > 1) await systemClock.sleep(missing, signal);
    // What has arrived meanwhile is heard before the time is over.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * How long a response of one kind is waited for. It starts short, so that one answer that never comes does not keep the
 * others waiting; where nothing comes in time the console is slow as a whole, and gets longer.
 */
export class AdaptiveLimit {
  readonly #shortest: number;
  readonly #longest: number;
  #current: number;

  /** Milliseconds. */
  constructor(shortest: number, longest: number) {
    this.#shortest = Math.min(shortest, longest);
    this.#longest = longest;
    this.#current = this.#shortest;
  }

  get current(): number {
    return this.#current;
  }

  /** A response came after so many milliseconds. */
  recordResponse(milliseconds: number): void {
    this.#current = Math.min(Math.max(this.#shortest, milliseconds * 3), this.#longest);
  }

  /** None came in time. */
  recordTimeout(): void {
    this.#current = Math.min(this.#current * 2, this.#longest);
  }
}

/** Waits for `promise` until the signal aborts; the work behind it continues. */
export function unlessAborted<Result>(promise: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
