import type { EnergySample, GuestMemoryDocument, HypervisorSample, PcmDocument, ViosSample } from '../model.ts';
import type { AssemblyState, HighWaterMarks, Instant } from './assembly-state.ts';
import { completeWithEnergy, completeWithVioses, supplementOf, toSample } from './completion.ts';
import { elapsedBetweenInstants, stampOf } from './instant.ts';
import { GUEST_MEMORY_REACH, newestWithin, SAMPLE_INTERVAL } from './pairing.ts';
import { MAX_CLOCK_STEP } from './source-times.ts';
import type { Listed, SystemSample } from './system-sample.ts';

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
  const newestListing = sorted.hypervisors.at(-1)?.listedAt ?? state.marks.hypervisor;
  const known = state.instants.length;
  const { instants, repeated, late } = addInstants(state.instants, sorted.hypervisors);
  const vioses = completeWithVioses(instants, [...state.waitingVioses, ...sorted.vioses], newestListing);
  const energy = completeWithEnergy(vioses.instants, [...state.waitingEnergy, ...sorted.energy], newestListing);
  const guestMemory = [...state.guestMemory, ...sorted.guestMemory];

  const samples: SystemSample[] = [];
  let { newestTime, servedGuestMemory } = state;
  let duplicateTimes = 0;
  const finished = energy.instants.map((instant, index): Instant => {
    const before = index < known ? state.instants[index] : undefined;
    if (before) {
      const supplement = supplementOf(state.systemId, before, instant);
      if (supplement) samples.push(supplement);
      return instant;
    }
    const memory = newestWithin(guestMemory, instant.listedAt, GUEST_MEMORY_REACH);
    const isFresh = newestTime === undefined || isLater(instant.document.time, newestTime);
    if (!isFresh) duplicateTimes += 1;
    const withMemory = { ...instant, guestMemory: memory };
    samples.push(
      toSample(state.systemId, withMemory, {
        hypervisor: isFresh,
        vioses: new Set(instant.vioses.keys()),
        guestMemory: memory !== undefined && (servedGuestMemory === undefined || memory.listedAt > servedGuestMemory),
        energy: instant.energy !== undefined,
      }),
    );
    if (isFresh) newestTime = instant.document.time;
    if (memory) servedGuestMemory = Math.max(servedGuestMemory ?? memory.listedAt, memory.listedAt);
    return withMemory;
  });

  return {
    samples,
    duplicates: sorted.duplicates + duplicateTimes + repeated,
    late: sorted.late + late,
    unplaced: [...vioses.unplaced, ...energy.unplaced],
    state: {
      systemId: state.systemId,
      marks: sorted.marks,
      newestTime,
      instants: finished.slice(-MAX_REMEMBERED_INSTANTS),
      waitingVioses: vioses.waiting,
      waitingEnergy: energy.waiting,
      guestMemory: guestMemory
        .filter((listed) => listed.listedAt >= (newestListing ?? 0) - GUEST_MEMORY_REACH)
        .slice(-3),
      servedGuestMemory,
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
  const later = (time: number | undefined) => (time === undefined ? undefined : time + step);
  const { marks } = state;
  return {
    systemId: state.systemId,
    marks: {
      hypervisor: later(marks.hypervisor),
      vioses: new Map([...marks.vioses].map(([number, mark]) => [number, mark + step])),
      guestMemory: later(marks.guestMemory),
      energy: later(marks.energy),
    },
    newestTime: later(state.newestTime),
    instants: state.instants.map(moved),
    waitingVioses: state.waitingVioses.map(moved),
    waitingEnergy: state.waitingEnergy.map(moved),
    guestMemory: state.guestMemory.map(moved),
    servedGuestMemory: later(state.servedGuestMemory),
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
      instants.push({ ...listed, vioses: new Map(), energy: undefined, guestMemory: undefined });
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
  readonly vioses: readonly Listed<ViosSample>[];
  readonly guestMemory: readonly Listed<GuestMemoryDocument>[];
  readonly energy: readonly Listed<EnergySample>[];
  readonly marks: HighWaterMarks;
  readonly duplicates: number;
  readonly late: number;
}

/** Sorts the documents by kind, oldest first, without those at or below a high-water mark. */
function sortDocuments(state: AssemblyState, documents: readonly Listed<PcmDocument>[]): SortedDocuments {
  const hypervisors: Listed<HypervisorSample>[] = [];
  const vioses: Listed<ViosSample>[] = [];
  const guestMemory: Listed<GuestMemoryDocument>[] = [];
  const energy: Listed<EnergySample>[] = [];
  const marks = { ...state.marks, vioses: new Map(state.marks.vioses) };
  let duplicates = 0;
  let late = 0;
  for (const { listedAt, document } of [...documents].sort((left, right) => left.listedAt - right.listedAt)) {
    const isNew = (mark: number | undefined) => mark === undefined || listedAt > mark;
    // Nothing was collected: its content is not a measurement. With status 2 the present values are valid.
    if (document.kind !== 'lpar' && document.status === NOTHING_COLLECTED) continue;
    if (document.kind === 'phyp' && isNew(marks.hypervisor)) {
      marks.hypervisor = listedAt;
      hypervisors.push({ listedAt, document });
    } else if (document.kind === 'vios' && isNew(marks.vioses.get(document.number))) {
      marks.vioses.set(document.number, listedAt);
      vioses.push({ listedAt, document });
    } else if (document.kind === 'lpar' && isNew(marks.guestMemory)) {
      marks.guestMemory = listedAt;
      guestMemory.push({ listedAt, document });
    } else if (document.kind === 'energy' && isNew(marks.energy)) {
      marks.energy = listedAt;
      energy.push({ listedAt, document });
    } else if (document.kind === 'phyp' && listedAt !== marks.hypervisor) {
      late += 1;
    } else {
      duplicates += 1;
    }
  }
  return { hypervisors, vioses, guestMemory, energy, marks, duplicates, late };
}
