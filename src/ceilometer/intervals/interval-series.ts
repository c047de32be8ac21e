import type { MeterDefinition } from '../meters/meter-definition.ts';
import type { Reading } from '../meters/meter-readings.ts';

/** What a series brings when an interval of it is over. */
export interface ClosedInterval {
  /** Where it begins; the time of the reading when every one is by itself. Milliseconds since 1970. */
  readonly start: number;
  readonly reading: Reading;
  /** The one before, when there is one that growth can be counted from. */
  readonly before: Reading | undefined;
}

/** One meter of one subject, over intervals of the clock's own grid. */
export interface IntervalSeries {
  /** Time of the newest reading, milliseconds since 1970. */
  readonly newest: number;
  /** Start of the oldest interval that is not reported yet; `undefined` when there is none. */
  readonly openSince: number | undefined;
  /**
   * Adds a reading. One that is not newer than the last changes nothing: it was seen before. One that is much older
   * begins the series anew.
   * @returns the interval that is over by it
   */
  add(reading: Reading, part: string): ClosedInterval | undefined;
  /** Ends the intervals that end at `time` or before. */
  closeUntil(time: number): readonly ClosedInterval[];
}

/**
 * What PCM can bring again is half an hour old at most. A reading that is older than this, against one that was there
 * before, is of a console whose clock was set back: milliseconds.
 */
export const CLOCK_SET_BACK_MS = 3_600_000;

export function intervalStart(time: number, interval: number): number {
  return Math.floor(time / interval) * interval;
}

/** A series with one reading at a time. Keeps what an interval comes to, not its readings. */
export class SimpleSeries implements IntervalSeries {
  readonly #interval: number;
  readonly #isMean: boolean;
  readonly #isTotal: boolean;
  /** Of how many points a whole reading is made. */
  #points = 1;
  #open: { readonly start: number; last: Reading; sum: number; count: number } | undefined;
  #before: Reading | undefined;
  newest = Number.NEGATIVE_INFINITY;

  /** @param interval milliseconds; 0 for every reading by itself */
  constructor(interval: number, { over, isTotal = false }: Pick<MeterDefinition, 'over' | 'isTotal'>) {
    this.#interval = interval;
    this.#isMean = over === 'mean';
    this.#isTotal = isTotal;
  }

  get openSince(): number | undefined {
    return this.#open?.start;
  }

