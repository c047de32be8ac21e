import type { Counter } from '../../pcm/model.ts';
import { exact } from '../counters/counters.ts';

/** Cycles of the timebase, and its frequency: what a number of seconds is too short to hold. */
export interface ProcessorTime {
  readonly cycles: Counter;
  readonly cyclesPerSecond: number;
}

const NANOSECONDS = 1_000_000_000n;
/** A double has no more digits than this behind the binary point of a number from 1 on. */
const FRACTION_BITS = 52;

/**
 * Nanoseconds = cycles × 10^9 ÷ frequency of the timebase, whole, rounded down
 * (docs/reference/command-line.md#inspect); of several counters together, rounded once. Exact for every counter, whole
 * or not.
 */
export function processorNanoseconds(times: readonly ProcessorTime[]): Counter | undefined {
  const [first] = times;
  if (!first || times.some(({ cyclesPerSecond }) => cyclesPerSecond !== first.cyclesPerSecond)) return undefined;
  const cycles = times.reduce((sum, time) => sum + scaled(time.cycles), 0n);
  const frequency = scaled(first.cyclesPerSecond);
  return frequency > 0n ? exact((cycles * NANOSECONDS) / frequency) : undefined;
}

/** As a multiple of 2^-52. */
function scaled(value: Counter): bigint {
  if (typeof value === 'bigint') return value << BigInt(FRACTION_BITS);
  const whole = Math.trunc(value);
  return (BigInt(whole) << BigInt(FRACTION_BITS)) + BigInt(Math.trunc((value - whole) * 2 ** FRACTION_BITS));
}
