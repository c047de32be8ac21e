/**
 * Time as the product sees it. Everything that waits or asks for the time takes a {@link Clock},
 * so that tests can let hours pass in milliseconds. I/O time-outs are not part of it: sockets live in real time.
 */
export interface Clock {
  /** Milliseconds since 1970, UTC; may jump when an administrator sets the clock. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. Use it for ages and intervals. */
  monotonic(): number;
  /**
   * Resolves after `milliseconds`. Rejects with the signal's reason when `signal` aborts first.
   * A sleeping collector keeps its process alive.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** How many times faster than the world it goes; 1 where it does not say. */
  readonly rate?: number;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};
