import { elapsedBetweenInstants, stampOf } from './instant.ts';
import type { EnergySample, GuestMemoryDocument, HypervisorSample, PcmDocument, ViosSample } from './model.ts';
import { GUEST_MEMORY_REACH, newestWithin, pairNearest, SAMPLE_INTERVAL } from './pairing.ts';
import { MAX_CLOCK_STEP } from './source-times.ts';
import type { Listed, SystemSample } from './system-sample.ts';

/** Instants that a late document may still complete. */
const KEPT_INSTANTS = 4;
/** Documents that came before their instant: a few at most, or something is wrong with the feed. */
const MAX_WAITING = 32;

/** `status` of a document without data (powervm-rest-api.md 5.1). */
const NOTHING_COLLECTED = 1;

/** The newest feed time seen of each kind of document: what is not above it has been here before. */
export interface HighWaterMarks {
  readonly hypervisor: number | undefined;
  /** By partition number. */
  readonly vioses: ReadonlyMap<number, number>;
  readonly guestMemory: number | undefined;
  readonly energy: number | undefined;
}

/** An instant with the documents that were found for it so far. */
interface Instant extends Listed<HypervisorSample> {
  readonly vioses: ReadonlyMap<number, Listed<ViosSample>>;
  readonly energy: Listed<EnergySample> | undefined;
  readonly guestMemory: Listed<GuestMemoryDocument> | undefined;
}

/** What {@link assemble} remembers of a system between polls. Immutable; small. */
export interface AssemblyState {
  readonly systemId: string;
  readonly marks: HighWaterMarks;
  /** Inner time of the newest hypervisor document that was fresh. */
  readonly newestTime: number | undefined;
  readonly instants: readonly Instant[];
  readonly waitingVioses: readonly Listed<ViosSample>[];
  readonly waitingEnergy: readonly Listed<EnergySample>[];
  readonly guestMemory: readonly Listed<GuestMemoryDocument>[];
  /** Feed time of the newest lpar document that a sample has brought. */
  readonly servedGuestMemory: number | undefined;
}

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

