import type { Timed } from './activity.ts';
import type { CounterValues, GroupKey } from './counter-kinds.ts';

/** A group of counters in one document. */
export interface CounterGroup extends GroupKey {
  /** Which documents bring it, see {@link StartTimes.note}. */
  readonly source: string;
  /** Of the document. */
  readonly time: number;
  readonly counters: CounterValues;
}

/** The same group in the sample before, where the way through the samples has one. */
export interface Predecessor {
  readonly previous: Timed | undefined;
  /** Whether its counters began again since. */
  readonly restarted: boolean;
  /** Whether counters of an earlier time, which no way has seen together with these, cannot be those of one run. */
  readonly cannotFollow?: (earlier: CounterValues, time: number) => boolean;
}

/**
 * Remembers since when groups of counters run. One memory for all ways through the samples of a system, so that a series
 * has one start time whoever comes by.
 */
export interface StartTimes {
  /** Takes note of a document: what a document leaves out does not go on behind it. */
  note(source: string, time: number): void;
  startOf(group: CounterGroup, predecessor: Predecessor): number;
}

/** Source of what the hypervisor's documents bring. */
export const HYPERVISOR = 'phyp';

/** Source of what the documents of a VIOS bring. */
export function viosSource(number: number): string {
  return `vios ${number}`;
}

/** For one way alone: a group goes on with the start time of its predecessor, unless it has none or began again. */
export const startTimesOfOneWalk: StartTimes = {
  note: () => undefined,
  startOf: ({ time }, { previous, restarted }) =>
    previous === undefined || restarted ? time : Math.min(previous.startTime, time),
};
