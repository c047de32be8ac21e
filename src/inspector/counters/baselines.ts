import { type CounterKind, type CounterName, type CounterValues, type GroupKey, groupName } from './counter-kinds.ts';
import { type DocumentStamp, type Elapsed, elapsedBetween } from './elapsed.ts';

/** Counters of one group in one document, to compare later ones with. */
export interface Baseline {
  readonly stamp: DocumentStamp;
  readonly counters: CounterValues;
}

/**
 * Baselines of groups whose newest document lacks a counter that an older one has, newest first, by group. Hardly ever is
 * there any.
 */
export type OlderBaselines = ReadonlyMap<string, readonly Baseline[]>;

export const noOlderBaselines: OlderBaselines = new Map();
const noBaselines: readonly Baseline[] = [];

/**
 * What was unreadable for longer is not compared any more: as long as a group may be left out and continue (start
 * times).
 */
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
    group: GroupKey & { readonly counters: CounterValues },
    previous: Baseline | undefined,
    stamp: DocumentStamp = this.#stamp,
  ): Comparison {
    const { kind, counters } = group;
    const isWhole = kind.isWhole(counters);
    // Hardly ever is there anything to remember: then no name is put together either.
    if (this.#older.size === 0 && isWhole) return new Comparison(kind, counters, stamp, previous, noBaselines, isWhole);
    const name = nameOf(group);
    const older = this.#older.get(name);
    const comparison = new Comparison(kind, counters, stamp, previous, older ?? noBaselines, isWhole);
    if (comparison.lacksKnown) this.#keep(name, comparison.baselines);
    else if (older) this.#keep(name, noBaselines);
    return comparison;
  }

  /** A group that this document leaves out, though it may be there: what was said of it before stands. */
  leaveOut(group: GroupKey, previous: Baseline): void {
    const name = nameOf(group);
    this.#keep(name, [previous, ...(this.#older.get(name) ?? [])]);
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

/** Unique within the system. Begins with the owner, see {@link withoutOwners}. */
function nameOf(group: GroupKey): string {
  return `${group.owner} ${groupName(group)}`;
}

/** Without the groups of some owners. */
export function withoutOwners(older: OlderBaselines, owners: readonly string[]): OlderBaselines {
  if (older.size === 0) return older;
  return new Map([...older].filter(([name]) => !owners.some((owner) => name.startsWith(`${owner} `))));
}

/** The counters of a group beside those of before. */
export class Comparison {
  readonly #kind: CounterKind;
  readonly #counters: CounterValues;
  readonly #stamp: DocumentStamp;
  readonly #previous: Baseline | undefined;
  readonly #older: readonly Baseline[];
  /** Nothing is missing, so that whatever is asked for is in the document before. As a rule it is so. */
  readonly #isSimple: boolean;
  readonly #elapsed: Elapsed | undefined;
  /** Whether any counter is lower than it was: they have one life. */
  readonly restarted: boolean;

  constructor(
    kind: CounterKind,
    counters: CounterValues,
    stamp: DocumentStamp,
    previous: Baseline | undefined,
    older: readonly Baseline[],
    isWhole: boolean,
  ) {
    this.#kind = kind;
    this.#counters = counters;
    this.#stamp = stamp;
    this.#previous = previous;
    this.#older = older;
    this.#isSimple = isWhole && older.length === 0 && (previous === undefined || kind.isWhole(previous.counters));
    this.#elapsed = previous && elapsedBetween(stamp, previous.stamp);
    this.restarted =
      (previous !== undefined && kind.hasDecreased(counters, previous.counters)) ||
      older.some((baseline) => kind.hasDecreased(counters, baseline.counters));
  }

  /** What there is to compare with, newest first. */
  get baselines(): readonly Baseline[] {
    return this.#previous ? [this.#previous, ...this.#older] : this.#older;
  }

  /** Whether a counter that could be read before cannot be read now, and continues as far as is known. */
  get lacksKnown(): boolean {
    if (this.#isSimple || this.restarted) return false;
    const { baselines } = this;
    return this.#kind.counters.some(
      (name) => this.#counters[name] === undefined && baselines.some(({ counters }) => counters[name] !== undefined),
    );
  }

  /** The newest baseline that has any of these counters. */
  withAny(...names: readonly CounterName[]): Baseline | undefined {
    if (this.#isSimple) return this.#previous;
    return this.baselines.find(({ counters }) => names.some((name) => counters[name] !== undefined));
  }

  /** Whether there is anything to compare with, and time has passed since. */
  get isPossible(): boolean {
    if (this.#isSimple) return this.#elapsed !== undefined;
    return this.baselines.some((baseline) => this.elapsedSince(baseline) !== undefined);
  }

  /** The document before, where nothing is missing in either and the group continues. */
  get withAll(): Baseline | undefined {
    return this.#isSimple && !this.restarted ? this.#previous : undefined;
  }

  /** The newest baseline that has these counters; none when the group began again or lacks one itself. */
  with(...names: readonly CounterName[]): Baseline | undefined {
    if (this.restarted) return undefined;
    if (this.#isSimple) return this.#previous;
    const hasAll = (counters: CounterValues) => names.every((name) => counters[name] !== undefined);
    return hasAll(this.#counters) ? this.baselines.find(({ counters }) => hasAll(counters)) : undefined;
  }

  elapsedSince(baseline: Baseline | undefined): Elapsed | undefined {
    if (baseline === this.#previous) return this.#elapsed;
    return baseline && elapsedBetween(this.#stamp, baseline.stamp);
  }

  secondsSince(baseline: Baseline | undefined): number | undefined {
    return this.elapsedSince(baseline)?.seconds;
  }
}