export function emptyAssembly(systemId: string): AssemblyState {
  return {
    systemId,
    marks: { hypervisor: undefined, vioses: new Map(), guestMemory: undefined, energy: undefined },
    newestTime: undefined,
    instants: [],
    waitingVioses: [],
    waitingEnergy: [],
    guestMemory: [],
    servedGuestMemory: undefined,
  };
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
      instants: finished.slice(-KEPT_INSTANTS),
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

/** Far back is a clock that was set, of which the documents before were believed: its time goes on from there. */
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
  // Without the timebase nobody can tell a second stamp from a second sample.
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

/** Tells the documents apart, oldest first, without those that a high-water mark says were here before. */
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
    // Nothing was collected: whatever stands in it is no measurement. Of status 2 what is there is good.
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

interface Completion<Document> {
  readonly instants: readonly Instant[];
  readonly waiting: readonly Listed<Document>[];
  readonly unplaced: readonly Listed<Document>[];
}

function completeWithVioses(
  instants: readonly Instant[],
  documents: readonly Listed<ViosSample>[],
  newestListing: number | undefined,
): Completion<ViosSample> {
  const found = new Map<Instant, Listed<ViosSample>[]>();
  const waiting: Listed<ViosSample>[] = [];
  const unplaced: Listed<ViosSample>[] = [];
  for (const number of new Set(documents.map((listed) => listed.document.number))) {
    const { ready, early } = splitEarly(
      documents.filter((listed) => listed.document.number === number),
      newestListing,
    );
    const { free, unserved } = withoutServed(instants, ready, (instant) => instant.vioses.has(number));
    const pairs = pairNearest(free, unserved);
    for (const [listed, instant] of pairs) {
      found.set(instant, [...(found.get(instant) ?? []), listed]);
    }
    unplaced.push(...unserved.filter((listed) => !pairs.has(listed) && isPast(instants, listed)));
    waiting.push(...early);
  }
  return {
    instants: instants.map((instant) => {
      const added = found.get(instant);
      if (!added) return instant;
      return {
        ...instant,
        vioses: new Map([...instant.vioses, ...added.map((listed) => [listed.document.number, listed] as const)]),
      };
    }),
    waiting: waiting.slice(-MAX_WAITING),
    unplaced,
  };
}

function completeWithEnergy(
  instants: readonly Instant[],
  documents: readonly Listed<EnergySample>[],
  newestListing: number | undefined,
): Completion<EnergySample> {
  const { ready, early } = splitEarly(documents, newestListing);
  const { free, unserved } = withoutServed(instants, ready, (instant) => instant.energy !== undefined);
  const pairs = pairNearest(free, unserved);
  const found = new Map([...pairs].map(([listed, instant]) => [instant, listed]));
  return {
    instants: instants.map((instant) => {
      const energy = found.get(instant);
      return energy ? { ...instant, energy } : instant;
    }),
    waiting: early.slice(-MAX_WAITING),
    unplaced: unserved.filter((listed) => !pairs.has(listed) && isPast(instants, listed)),
  };
}

/**
 * Instants that lack a document of this kind, and the documents that may fill them: not those that belong to an instant
 * which has one, as another console lists them again.
 */
function withoutServed<Document>(
  instants: readonly Instant[],
  documents: readonly Listed<Document>[],
  isServed: (instant: Instant) => boolean,
) {
  const served = instants.filter(isServed);
  const isRepeated = ({ listedAt }: Listed<Document>) =>
    served.some((instant) => Math.abs(instant.listedAt - listedAt) < SAMPLE_INTERVAL / 2);
  return {
    free: instants.filter((instant) => !isServed(instant)),
    unserved: documents.filter((listed) => !isRepeated(listed)),
  };
}

/** Whether a document is of a time before all instants that are kept. */
function isPast<Document>([oldest]: readonly Instant[], { listedAt }: Listed<Document>): boolean {
  return oldest !== undefined && listedAt < oldest.listedAt - SAMPLE_INTERVAL / 2;
}

/** A document nearer to the next instant than to the newest known one waits for it. */
function splitEarly<Document>(documents: readonly Listed<Document>[], newestListing: number | undefined) {
  const isEarly = (listed: Listed<Document>) =>
    newestListing === undefined || listed.listedAt > newestListing + SAMPLE_INTERVAL / 2;
  return {
    ready: documents.filter((listed) => !isEarly(listed)),
    early: documents.filter(isEarly),
  };
}

/** The sample of an instant that was put out before and has got more documents since. */
function supplementOf(systemId: string, before: Instant, now: Instant): SystemSample | undefined {
  const addedVioses = [...now.vioses.keys()].filter((number) => !before.vioses.has(number));
  const addedEnergy = now.energy !== before.energy;
  if (addedVioses.length === 0 && !addedEnergy) return undefined;
  return toSample(systemId, now, {
    hypervisor: false,
    vioses: new Set(addedVioses),
    guestMemory: false,
    energy: addedEnergy,
  });
}

function toSample(systemId: string, instant: Instant, fresh: SystemSample['fresh']): SystemSample {
  const listings = new Map<string, number>();
  if (fresh.hypervisor) listings.set('phyp', instant.listedAt);
  for (const number of fresh.vioses) listings.set(`vios_${number}`, instant.vioses.get(number)?.listedAt ?? 0);
  if (fresh.guestMemory && instant.guestMemory) listings.set('lpar', instant.guestMemory.listedAt);
  if (fresh.energy && instant.energy) listings.set('energy', instant.energy.listedAt);
  return {
    systemId,
    listedAt: instant.listedAt,
    hypervisor: instant.document,
    vioses: new Map([...instant.vioses].map(([number, { document }]) => [number, document])),
    guestMemory: instant.guestMemory?.document.partitions ?? new Map(),
    energy: instant.energy?.document,
    fresh,
    listings,
  };
}
