import { type CounterKind, type CounterValues, groupName } from '../../inspector/counters/counter-kinds.ts';
import type { CounterGroup, Predecessor, StartTimes } from '../../inspector/counters/timed.ts';
import { SAMPLE_INTERVAL } from '../../pcm/model.ts';
import { type GroupRecord, kindOfName, type Run, recordOf, runOf, type StartTimeRecord } from './start-time-record.ts';

/** PCM keeps half an hour, so older runs are not requested again. */
const FORGET_RUNS_AFTER = 2 * 3_600_000;
/** A group without documents for so long restarts when it comes back. */
const FORGET_GROUPS_AFTER = 24 * 3_600_000;
/** Of one group; one that restarts with every sample must not fill the memory. */
const MAX_RUNS = 16;
const MAX_RECORDED_TIMES = 480;
/**
 * What documents left out for so long has been elsewhere, or is another thing of the same name. For less a part of a
 * document may have been unreadable.
 */
const MAX_ABSENCE_MS = 5 * 60_000;

/** What is known of a group: its runs, the oldest first. */
interface Group {
  /** Unique within the owner. */
  readonly name: string;
  readonly kind: CounterKind;
  /** Undefined until it is asked for: what was written down knows its name only. */
  id: string | undefined;
  location: string | undefined;
  readonly runs: Run[];
  /** Whether runs began, ended or were corrected since the last checkpoint. */
  isChanged: boolean;
  /** Among those of its owner. */
  position: number;
}

/**
 * The groups of one owner. All of them are asked for with every sample, nearly always in the same order, so that each is
 * looked for behind the one before: names are put together only where it is not there.
 */
interface OwnedGroups {
  readonly owner: string;
  readonly byName: Map<string, Group>;
  inOrder: Group[];
  /** Place of the group that will be asked for next. */
  next: number;
}

/**
 * The start times of the counters of a system, shared by all traversals of its samples, polling and backfill. A known
 * instant gets its known start time; a traversal that finds a restart in instants that others skipped corrects it for
 * all later ones.
 */
export class StartTimeRegistry implements StartTimes {
  readonly #owners = new Map<string, OwnedGroups>();
  /** Those that were asked for last: the groups of an owner are asked for together. */
  #last: OwnedGroups | undefined;
  /** Times of documents by source, oldest first. */
  readonly #recordedTimes = new Map<string, number[]>();
  #changes = 0;

  note(source: string, time: number): void {
    const times = this.#recordedTimes.get(source) ?? [];
    this.#recordedTimes.set(source, times);
    const position = placeOf(times, time);
    if (times[position - 1] === time) return;
    times.splice(position, 0, time);
    if (times.length > MAX_RECORDED_TIMES) times.shift();
  }

  startOf(group: CounterGroup, predecessor: Predecessor): number {
    const known = this.#groupOf(group);
    const { runs } = known;
    const index = lastBegunBy(runs, group.time);
    const run = runs[index];
    if (run && group.time <= run.endTime) return this.#startWithin(known, index, run, group, predecessor);
    if (run && this.#continues(run, group, predecessor)) {
      run.endTime = group.time;
      run.counters = withKnown(group.kind, group.counters, run.counters);
      return run.startTime;
    }
    runs.splice(index + 1, 0, {
      startTime: group.time,
      endTime: group.time,
      counters: group.counters,
      isTentative: this.#isBehindGap(group),
      isClosed: false,
    });
    if (runs.length > MAX_RUNS) runs.shift();
    this.#recordChange(known);
    return group.time;
  }

  /**
   * What an owner counts after an instant is not the difference to what it counted before.
   * @param time of the instant; documents of it are some seconds apart
   */
  close(owner: string, time: number): void {
    const [from, until] = [time - SAMPLE_INTERVAL / 2, time + SAMPLE_INTERVAL / 2];
    for (const group of this.#owners.get(owner)?.byName.values() ?? []) {
      const { runs } = group;
      const run = runs[lastBegunBy(runs, until)];
      if (!run || run.isClosed || run.endTime > until) continue;
      // Inactive partitions are not reported: a run of only this instant never existed.
      if (run.startTime > from) runs.splice(runs.indexOf(run), 1);
      else run.isClosed = true;
      this.#recordChange(group);
    }
  }

