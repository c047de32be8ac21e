import { documentKinds, sourceOfDocument } from '../documents/document-kinds.ts';
import { type HypervisorSample, type PcmDocument, SAMPLE_INTERVAL } from '../model.ts';
import type { AssemblyState } from './assembly-state.ts';
import { backgroundAt, completeWithParts, stillUseful, supplementOf, withDocuments } from './completion.ts';
import { elapsedBetweenInstants, stampOf } from './instant.ts';
import { MAX_CLOCK_STEP } from './source-times.ts';
import { type Instant, type Listed, type SystemSample, toSample } from './system-sample.ts';

/** Instants that a late document may still complete. */
const MAX_REMEMBERED_INSTANTS = 4;

/** `status` of a document without data (docs/reference/pcm-documents.md#envelope). */
const NOTHING_COLLECTED = 1;

export interface Assembly {
  readonly state: AssemblyState;
  /** Oldest first. */
  readonly samples: readonly SystemSample[];
  /** Documents that had been here before, or repeat an inner time. */
  readonly duplicates: number;
  /** Hypervisor documents that are older than what was already put together. */
  readonly late: number;
  /** Documents of a VIOS or of energy that came after their instant had been let go. */
  readonly unplaced: readonly Listed<PcmDocument>[];
}

/**
 * Puts the documents of one poll together with what is known from before.
 *
 * Feed times decide what belongs together, inner times stamp the values: they may differ by hours in old servers.
 * A hypervisor document whose inner time does not grow makes a sample that is not fresh: it can be looked at, but
 * gives no second point of an instant that has one. What another console stamped some seconds apart is the instant that
 * is known already, and may complete it.
 */
export function assemble(state: AssemblyState, documents: readonly Listed<PcmDocument>[]): Assembly {
  const sorted = sortDocuments(state, documents);
  const newestListing = sorted.hypervisors.at(-1)?.listedAt ?? state.marks.get('phyp');
  const known = state.instants.length;
  const { instants, repeated, late } = addInstants(state.instants, sorted.hypervisors);
  const complete = completeWithParts(instants, [...state.waiting, ...sorted.parts], newestListing);
  const background = [...state.background, ...sorted.background];

  const samples: SystemSample[] = [];
  const served = new Map(state.served);
  let { newestTime } = state;
  let duplicateTimes = 0;
  const finished = complete.instants.map((instant, index): Instant => {
    const before = index < known ? state.instants[index] : undefined;
    if (before) {
      const supplement = supplementOf(state.systemId, before, instant);
      if (supplement) samples.push(supplement);
      return instant;
    }
    const fresh = new Set(instant.documents.keys());
    const isFresh = newestTime === undefined || isLater(instant.document.time, newestTime);
    if (isFresh) newestTime = instant.document.time;
    if (isFresh) fresh.add('phyp');
    else duplicateTimes += 1;
    const around = backgroundAt(instant.listedAt, background);
    for (const { document, listedAt } of around) {
      const source = sourceOfDocument(document);
      const servedUntil = served.get(source);
      if (servedUntil !== undefined && listedAt <= servedUntil) continue;
      served.set(source, listedAt);
      fresh.add(source);
    }
    const described = withDocuments(instant, around);
    samples.push(toSample(state.systemId, described, fresh));
    return described;
  });

  return {
    samples,
    duplicates: sorted.duplicates + duplicateTimes + repeated,
    late: sorted.late + late,
    unplaced: complete.unplaced,
    state: {
      systemId: state.systemId,
      marks: sorted.marks,
      newestTime,
      instants: finished.slice(-MAX_REMEMBERED_INSTANTS),
      waiting: complete.waiting,
      background: stillUseful(background, newestListing ?? 0),
      served,
    },
  };
}

/**
 * The state with the times of a console whose clock was set by so many milliseconds: what comes next is compared with
 * what was there before by the new clock.
 */
