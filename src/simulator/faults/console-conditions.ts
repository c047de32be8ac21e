import type { Fault } from './fault-schema.ts';

export interface Reboot {
  /** Milliseconds since 1970: no connection from `from`, 503 from `up`, all well from `ready`. */
  readonly from: number;
  readonly up: number;
  readonly ready: number;
  readonly isSampling: boolean;
}

/** How a console as a whole fares, at any instant: a function of the scenario and the time. */
export class ConsoleConditions {
  readonly reboots: readonly Reboot[];
  readonly #faults: readonly Fault[];
  readonly #jumps: readonly Fault[];
  readonly #start: number;
  readonly #clockOffset: number;

  /**
   * @param start milliseconds since 1970, from which the faults' times count
   * @param clockOffset milliseconds that the console's clock is ahead without any fault
   */
  constructor(faults: readonly Fault[], start: number, clockOffset: number) {
    this.#faults = faults;
    this.#jumps = faults.filter(({ clock_jump }) => clock_jump !== undefined);
    this.#start = start;
    this.#clockOffset = clockOffset;
    this.reboots = faults.flatMap(({ reboot, at, lasts }) => {
      const up = start + at + (lasts ?? 0);
      return reboot
        ? [{ from: start + at, up, ready: up + reboot.warm_up, isSampling: reboot.samples === 'kept' }]
        : [];
    });
  }

  /** Whether nothing listens, or everything is answered with 503. */
  outageAt(now: number): 'down' | 'warming up' | undefined {
    const reboot = this.reboots.find(({ from, ready }) => now >= from && now < ready);
    if (!reboot) return undefined;
    return now < reboot.up ? 'down' : 'warming up';
  }

  /** Whether a sample of that instant was taken and kept. */
  hasSample(time: number): boolean {
    return !this.reboots.some(({ from, up, isSampling }) => !isSampling && time >= from && time < up);
  }

  /** What the clock of the console shows at an instant. */
  clockAt(time: number): number {
    return time + this.#offsetAt(time);
  }

  /** Every difference that its clock has had to the true time. */
  clockOffsets(): readonly number[] {
    const moments = this.#jumps.flatMap(({ at, lasts }) => [
      this.#start + at,
      ...(lasts === undefined ? [] : [this.#start + at + lasts]),
    ]);
    return [...new Set([Number.NEGATIVE_INFINITY, ...moments].map((moment) => this.#offsetAt(moment)))];
  }

  /** Until when the feed shows samples: earlier than now while it is stale. */
  feedTime(now: number): number {
    const stale = this.#active(now).find(({ stale_feed }) => stale_feed);
    return stale ? this.#start + stale.at : now;
  }

  sessionLimit(now: number): number | undefined {
    return this.#active(now).find(({ session_limit }) => session_limit !== undefined)?.session_limit;
  }

  hasExpiredCertificate(now: number): boolean {
    return this.#active(now).some(({ expired_certificate }) => expired_certificate);
  }

  /** How often all sessions have been forgotten. */
  sessionLosses(now: number): number {
    return this.#faults.filter(
      ({ at, expire_sessions, reboot }) => (expire_sessions || reboot) && now >= this.#start + at,
    ).length;
  }

  #offsetAt(time: number): number {
    const jumps = this.#active(time, this.#jumps);
    return jumps.reduce((sum, { clock_jump }) => sum + (clock_jump ?? 0), this.#clockOffset);
  }

  #active(now: number, faults = this.#faults): readonly Fault[] {
    if (faults.length === 0) return faults;
    const elapsed = now - this.#start;
    return faults.filter(({ at, lasts }) => elapsed >= at && (lasts === undefined || elapsed < at + lasts));
  }
}
