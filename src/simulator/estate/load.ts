/**
 * How busy a partition is over the day. Loads are chosen so that their integral over time is a closed formula: a
 * counter at any instant is then computed from nothing but the instant, and always the same.
 */
export interface LoadProfile {
  /** Processors in the dead of night and at the height of the day, within the entitlement. */
  readonly night: number;
  readonly day: number;
  /** Processors of a wave of some minutes on top, less than `night`. */
  readonly ripple: number;
  /** Seconds. */
  readonly ripplePeriod: number;
  /** Radians. */
  readonly ripplePhase: number;
  /** Processors beyond the entitlement at the height of the day (uncapped partitions only). */
  readonly burst: number;
  /** Processors beyond the entitlement from two to three o'clock at night (uncapped partitions only). */
  readonly batch: number;
  /** Processors beyond the entitlement at any time: a pool that is used up. */
  readonly surplus: number;
  /** Part of the processor time in which the guest has nothing to do. */
  readonly idleShare: number;
}

const DAY = 86_400;
const NIGHT_HOUR = 3 * 3_600;
const BATCH_START = 2 * 3_600;
const BATCH_END = 3 * 3_600;
const DAY_FREQUENCY = (2 * Math.PI) / DAY;

/** Processor seconds within the entitlement between two instants in seconds since 1970. */
export function steadyWork(load: LoadProfile, from: number, to: number): number {
  const waveFrequency = (2 * Math.PI) / load.ripplePeriod;
  const wave = (time: number) => -Math.cos(waveFrequency * time + load.ripplePhase) / waveFrequency;
  return (
    load.night * (to - from) + (load.day - load.night) * dayHours(from, to) + load.ripple * (wave(to) - wave(from))
  );
}

/** Processor seconds beyond the entitlement. */
export function burstWork(load: LoadProfile, from: number, to: number): number {
  return (
    load.burst * dayHours(from, to) + load.batch * (batchSeconds(to) - batchSeconds(from)) + load.surplus * (to - from)
  );
}

/** ∫ of a wave that is 0 in the dead of night and 1 twelve hours later. */
function dayHours(from: number, to: number): number {
  const antiderivative = (time: number) => -Math.sin(DAY_FREQUENCY * (time - NIGHT_HOUR)) / (2 * DAY_FREQUENCY);
  return (to - from) / 2 + antiderivative(to) - antiderivative(from);
}

/** Seconds of batch time since 1970. */
function batchSeconds(time: number): number {
  const ofToday = Math.min(Math.max((time % DAY) - BATCH_START, 0), BATCH_END - BATCH_START);
  return Math.floor(time / DAY) * (BATCH_END - BATCH_START) + ofToday;
}
