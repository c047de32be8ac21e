import type { EnergySample, GuestMemoryDocument, HypervisorSample, PcmDocument, ViosSample } from './model.ts';
import { GUEST_MEMORY_REACH, newestWithin, pairNearest, SAMPLE_INTERVAL } from './pairing.ts';
import type { Listed, SystemSample } from './system-sample.ts';

/** Instants that a late document may still complete. */
const KEPT_INSTANTS = 4;
/** Documents that came before their instant: a few at most, or something is wrong with the feed. */
const MAX_WAITING = 32;

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
  readonly vioses: ReadonlyMap<number, ViosSample>;
  readonly energy: EnergySample | undefined;
  readonly guestMemory: Listed<GuestMemoryDocument> | undefined;
}

/** What {@link assemble} remembers of a system between polls. Immutable; small. */
export interface AssemblyState {
  readonly systemId: string;
  readonly marks: HighWaterMarks;
  /** The greatest inner time of a hypervisor document. */
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
 * gives no second point of an instant that has one.
 */
export function assemble(state: AssemblyState, documents: readonly Listed<PcmDocument>[]): Assembly {
  const sorted = sortDocuments(state, documents);
  const newestListing = sorted.hypervisors.at(-1)?.listedAt ?? state.marks.hypervisor;
  const known = state.instants.length;
  const instants = [
    ...state.instants,
    ...sorted.hypervisors.map(
      (listed): Instant => ({ ...listed, vioses: new Map(), energy: undefined, guestMemory: undefined }),
    ),
  ];
  const vioses = completeWithVioses(instants, [...state.waitingVioses, ...sorted.vioses], newestListing);
  const energy = completeWithEnergy(vioses.instants, [...state.waitingEnergy, ...sorted.energy], newestListing);
  const guestMemory = [...state.guestMemory, ...sorted.guestMemory];

  const samples: SystemSample[] = [];
  let { newestTime, servedGuestMemory } = state;
  let duplicateTimes = 0;
  const finished = energy.instants.map((instant, index): Instant => {
    const before = state.instants[index];
    if (index < known && before) {
      const supplement = supplementOf(state.systemId, before, instant);
      if (supplement) samples.push(supplement);
      return instant;
    }
    const memory = newestWithin(guestMemory, instant.listedAt, GUEST_MEMORY_REACH);
    const isFresh = newestTime === undefined || instant.document.time > newestTime;
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
    newestTime = Math.max(newestTime ?? instant.document.time, instant.document.time);
    if (memory) servedGuestMemory = Math.max(servedGuestMemory ?? memory.listedAt, memory.listedAt);
    return withMemory;
  });

  return {
    samples,
    duplicates: sorted.duplicates + duplicateTimes,
    late: sorted.late,
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
}

function completeWithVioses(
  instants: readonly Instant[],
  documents: readonly Listed<ViosSample>[],
  newestListing: number | undefined,
): Completion<ViosSample> {
  const found = new Map<Instant, ViosSample[]>();
  const waiting: Listed<ViosSample>[] = [];
  for (const number of new Set(documents.map((listed) => listed.document.number))) {
    const { ready, early } = splitEarly(
      documents.filter((listed) => listed.document.number === number),
      newestListing,
    );
    const free = instants.filter((instant) => !instant.vioses.has(number));
    for (const [listed, instant] of pairNearest(free, ready)) {
      found.set(instant, [...(found.get(instant) ?? []), listed.document]);
    }
    waiting.push(...early);
  }
  return {
    instants: instants.map((instant) => {
      const added = found.get(instant);
      if (!added) return instant;
      return { ...instant, vioses: new Map([...instant.vioses, ...added.map((vios) => [vios.number, vios] as const)]) };
    }),
    waiting: waiting.slice(-MAX_WAITING),
  };
}

function completeWithEnergy(
  instants: readonly Instant[],
  documents: readonly Listed<EnergySample>[],
  newestListing: number | undefined,
): Completion<EnergySample> {
  const { ready, early } = splitEarly(documents, newestListing);
  const pairs = pairNearest(
    instants.filter((instant) => !instant.energy),
    ready,
  );
  const found = new Map([...pairs].map(([listed, instant]) => [instant, listed.document]));
  return {
    instants: instants.map((instant) => {
      const energy = found.get(instant);
      return energy ? { ...instant, energy } : instant;
    }),
    waiting: early.slice(-MAX_WAITING),
  };
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
  return {
    systemId,
    listedAt: instant.listedAt,
    hypervisor: instant.document,
    vioses: instant.vioses,
    guestMemory: instant.guestMemory?.document.partitions ?? new Map(),
    energy: instant.energy,
    fresh,
  };
}
