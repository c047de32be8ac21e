import type { PointAttributes } from '../attributes/attribute-cache.ts';

interface Origin {
  /** Taken off every value. */
  base: number;
  last: number;
}

/**
 * Lets counters begin at zero when they are seen first. The SDK takes the first value of an observable counter for what has
 * happened since it began to look; a counter of the hypervisor has counted since the frame was switched on.
 */
export class CounterOrigins {
  readonly #origins = new Map<string, Origin>();

  /** What the counter has counted since it was seen first, or since the hypervisor set it back after that. */
  sinceFirstSeen(metric: string, attributes: PointAttributes, value: number): number {
    const key = `${metric}\0${JSON.stringify(attributes)}`;
    const origin = this.#origins.get(key);
    if (!origin) {
      this.#origins.set(key, { base: value, last: value });
      return 0;
    }
    if (value < origin.last) origin.base = 0;
    origin.last = value;
    return value - origin.base;
  }
}
