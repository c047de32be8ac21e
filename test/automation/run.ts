import type { Change, Reason } from './change.ts';

/**
 * `queued` → `running` → `judged` → `reported`; `superseded` from each of the first three. What a run is about to do
 * is on the disk before it is done: one that was `running` when the server died restarts, one that was `judged`
 * is only reported.
 */
export type RunState = 'queued' | 'running' | 'judged' | 'reported' | 'superseded';

/** `undecided`: the test system failed and not the change; a comment without a vote. */
export type Outcome = 'success' | 'failure' | 'undecided';

export interface SuiteResult {
  readonly name: string;
  readonly outcome: Outcome;
  /** Seconds. */
  readonly duration: number;
  /** Why, for whoever reads the comment; one line. */
  readonly detail: string;
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly suites: readonly SuiteResult[];
  /** What else the author should know, a line each. */
  readonly remarks: readonly string[];
  /** Whether the same may end otherwise when it is tried again. */
  readonly isRetried: boolean;
}

export interface Run {
  /** Unique forever; part of the address of its log. */
  readonly id: string;
  readonly change: Change;
  readonly reason: Reason;
  readonly state: RunState;
  /** From 1. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly queuedAt: number;
  /** Not to be taken up before, after a failure of the test system. */
  readonly notBefore: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly verdict: Verdict | undefined;
}

export function isFinished({ state }: Run): boolean {
  return state === 'reported' || state === 'superseded';
}
