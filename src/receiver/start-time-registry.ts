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

/** What is known of a group: its runs, the oldest first. */
interface Group {
  runs: Run[];
  /** Whether runs began, ended or were corrected since the last checkpoint. */
  isChanged: boolean;
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
  /** By owner and name. */
  readonly #groups = new Map<string, Map<string, Group>>();
  /** Times of documents by source, oldest first. */
  readonly #noted = new Map<string, number[]>();
  #changes = 0;

  note(source: string, time: number): void {
    const times = this.#noted.get(source) ?? [];
    this.#noted.set(source, times);
    const place = placeOf(times, time);
    if (times[place - 1] === time) return;
    times.splice(place, 0, time);
    if (times.length > MOST_NOTED_TIMES) times.shift();
  }

  startOf(group: CounterGroup, predecessor: Predecessor): number {
    const known = this.#groupOf(group);
    const { runs } = known;
    const index = runs.findLastIndex(({ startTime }) => startTime <= group.time);
    const run = runs[index];
    if (run && group.time <= run.endTime) return this.#startWithin(known, index, run, group, predecessor);
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
    this.#noteChange(known);
    return group.time;
  }

  /**
   * What an owner counts after an instant is not the difference to what it counted before.
   * @param time of the instant; documents of it are some seconds apart
   */
  close(owner: string, time: number): void {
    const [from, until] = [time - SAMPLE_INTERVAL / 2, time + SAMPLE_INTERVAL / 2];
    for (const group of this.#groups.get(owner)?.values() ?? []) {
      const { runs } = group;
      const run = runs.findLast(({ startTime }) => startTime <= until);
      if (!run || run.isClosed || run.endTime > until) continue;
      // What rests is not told of: a run of nothing but this instant has never been.
      if (run.startTime > from) runs.splice(runs.indexOf(run), 1);
      else run.isClosed = true;
      this.#noteChange(group);
    }
  }

  /** How many groups have changed in another way than by going on. */
  get changes(): number {
    return this.#changes;
  }

  /** Those groups, as they are now. */
  changedGroups(): readonly GroupRecord[] {
    return this.#records(({ isChanged }) => isChanged);
  }

  /** Everything. Changes count from here on. */
  checkpoint(): StartTimeRecord {
    this.#tidy();
    this.#changes = 0;
    for (const named of this.#groups.values()) for (const group of named.values()) group.isChanged = false;
    const groups = this.#records(() => true);
    return {
      sources: Object.fromEntries([...this.#noted].map(([source, times]) => [source, times.at(-1) ?? 0])),
      groups,
    };
  }

  /** Takes over what was written down, the newest last. */
  restore({ sources, groups }: StartTimeRecord): void {
    for (const [source, time] of Object.entries(sources)) this.note(source, time);
    for (const [owner, name, runs] of groups) {
      const named = this.#groups.get(owner) ?? new Map<string, Group>();
      this.#groups.set(owner, named);
      named.set(name, { runs: runs.map(runOf), isChanged: false });
    }
  }

  #groupOf({ owner, name }: CounterGroup): Group {
    let named = this.#groups.get(owner);
    if (!named) {
      named = new Map();
      this.#groups.set(owner, named);
    }
    let group = named.get(name);
    if (!group) {
      group = { runs: [], isChanged: false };
      named.set(name, group);
    }
    return group;
  }

  #records(isWanted: (group: Group) => boolean): GroupRecord[] {
    return [...this.#groups].flatMap(([owner, named]) =>
      [...named].flatMap(([name, group]) => (isWanted(group) ? [recordOf(owner, name, group.runs)] : [])),
    );
  }

  /** The instant is known: what this way has seen between the sample before and it, others may have leapt over. */
  #startWithin(
    known: Group,
    index: number,
    run: Run,
    group: CounterGroup,
    { previous, restarted }: Predecessor,
  ): number {
    const { runs } = known;
    if (!previous || previous.time >= group.time) return run.startTime;
    const hasBoth = run.startTime <= previous.time;
    if (restarted && hasBoth) {
      runs.splice(index, 1, { ...run, endTime: previous.time, isClosed: true }, { ...run, startTime: group.time });
      this.#noteChange(known);
      return group.time;
    }
    const before = runs[index - 1];
    if (restarted || hasBoth || !run.isTentative || !before || before.endTime < previous.time) return run.startTime;
    runs.splice(index - 1, 2, { ...run, startTime: before.startTime, isTentative: before.isTentative });
    this.#noteChange(known);
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

  #noteChange(group: Group): void {
    if (group.isChanged) return;
    group.isChanged = true;
    this.#changes += 1;
  }

  #tidy(): void {
    const newest = Math.max(0, ...[...this.#noted.values()].map((times) => times.at(-1) ?? 0));
    for (const [owner, named] of this.#groups) {
      for (const [name, { runs }] of named) {
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
