import { type Clock, systemClock } from './clock.ts';

/**
 * A clock that runs faster than the world, for tests of long times: at `epoch` it shows the true time, and from there
 * it goes `rate` times as fast. Processes with the same epoch and rate share one time.
 * @param epoch milliseconds since 1970
 */
export function acceleratedClock(rate: number, epoch: number): Clock {
  return {
    rate,
    now: () => epoch + (performance.timeOrigin + performance.now() - epoch) * rate,
    monotonic: () => performance.now() * rate,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / rate, signal),
  };
}
