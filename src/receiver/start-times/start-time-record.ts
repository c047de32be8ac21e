import { type CounterKind, type CounterValues, counterKinds } from '../../inspector/counters/counter-kinds.ts';
import type { Counter } from '../../pcm/model.ts';

/** Time in which the counters of a group continued without beginning again. */
export interface Run {
  startTime: number;
  /** Of the newest document that is known to belong to it. */
  endTime: number;
  /** In that document, and of what it does not say the newest that was said before. */
  counters: CounterValues;
  /**
   * Started right after unread instants: a later traversal may find that it began among them. No reader that lacks
   * those instants has received it.
   */
  isTentative: boolean;
  /** Nothing continues after it. */
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

const kindsByName: ReadonlyMap<string, CounterKind> = new Map(
  Object.values(counterKinds).map((kind) => [kind.name, kind]),
);

/** The kind of a group whose name was written down: its first word. */
export function kindOfName(name: string): CounterKind | undefined {
  return kindsByName.get(name.split(' ', 1)[0] ?? '');
}

export function recordOf(owner: string, name: string, kind: CounterKind, runs: readonly Run[]): GroupRecord {
  return [
    owner,
    name,
    runs.map(
      ({ startTime, endTime, isTentative, isClosed, counters }, index): RunRecord => [
        startTime,
        endTime,
        isTentative ? 1 : 0,
        isClosed ? 1 : 0,
        // What continues is compared with the newest run only.
        index === runs.length - 1 ? kind.counters.map((counter) => counterRecordOf(counters[counter])) : [],
      ],
    ),
  ];
}

export function runOf([startTime, endTime, isTentative, isClosed, counters]: RunRecord, kind: CounterKind): Run {
  // Another release may have known other counters of that kind: then nothing is known of these.
  const values = counters.length === kind.counters.length ? counters : [];
  const named = kind.counters.map((name, place) => [name, counterOf(values[place] ?? null)] as const);
  return {
    startTime,
    endTime,
    counters: Object.fromEntries(named),
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
