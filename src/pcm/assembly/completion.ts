import type { EnergySample, ViosSample } from '../model.ts';
import type { Instant } from './assembly-state.ts';
import { pairNearest, SAMPLE_INTERVAL } from './pairing.ts';
import type { Listed, SystemSample } from './system-sample.ts';

/** Documents that came before their instant: a few at most, or something is wrong with the feed. */
const MAX_WAITING = 32;

interface Completion<Document> {
  readonly instants: readonly Instant[];
  readonly waiting: readonly Listed<Document>[];
  readonly unplaced: readonly Listed<Document>[];
}

export function completeWithVioses(
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

export function completeWithEnergy(
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
export function supplementOf(systemId: string, before: Instant, now: Instant): SystemSample | undefined {
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

export function toSample(systemId: string, instant: Instant, fresh: SystemSample['fresh']): SystemSample {
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
