import { hasFallen } from '../inspector/counters.ts';
import type { CounterGroup, Counters, Predecessor, StartTimes } from '../inspector/timed.ts';
import type { Counter } from '../pcm/model.ts';
import { SAMPLE_INTERVAL } from '../pcm/pairing.ts';

/** PCM keeps half an hour, so nobody comes by later than that; runs that ended longer ago are not asked for again. */
const FORGET_RUNS_AFTER = 2 * 3_600_000;
/** What no document has brought for so long begins anew when it comes back. */
const FORGET_GROUPS_AFTER = 24 * 3_600_000;
/** Of one group; one that begins anew with every sample must not fill the memory. */
const MOST_RUNS = 16;
const MOST_NOTED_TIMES = 480;
/**
 * What documents left out for so long has been elsewhere, or is another thing of the same name. For less a part of a
 * document may have been unreadable.
 */
const LONGEST_ABSENCE = 5 * 60_000;

/** Time in which the counters of a group went on without beginning again. */
interface Run {
  startTime: number;
  /** Of the newest document that is known to belong to it. */
  endTime: number;
  /** In that document. */
  counters: Counters;
  /**
   * Begun right behind instants that had not been read: whoever reads them later may find that it began among them.
   * Nobody who lacks those instants has been told of it.
   */
  isTentative: boolean;
  /** Nothing goes on behind it. */
  isClosed: boolean;
}

/** A counter as JSON can hold it: one above 2^53 as text, an unknown one as null. */
type CounterRecord = number | string | null;

/** A run as plain data: start, end, 1 when tentative, 1 when closed, counters. */
export type RunRecord = readonly [number, number, number, number, readonly CounterRecord[]];

/** The runs of one group as plain data: owner, name, runs in their order. */
export type GroupRecord = readonly [string, string, readonly RunRecord[]];

/** What is known of a system, as plain data. */
export interface StartTimeRecord {
  /** Newest document of each source. */
  readonly sources: Readonly<Record<string, number>>;
  readonly groups: readonly GroupRecord[];
}

/**
 * Since when the counters of a system run. All ways through its samples share it: the present, and those that fetch
 * again what somebody lacks. Whoever comes by an instant that is known gets the start time that was told of it; whoever
 * finds out that counters began again where others had leapt over some instants corrects it for all that follow.
 */
export class StartTimeRegistry implements StartTimes {
  /** By owner and name; the oldest run first. */
  readonly #groups = new Map<string, Map<string, Run[]>>();
  /** Times of documents by source, oldest first. */
  readonly #noted = new Map<string, number[]>();
  /** Groups with runs that began, ended or were corrected since {@link checkpoint}. */
  #changed = new Map<string, Set<string>>();

  note(source: string, time: number): void {
    const times = this.#noted.get(source) ?? [];
    this.#noted.set(source, times);
    const place = placeOf(times, time);
    if (times[place - 1] === time) return;
    times.splice(place, 0, time);
    if (times.length > MOST_NOTED_TIMES) times.shift();
  }

  startOf(group: CounterGroup, predecessor: Predecessor): number {
    const runs = this.#runsOf(group);
    const index = runs.findLastIndex(({ startTime }) => startTime <= group.time);
    const run = runs[index];
    if (run && group.time <= run.endTime) return this.#startWithin(runs, index, run, group, predecessor);
    if (run && this.#goesOn(run, group, predecessor)) {
      run.endTime = group.time;
      run.counters = withKnown(group.counters, run.counters);
      return run.startTime;
    }
    runs.splice(index + 1, 0, {
      startTime: group.time,
      endTime: group.time,
      counters: group.counters,
      isTentative: this.#isBehindGap(group),
      isClosed: false,
    });
    if (runs.length > MOST_RUNS) runs.shift();
    this.#noteChange(group);
    return group.time;
  }

  /**
   * What an owner counts after an instant is not the difference to what it counted before.
   * @param time of the instant; documents of it are some seconds apart
   */
  close(owner: string, time: number): void {
    const [from, until] = [time - SAMPLE_INTERVAL / 2, time + SAMPLE_INTERVAL / 2];
    for (const [name, runs] of this.#groups.get(owner) ?? []) {
      const run = runs.findLast(({ startTime }) => startTime <= until);
      if (!run || run.isClosed || run.endTime > until) continue;
      // What rests is not told of: a run of nothing but this instant has never been.
      if (run.startTime > from) runs.splice(runs.indexOf(run), 1);
      else run.isClosed = true;
      this.#noteChange({ owner, name });
    }
  }

