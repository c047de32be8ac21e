import type { HypervisorSample } from '../pcm/model.ts';
import { hasFallen } from './counters.ts';
import { type Elapsed, elapsedBetween } from './elapsed.ts';
import type { Counters } from './timed.ts';

/** When a document was written: what the time between two is reckoned from. */
export type DocumentStamp = Pick<HypervisorSample, 'time' | 'timebaseCycles' | 'cyclesPerSecond'>;

/** Counters of one group in one document, to compare later ones with. */
export interface Baseline {
  readonly stamp: DocumentStamp;
  readonly counters: Counters;
}

/**
 * Baselines of groups whose newest document lacks a counter that an older one has, newest first, by group. Hardly ever is
 * there any.
 */
export type OlderBaselines = ReadonlyMap<string, readonly Baseline[]>;

export const noOlderBaselines: OlderBaselines = new Map();

/** What was unreadable for longer is not compared any more: as long as a group may be left out and go on (start times). */
export const LONGEST_COMPARISON = 5 * 60_000;

/**
 * What the groups of one sample are compared with: the document before, and where a counter of that could not be read,
 * the last one in which it could, as long as the counters ran on. So a bad number costs its own instant and not the
 * rates of the next.
 */
export class Baselines {
  readonly #stamp: DocumentStamp;
  readonly #older: OlderBaselines;
  #next: Map<string, readonly Baseline[]> | undefined;

  /** @param stamp of the sample; @param older what the samples before have left */
  constructor(stamp: DocumentStamp, older: OlderBaselines) {
    this.#stamp = stamp;
    this.#older = older;
  }

  /** @param previous the group in the document before, where it has it */
  compare(
    group: string,
    counters: Counters,
    previous: Baseline | undefined,
    stamp: DocumentStamp = this.#stamp,
  ): Comparison {
    const older = this.#older.size === 0 ? undefined : this.#older.get(group);
    const all = [...(previous ? [previous] : []), ...(older ?? [])];
    const comparison = new Comparison(counters, stamp, all);
    const isLacking =
      !comparison.restarted &&
      counters.some(
        (counter, place) => counter === undefined && all.some((other) => other.counters[place] !== undefined),
      );
    if (isLacking) this.#keep(group, all);
    else if (older) this.#keep(group, []);
    return comparison;
  }

  /** A group that this document leaves out, though it may be there: what was said of it before stands. */
  leaveOut(group: string, previous: Baseline): void {
    this.#keep(group, [previous, ...(this.#older.get(group) ?? [])]);
  }

  /** For the sample after this one. */
  next(): OlderBaselines {
    if (!this.#next && this.#older.size === 0) return noOlderBaselines;
    const latest = this.#stamp.time;
    return new Map(
      [...(this.#next ?? this.#older)].flatMap(([group, baselines]) => {
        const recent = baselines.filter(({ stamp: { time } }) => Math.abs(latest - time) <= LONGEST_COMPARISON);
        return recent.length > 0 ? [[group, recent] as const] : [];
      }),
    );
  }

  #keep(group: string, baselines: readonly Baseline[]): void {
    this.#next ??= new Map(this.#older);
    this.#next.set(group, baselines);
  }
}

/** The counters of a group beside those of before. */
export class Comparison {
  readonly #counters: Counters;
  readonly #stamp: DocumentStamp;
  readonly #baselines: readonly Baseline[];
  /** Whether any counter is lower than it was: they have one life. */
  readonly restarted: boolean;

  constructor(counters: Counters, stamp: DocumentStamp, baselines: readonly Baseline[]) {
    this.#counters = counters;
    this.#stamp = stamp;
    this.#baselines = baselines;
    this.restarted = baselines.some(({ counters: earlier }) =>
      earlier.some((counter, place) => hasFallen(counters[place], counter)),
    );
  }

  /** The newest baseline that has any of these counters, by their places. */
  withAny(...places: readonly number[]): Baseline | undefined {
    return this.#baselines.find(({ counters }) => places.some((place) => counters[place] !== undefined));
  }

  /** Whether there is anything to compare with, and time has passed since. */
  get isPossible(): boolean {
    return this.#baselines.some((baseline) => this.elapsedSince(baseline) !== undefined);
  }

  /** The newest baseline that has these counters, by their places; none when the group began again or lacks one itself. */
  with(...places: readonly number[]): Baseline | undefined {
    const hasAll = (counters: Counters) => places.every((place) => counters[place] !== undefined);
    if (!hasAll(this.#counters) || this.restarted) return undefined;
    return this.#baselines.find(({ counters }) => hasAll(counters));
  }

  elapsedSince(baseline: Baseline | undefined): Elapsed | undefined {
    return baseline && elapsedBetween(this.#stamp, baseline.stamp);
  }
}