  add(reading: Reading): ClosedInterval | undefined {
    if (reading.time <= this.newest - CLOCK_SET_BACK_MS) return this.#restart(reading);
    if (reading.time <= this.newest) return undefined;
    this.newest = reading.time;
    // A total that lacks a point which was there before is none.
    if (this.#isTotal && reading.points < this.#points) return undefined;
    this.#points = reading.points;
    if (this.#interval === 0) return this.#advance(reading.time, reading);
    const start = intervalStart(reading.time, this.#interval);
    const open = this.#open;
    if (open?.start === start) {
      open.last = reading;
      open.sum += reading.value;
      open.count += 1;
      return undefined;
    }
    const [closed] = this.closeUntil(start);
    this.#open = { start, last: reading, sum: reading.value, count: 1 };
    return closed;
  }

  closeUntil(time: number): readonly ClosedInterval[] {
    if (!this.#open || this.#open.start + this.#interval > time) return [];
    const { start, last, sum, count } = this.#open;
    this.#open = undefined;
    return [this.#advance(start, this.#isMean ? { ...last, value: sum / count } : last)];
  }

  #restart(reading: Reading): ClosedInterval | undefined {
    const [closed] = this.closeUntil(Number.POSITIVE_INFINITY);
    this.#before = undefined;
    this.newest = Number.NEGATIVE_INFINITY;
    return this.add(reading) ?? closed;
  }

  #advance(start: number, reading: Reading): ClosedInterval {
    const before = this.#before;
    this.#before = reading;
    return { start, reading, before };
  }
}

/**
 * A sum over the devices of an instance. Each has documents with times of their own, so the sum of an interval is
 * known when all had their time; and a sum that lacks a device which was there before is no sum.
 */
export class DeviceSumSeries implements IntervalSeries {
  readonly #interval: number;
  readonly #isTotal: boolean;
  /** By start of the interval, then by slot of the client: its last reading. */
  readonly #open = new Map<number, Map<string, Reading>>();
  /** By start of the interval: VIOSes that did not report at some time in it. */
  readonly #silent = new Map<number, Set<number>>();
  readonly #newestOfDevices = new Map<string, Reading>();
  #devices: ReadonlySet<string> = new Set();
  #before: Reading | undefined;
  newest = Number.NEGATIVE_INFINITY;

  /** @param interval milliseconds, more than 0 */
  constructor(interval: number, { isTotal = false }: Pick<MeterDefinition, 'isTotal'>) {
    this.#interval = interval;
    this.#isTotal = isTotal;
  }

  /** Records that a VIOS behind devices of the instance did not report them; they may never have been seen. */
  recordSilent(time: number, vioses: readonly number[]): void {
    this.newest = Math.max(this.newest, time);
    const start = intervalStart(time, this.#interval);
    const known = this.#silent.get(start) ?? new Set();
    for (const vios of vioses) known.add(vios);
    this.#silent.set(start, known);
  }

  get openSince(): number | undefined {
    return this.#open.size === 0 ? undefined : Math.min(...this.#open.keys());
  }

  add(reading: Reading, device: string): undefined {
    if (reading.time <= this.newest - CLOCK_SET_BACK_MS) this.#restart();
    const before = this.#newestOfDevices.get(device);
    if (before && reading.time <= before.time) return undefined;
    // A total that lacks a point which was there before is none.
    if (this.#isTotal && reading.points < (before?.points ?? 0)) return undefined;
    this.#newestOfDevices.set(device, reading);
    this.newest = Math.max(this.newest, reading.time);
    const start = intervalStart(reading.time, this.#interval);
    const readings = this.#open.get(start);
    if (readings) readings.set(device, reading);
    else this.#open.set(start, new Map([[device, reading]]));
    return undefined;
  }

  closeUntil(time: number): readonly ClosedInterval[] {
    const closed = [...this.#open]
      .filter(([start]) => start + this.#interval <= time)
      .sort(([left], [right]) => left - right)
      .flatMap(([start, readings]) => {
        this.#open.delete(start);
        return this.#sum(start, readings) ?? [];
      });
    for (const start of this.#silent.keys()) if (start + this.#interval <= time) this.#silent.delete(start);
    return closed;
  }

  #restart(): void {
    this.#open.clear();
    this.#silent.clear();
    this.#newestOfDevices.clear();
    this.#before = undefined;
    this.newest = Number.NEGATIVE_INFINITY;
  }

  #sum(start: number, readings: ReadonlyMap<string, Reading>): ClosedInterval | undefined {
    const all = [...readings.values()];
    // A VIOS that was silent for a while must report by the end of the interval, or its devices are not in the sum.
    const isComplete =
      [...this.#devices].every((device) => readings.has(device)) &&
      [...(this.#silent.get(start) ?? [])].every((number) => all.some(({ vios }) => vios === number));
    const isSame = isComplete && readings.size === this.#devices.size;
    const before = isSame ? this.#before : undefined;
    this.#devices = new Set(readings.keys());
    if (!isComplete) {
      this.#before = undefined;
      return undefined;
    }
    const reading = {
      value: all.reduce((sum, { value }) => sum + value, 0),
      time: Math.max(...all.map(({ time }) => time)),
      startTime: Math.max(...all.map(({ startTime }) => startTime)),
      points: all.length,
      vios: undefined,
    };
    this.#before = reading;
    return { start, reading, before };
  }
}
