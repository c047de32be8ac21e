import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import type { PowerVmSimulator, PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { startSimulator } from './console.ts';

export interface SimulatedTime {
  readonly clock: ManualClock;
  readonly simulator: PowerVmSimulator;
  /** Lets time pass for everybody; after every step waits until no request is in progress. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** Waits until no request is in progress. */
  readonly settle: () => Promise<void>;
}

/**
 * A console and its clients that live by one clock, which stands still until a test moves it. Sockets are real.
 * @param consoleTime what the console's clock shows then
 */
export async function simulatedTime(
  options: PowerVmSimulatorOptions = {},
  start = Date.parse('2026-03-04T12:00:10Z'),
  consoleTime: (now: number) => number = (now) => now,
): Promise<SimulatedTime> {
  const clock = new ManualClock(start);
  let received = 0;
  const simulator = await startSimulator({
    ...options,
    now: () => consoleTime(clock.now()),
    intercept: (request) => {
      received += 1;
      return options.intercept?.(request);
    },
  });
  let answered = 0;
  let last = simulator.requests.at(-1);
  const countAnswered = () => {
    // The list is bounded, so that its length alone would not do.
    const index = last ? simulator.requests.lastIndexOf(last) : -1;
    answered += simulator.requests.length - 1 - index;
    last = simulator.requests.at(-1);
    return answered;
  };
  const settle = async () => {
    for (let quiet = 0, before = -1; quiet < 3; ) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const now = countAnswered();
      quiet = now === before && now === received ? quiet + 1 : 0;
      before = now;
    }
  };
  return { clock, simulator, settle, pass: (milliseconds) => clock.advance(milliseconds, settle) };
}
