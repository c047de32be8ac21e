import { sourceOfDocument } from '../documents/document-kinds.ts';
import type { HypervisorSample, PcmDocument } from '../model.ts';
import { hasRestartedBetween, stampOf } from './instant.ts';
import type { Listed } from './system-sample.ts';

/**
 * How far the inner times of a source may move against the feed's from one document to the next. Clocks are set by
 * seconds; a quarter of an hour is a clock that was set by hand, or no time at all.
 */
export const MAX_CLOCK_STEP = 15 * 60_000;
/** Where the timebase shows which of the two moved, half the distance of two samples is too much. */
const MAX_DRIFT = 15_000;

/** What is known of the inner times of the documents of one source. */
interface SourceClock {
  /** Document time minus feed time of the newest accepted document: hours in old servers, but constant. */
  readonly offset: number;
  /** The same of the newest document, where that was not accepted. */
  readonly suspect: number | undefined;
}

/** What is known of the timebase of a system. */
interface Timebase {
  readonly listedAt: number;
  /** Inner time. */
  readonly time: number;
  /** Seconds. */
  readonly uptime: number;
  readonly cyclesPerSecond: number;
  /**
   * How far ahead of both stamps the timebase of the newest document was, where that was not accepted; milliseconds.
   */
  readonly suspect: number | undefined;
}

/** By source: `phyp`, `vios_2`, `energy`; and the timebase of the hypervisor. Immutable; small. */
export interface SourceClocks {
  readonly sources: ReadonlyMap<string, SourceClock>;
  readonly timebase: Timebase | undefined;
}

export const unknownClocks: SourceClocks = { sources: new Map(), timebase: undefined };

export interface ValidatedTimes<Document> {
  readonly clocks: SourceClocks;
  readonly valid: readonly Document[];
  readonly invalidTimes: readonly Document[];
  /** Feed times of accepted hypervisor documents whose timebase was ignored. */
  readonly ignoredTimebase: readonly number[];
}

/**
 * Separates documents with an impossible time from the others, oldest first: one from the next century would make all
 * later ones look old. Two in a row that agree mean a clock that was set: the second is accepted. The hypervisor has
 * three clocks, stamp, feed and timebase, of which the one is wrong that the others contradict: a timebase that ran
 * ahead of both stamps is ignored.
 */
export function validateTimes(
  known: SourceClocks,
  documents: readonly Listed<PcmDocument>[],
): ValidatedTimes<Listed<PcmDocument>> {
  const sources = new Map(known.sources);
  let { timebase } = known;
  const valid: Listed<PcmDocument>[] = [];
  const invalidTimes: Listed<PcmDocument>[] = [];
  const ignoredTimebase: number[] = [];
  for (const listed of [...documents].sort((left, right) => left.listedAt - right.listedAt)) {
    const { document, listedAt } = listed;
    // Each guest of an lpar document has a time of its own.
    if (!('time' in document)) {
      valid.push(listed);
      continue;
    }
    const source = sourceOfDocument(document);
    const offset = document.time - listedAt;
    const clock = sources.get(source);
    const drift = document.kind === 'phyp' ? driftOf(timebase, document, listedAt) : undefined;
    const tolerance = drift && Math.abs(drift.fromFeed) <= MAX_DRIFT ? MAX_DRIFT : MAX_CLOCK_STEP;
    const isValid = !clock || isNear(offset, clock.offset, tolerance) || isNear(offset, clock.suspect, MAX_CLOCK_STEP);
    sources.set(source, isValid ? { offset, suspect: undefined } : { offset: clock.offset, suspect: offset });
    if (!isValid) {
      invalidTimes.push(listed);
      continue;
    }
    if (document.kind !== 'phyp') {
      valid.push(listed);
      continue;
    }
    const check = checkTimebase(timebase, document, listedAt, drift);
    timebase = check.timebase;
    if (check.isValid) valid.push(listed);
    else {
      ignoredTimebase.push(listedAt);
      valid.push({ listedAt, document: { ...document, timebaseCycles: undefined, cyclesPerSecond: undefined } });
    }
  }
  return { clocks: { sources, timebase }, valid, invalidTimes, ignoredTimebase };
}

/** What is known of the times of a console whose clock was set by so many milliseconds. */
export function clocksAfterStep({ sources, timebase }: SourceClocks, step: number): SourceClocks {
  if (!timebase) return { sources, timebase };
  return { sources, timebase: { ...timebase, listedAt: timebase.listedAt + step, time: timebase.time + step } };
}

/** Milliseconds by which the timebase ran ahead of each stamp since the last accepted document. */
interface Drift {
  readonly fromFeed: number;
  readonly fromStamp: number;
}

function driftOf(known: Timebase | undefined, document: HypervisorSample, listedAt: number): Drift | undefined {
  const { uptime } = stampOf(document);
  if (!known || uptime === undefined) return undefined;
  const elapsed = Math.round((uptime - known.uptime) * 1000);
  return { fromFeed: elapsed - (listedAt - known.listedAt), fromStamp: elapsed - (document.time - known.time) };
}

/**
 * A clock that was put forward leaves the timebase behind, a restart or an older document lowers it: positions deal with
 * those. One that runs ahead of the feed is a wrong number, or a clock that was set back, as the next document shows.
 */
function checkTimebase(
  known: Timebase | undefined,
  document: HypervisorSample,
  listedAt: number,
  drift: Drift | undefined,
): { readonly timebase: Timebase | undefined; readonly isValid: boolean } {
  const { uptime } = stampOf(document);
  const { cyclesPerSecond } = document;
  if (uptime === undefined || cyclesPerSecond === undefined) return { timebase: known, isValid: true };
  const next = { listedAt, time: document.time, uptime, cyclesPerSecond, suspect: undefined };
  if (!known || !drift) return { timebase: next, isValid: true };
  // A document of an older instant, which a clock listed that has been set back since.
  const isOlder = uptime < known.uptime && !hasRestartedBetween(known, { time: document.time, uptime });
  if (isOlder && cyclesPerSecond === known.cyclesPerSecond) return { timebase: known, isValid: true };
  const ahead = Math.min(drift.fromFeed, drift.fromStamp);
  const isSteady = cyclesPerSecond === known.cyclesPerSecond && ahead <= MAX_DRIFT;
  if (isSteady || isNear(ahead, known.suspect, MAX_DRIFT)) return { timebase: next, isValid: true };
  return { timebase: { ...known, suspect: ahead }, isValid: false };
}

function isNear(offset: number, other: number | undefined, tolerance: number): boolean {
  return other !== undefined && Math.abs(offset - other) <= tolerance;
}