  /** How many groups have changed in another way than by going on. */
  get changes(): number {
    let count = 0;
    for (const names of this.#changed.values()) count += names.size;
    return count;
  }

  /** Those groups, as they are now. */
  changedGroups(): readonly GroupRecord[] {
    return [...this.#changed].flatMap(([owner, names]) =>
      [...names].map((name) => recordOf(owner, name, this.#groups.get(owner)?.get(name) ?? [])),
    );
  }

  /** Everything. Changes count from here on. */
  checkpoint(): StartTimeRecord {
    this.#tidy();
    this.#changed = new Map();
    const groups: GroupRecord[] = [];
    for (const [owner, named] of this.#groups) {
      for (const [name, runs] of named) groups.push(recordOf(owner, name, runs));
    }
    return {
      sources: Object.fromEntries([...this.#noted].map(([source, times]) => [source, times.at(-1) ?? 0])),
      groups,
    };
  }

  /** Takes over what was written down, the newest last. */
  restore({ sources, groups }: StartTimeRecord): void {
    for (const [source, time] of Object.entries(sources)) this.note(source, time);
    for (const [owner, name, runs] of groups) {
      const named = this.#groups.get(owner) ?? new Map<string, Run[]>();
      this.#groups.set(owner, named);
      named.set(name, runs.map(runOf));
    }
  }

  #runsOf({ owner, name }: CounterGroup): Run[] {
    let named = this.#groups.get(owner);
    if (!named) {
      named = new Map();
      this.#groups.set(owner, named);
    }
    let runs = named.get(name);
    if (!runs) {
      runs = [];
      named.set(name, runs);
    }
    return runs;
  }

  /** The instant is known: what this way has seen between the sample before and it, others may have leapt over. */
  #startWithin(
    runs: Run[],
    index: number,
    run: Run,
    group: CounterGroup,
    { previous, restarted }: Predecessor,
  ): number {
    if (!previous || previous.time >= group.time) return run.startTime;
    const hasBoth = run.startTime <= previous.time;
    if (restarted && hasBoth) {
      runs.splice(index, 1, { ...run, endTime: previous.time, isClosed: true }, { ...run, startTime: group.time });
      this.#noteChange(group);
      return group.time;
    }
    const before = runs[index - 1];
    if (restarted || hasBoth || !run.isTentative || !before || before.endTime < previous.time) return run.startTime;
    runs.splice(index - 1, 2, { ...run, startTime: before.startTime, isTentative: before.isTentative });
    this.#noteChange(group);
    return before.startTime;
  }

  #goesOn(run: Run, { source, time, counters }: CounterGroup, predecessor: Predecessor): boolean {
    if (run.isClosed) return false;
    if (predecessor.previous) return !predecessor.restarted;
    // This way has not seen them together: nothing has fallen, and documents have not left it out for long.
    const times = this.#noted.get(source) ?? [];
    const newest = times[placeOf(times, time - 1) - 1];
    if (newest !== undefined && run.endTime < newest - LONGEST_ABSENCE) return false;
    if (counters.some((counter, place) => hasFallen(counter, run.counters[place]))) return false;
    return !predecessor.cannotFollow?.(run.counters, run.endTime);
  }

  #isBehindGap({ source, time }: CounterGroup): boolean {
    const times = this.#noted.get(source) ?? [];
    const before = times[placeOf(times, time - 1) - 1];
    return before !== undefined && time - before > SAMPLE_INTERVAL * 1.5;
  }

  #noteChange({ owner, name }: Pick<CounterGroup, 'owner' | 'name'>): void {
    const names = this.#changed.get(owner) ?? new Set();
    this.#changed.set(owner, names.add(name));
  }

  #tidy(): void {
    const newest = Math.max(0, ...[...this.#noted.values()].map((times) => times.at(-1) ?? 0));
    for (const [owner, named] of this.#groups) {
      for (const [name, runs] of named) {
        while (runs[0] && runs.length > 1 && runs[0].endTime < newest - FORGET_RUNS_AFTER) runs.shift();
        if ((runs.at(-1)?.endTime ?? 0) < newest - FORGET_GROUPS_AFTER) named.delete(name);
      }
      if (named.size === 0) this.#groups.delete(owner);
    }
  }
}

/** Where a time stands, or would be put behind its equals. New times nearly always come last. */
function placeOf(times: readonly number[], time: number): number {
  let place = times.length;
  while (place > 0 && (times[place - 1] ?? 0) > time) place -= 1;
  return place;
}

/** What a document does not say is compared with what was said last. */
function withKnown(counters: Counters, known: Counters): Counters {
  return counters.includes(undefined) ? counters.map((counter, place) => counter ?? known[place]) : counters;
}

function recordOf(owner: string, name: string, runs: readonly Run[]): GroupRecord {
  return [
    owner,
    name,
    runs.map(
      ({ startTime, endTime, isTentative, isClosed, counters }, index): RunRecord => [
        startTime,
        endTime,
        isTentative ? 1 : 0,
        isClosed ? 1 : 0,
        // What goes on is compared with the newest run only.
        index === runs.length - 1 ? counters.map(counterRecordOf) : [],
      ],
    ),
  ];
}

function runOf([startTime, endTime, isTentative, isClosed, counters]: RunRecord): Run {
  return {
    startTime,
    endTime,
    counters: counters.map(counterOf),
    isTentative: isTentative === 1,
    isClosed: isClosed === 1,
  };
}

function counterRecordOf(counter: Counter | undefined): CounterRecord {
  return typeof counter === 'bigint' ? String(counter) : (counter ?? null);
}

function counterOf(record: CounterRecord): Counter | undefined {
  if (typeof record === 'string') return /^\d+$/.test(record) ? BigInt(record) : undefined;
  return record ?? undefined;
}
