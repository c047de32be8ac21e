import type { HypervisorSample } from '../../pcm/model.ts';
import { difference } from './counters.ts';

/** The time between two hypervisor samples, which all rates of the hypervisor's counters divide by. */
export interface Elapsed {
  /** Timebase cycles of one processor: T in docs/numbers.md. */
  readonly cycles: number;
  readonly seconds: number;
}

/** Between two samples that are compared: two polls at least, and no longer than PCM keeps samples, with room. */
const MIN_ELAPSED_S = 1;
const MAX_ELAPSED_S = 3_600;

/**
 * How much time passed between two samples, by the hypervisor's own timebase: it counts on when the console's clock is
 * set. Where it does not help (missing, fallen with a restart of the frame, or out of all proportion) the time stamps
 * do.
 * @returns `undefined` when no time passed, so that nothing can be divided by it
 */
export function elapsedBetween(current: DocumentStamp, previous: DocumentStamp | undefined): Elapsed | undefined {
  if (!previous) return undefined;
  const frequency = current.cyclesPerSecond ?? previous.cyclesPerSecond;
  if (frequency === undefined) return undefined;
  const cycles = difference(current.timebaseCycles, previous.timebaseCycles);
  const seconds = (current.time - previous.time) / 1000;
  if (cycles !== undefined && cycles > 0 && isProportionate(cycles / frequency, seconds)) {
    return { cycles, seconds: cycles / frequency };
  }
  if (cycles === 0) return undefined;
  return seconds > 0 ? { cycles: seconds * frequency, seconds } : undefined;
}

/** After a long outage both are long. */
function isProportionate(byTimebase: number, byTimestamps: number): boolean {
  return (byTimebase >= MIN_ELAPSED_S && byTimebase <= MAX_ELAPSED_S) || Math.abs(byTimebase / byTimestamps - 1) < 0.1;
}

/** When a document was written: what the time between two is reckoned from. */
export type DocumentStamp = Pick<HypervisorSample, 'time' | 'timebaseCycles' | 'cyclesPerSecond'>;