export function afterClockStep(state: AssemblyState, step: number): AssemblyState {
  const moved = <Item extends { readonly listedAt: number }>(item: Item): Item => ({
    ...item,
    listedAt: item.listedAt + step,
  });
  const later = (times: ReadonlyMap<string, number>) =>
    new Map([...times].map(([source, time]) => [source, time + step]));
  return {
    systemId: state.systemId,
    marks: later(state.marks),
    newestTime: state.newestTime === undefined ? undefined : state.newestTime + step,
    instants: state.instants.map(moved),
    waiting: state.waiting.map(moved),
    background: state.background.map(moved),
    served: later(state.served),
  };
}

/** Far back is a clock that was set, whose earlier documents were accepted: its time continues from there. */
function isLater(time: number, newest: number): boolean {
  return time > newest || time < newest - MAX_CLOCK_STEP;
}

/**
 * Instants of new documents behind those that are known. A second stamp of a known one only moves that; one that is
 * older by the system's own timebase was listed by a clock that has been set back since.
 */
function addInstants(known: readonly Instant[], hypervisors: readonly Listed<HypervisorSample>[]) {
  const instants = [...known];
  let repeated = 0;
  let late = 0;
  for (const listed of hypervisors) {
    const newest = instants.at(-1);
    if (newest && isOlderByTimebase(newest.document, listed.document)) {
      late += 1;
      continue;
    }
    const same = instants.findIndex((instant) => isSecondStamp(instant.document, listed.document));
    const instant = instants[same];
    if (instant) {
      instants[same] = { ...instant, listedAt: listed.listedAt };
      repeated += 1;
    } else {
      instants.push({ ...listed, documents: new Map() });
    }
  }
  return { instants, repeated, late };
}

function isOlderByTimebase(newest: HypervisorSample, other: HypervisorSample): boolean {
  const [from, to] = [stampOf(newest), stampOf(other)];
  if (from.uptime === undefined || to.uptime === undefined) return false;
  return elapsedBetweenInstants(from, to) <= -SAMPLE_INTERVAL / 2;
}

function isSecondStamp(known: HypervisorSample, other: HypervisorSample): boolean {
  const [from, to] = [stampOf(known), stampOf(other)];
  // Without the timebase a second stamp cannot be distinguished from a second sample.
  if (from.uptime === undefined || to.uptime === undefined || from.time === to.time) return false;
  return Math.abs(elapsedBetweenInstants(from, to)) < SAMPLE_INTERVAL / 2;
}

interface SortedDocuments {
  readonly hypervisors: readonly Listed<HypervisorSample>[];
  readonly parts: readonly Listed<PcmDocument>[];
  readonly background: readonly Listed<PcmDocument>[];
  readonly marks: ReadonlyMap<string, number>;
  readonly duplicates: number;
  readonly late: number;
}

/** Sorts the documents by what they are to an instant, oldest first, without those at or below a high-water mark. */
function sortDocuments(state: AssemblyState, documents: readonly Listed<PcmDocument>[]): SortedDocuments {
  const hypervisors: Listed<HypervisorSample>[] = [];
  const parts: Listed<PcmDocument>[] = [];
  const background: Listed<PcmDocument>[] = [];
  const marks = new Map(state.marks);
  let duplicates = 0;
  let late = 0;
  for (const listed of [...documents].sort((left, right) => left.listedAt - right.listedAt)) {
    const { listedAt, document } = listed;
    // Nothing was collected: its content is not a measurement. With status 2 the present values are valid.
    if ('status' in document && document.status === NOTHING_COLLECTED) continue;
    const source = sourceOfDocument(document);
    const mark = marks.get(source);
    if (mark !== undefined && listedAt <= mark) {
      if (document.kind === 'phyp' && listedAt !== mark) late += 1;
      else duplicates += 1;
      continue;
    }
    marks.set(source, listedAt);
    if (document.kind === 'phyp') hypervisors.push({ listedAt, document });
    else if (documentKinds[document.kind].role === 'background') background.push(listed);
    else parts.push(listed);
  }
  return { hypervisors, parts, background, marks, duplicates, late };
}