  /**
   * The console's clock was set back: what bears a later time than it shows now is not the instant of that time that comes.
   * @param now of the console
   */
  noteClockSetBack(now: number): void {
    for (const [source, times] of this.#recordedTimes)
      this.#recordedTimes.set(source, times.slice(0, placeOf(times, now)));
    for (const { byName } of this.#owners.values()) {
      for (const group of byName.values()) {
        const runs = group.runs.filter(({ startTime }) => startTime <= now);
        const isBeyond = runs.some(({ endTime }) => endTime > now);
        if (runs.length === group.runs.length && !isBeyond) continue;
        for (const run of runs) run.endTime = Math.min(run.endTime, now);
        group.runs.splice(0, group.runs.length, ...runs);
        this.#recordChange(group);
      }
    }
  }

  /** Number of groups that have changed other than by continuing. */
  get changes(): number {
    return this.#changes;
  }

  /** Those groups, as they are now. */
  changedGroups(): readonly GroupRecord[] {
    return this.#records(({ isChanged }) => isChanged);
  }

  /** Everything. Changes count from here on. */
  checkpoint(): StartTimeRecord {
    this.#forgetOld();
    this.#changes = 0;
    for (const { byName } of this.#owners.values()) for (const group of byName.values()) group.isChanged = false;
    const groups = this.#records(() => true);
    return {
      sources: Object.fromEntries([...this.#recordedTimes].map(([source, times]) => [source, times.at(-1) ?? 0])),
      groups,
    };
  }

  /** Takes over what was written down, the newest last. */
  restore({ sources, groups }: StartTimeRecord): void {
    for (const [source, time] of Object.entries(sources)) this.note(source, time);
    for (const [owner, name, records] of groups) {
      const kind = kindOfName(name);
      if (!kind) continue;
      const runs = records.map((record) => runOf(record, kind));
      const owned = this.#owned(owner);
      const position = owned.byName.get(name)?.position ?? owned.inOrder.length;
      const group = { name, kind, id: undefined, location: undefined, runs, isChanged: false, position };
      owned.byName.set(name, group);
      owned.inOrder[position] = group;
    }
  }

  #groupOf(key: CounterGroup): Group {
    const { owner, kind, id, location } = key;
    const owned = this.#owned(owner);
    const expected = owned.inOrder[owned.next];
    if (expected?.id === id && expected.kind === kind && expected.location === location) {
      owned.next += 1;
      return expected;
    }
    const name = groupName(key);
    let group = owned.byName.get(name);
    if (!group) {
      group = { name, kind, id, location, runs: [], isChanged: false, position: owned.inOrder.length };
      owned.byName.set(name, group);
      owned.inOrder.push(group);
    }
    group.id = id;
    group.location = location;
    owned.next = group.position + 1;
    return group;
  }

  #owned(owner: string): OwnedGroups {
    if (this.#last?.owner === owner) return this.#last;
    let owned = this.#owners.get(owner);
    if (!owned) {
      owned = { owner, byName: new Map(), inOrder: [], next: 0 };
      this.#owners.set(owner, owned);
    }
    owned.next = 0;
    this.#last = owned;
    return owned;
  }

  #records(isWanted: (group: Group) => boolean): GroupRecord[] {
    return [...this.#owners].flatMap(([owner, { byName }]) =>
      [...byName.values()].filter(isWanted).map(({ name, kind, runs }) => recordOf(owner, name, kind, runs)),
    );
  }

  /** The instant is known: this traversal may have seen samples before it that others skipped. */
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
      this.#recordChange(known);
      return group.time;
    }
    const before = runs[index - 1];
    if (restarted || hasBoth || !run.isTentative || !before || before.endTime < previous.time) return run.startTime;
    runs.splice(index - 1, 2, { ...run, startTime: before.startTime, isTentative: before.isTentative });
    this.#recordChange(known);
    return before.startTime;
  }

  #continues(run: Run, { kind, source, time, counters }: CounterGroup, predecessor: Predecessor): boolean {
    if (run.isClosed) return false;
    if (predecessor.previous) return !predecessor.restarted;
    // This traversal has not seen them together: no counter has decreased, and it was not absent for long.
    const times = this.#recordedTimes.get(source) ?? [];
    const newest = times[placeOf(times, time - 1) - 1];
    if (newest !== undefined && run.endTime < newest - MAX_ABSENCE_MS) return false;
    if (kind.hasDecreased(counters, run.counters)) return false;
    return !predecessor.cannotFollow?.(run.counters, run.endTime);
  }

  #isBehindGap({ source, time }: CounterGroup): boolean {
    const times = this.#recordedTimes.get(source) ?? [];
    const before = times[placeOf(times, time - 1) - 1];
    return before !== undefined && time - before > SAMPLE_INTERVAL * 1.5;
  }

  #recordChange(group: Group): void {
    if (group.isChanged) return;
    group.isChanged = true;
    this.#changes += 1;
  }

  #forgetOld(): void {
    const newest = Math.max(0, ...[...this.#recordedTimes.values()].map((times) => times.at(-1) ?? 0));
    for (const [owner, owned] of this.#owners) {
      for (const [name, { runs }] of owned.byName) {
        while (runs[0] && runs.length > 1 && runs[0].endTime < newest - FORGET_RUNS_AFTER) runs.shift();
        if ((runs.at(-1)?.endTime ?? 0) < newest - FORGET_GROUPS_AFTER) owned.byName.delete(name);
      }
      if (owned.byName.size === 0) this.#owners.delete(owner);
      else if (owned.byName.size < owned.inOrder.length) putInOrder(owned);
    }
    this.#last = undefined;
  }
}

function putInOrder(owned: OwnedGroups): void {
  owned.inOrder = [...owned.byName.values()];
  owned.inOrder.forEach((group, position) => {
    group.position = position;
  });
}

/** Where a time stands, or would be put behind its equals. New times nearly always come last. */
function placeOf(times: readonly number[], time: number): number {
  let position = times.length;
  while (position > 0 && (times[position - 1] ?? 0) > time) position -= 1;
  return position;
}

/** Place of the newest run that had begun by then; -1 without one. Most groups have one run. */
function lastBegunBy(runs: readonly Run[], time: number): number {
  let position = runs.length - 1;
  while (position >= 0 && (runs[position]?.startTime ?? 0) > time) position -= 1;
  return position;
}

/** What a document does not say is compared with what was said last. */
function withKnown(kind: CounterKind, counters: CounterValues, known: CounterValues): CounterValues {
  if (kind.isWhole(counters)) return counters;
  if (kind.counters.every((name) => counters[name] !== undefined || known[name] === undefined)) return counters;
  return Object.fromEntries(kind.counters.map((name) => [name, counters[name] ?? known[name]]));
}
