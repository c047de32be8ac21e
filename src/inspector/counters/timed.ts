import type { Timed } from '../activity.ts';
import type { CounterValues, GroupKey } from './counter-kinds.ts';

/** A group of counters in one document. */
export interface CounterGroup extends GroupKey {
  /** Which documents bring it, see {@link StartTimes.note}. */
  readonly source: string;
  /** Of the document. */
  readonly time: number;
  readonly counters: CounterValues;
}

/** The same group in the previous sample of the traversal, where it has one. */
export interface Predecessor {
  readonly previous: Timed | undefined;
  /** Whether its counters began again since. */
  readonly restarted: boolean;
  /** Whether earlier counters, which no traversal has seen together with these, cannot belong to the same run. */
  readonly cannotFollow?: (earlier: CounterValues, time: number) => boolean;
}

/**
 * Remembers since when groups of counters run. Shared by all traversals of a system, so that a series has one start
 * time for every reader.
 */
export interface StartTimes {
  /** Takes note of a document: what a document leaves out does not continue behind it. */
  note(source: string, time: number): void;
  startOf(group: CounterGroup, predecessor: Predecessor): number;
}

/** Source of what the hypervisor's documents bring. */
export const HYPERVISOR = 'phyp';

/** Source of what the documents of a VIOS bring. */
export function viosSource(number: number): string {
  return `vios ${number}`;
}

/** For a single traversal: a group keeps the start time of its predecessor, unless it has none or was restarted. */
export const startTimesOfOneTraversal: StartTimes = {
  note: () => undefined,
  startOf: ({ time }, { previous, restarted }) =>
    previous === undefined || restarted ? time : Math.min(previous.startTime, time),
};
