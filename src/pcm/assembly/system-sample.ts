import type { EnergySample, GuestMemorySample, HypervisorSample, PcmDocument, ViosSample } from '../model.ts';

/** A parsed document and when the feed says it was taken; feed times pair documents, inner times stamp values. */
export interface Listed<Document> {
  readonly listedAt: number;
  readonly document: Document;
}

/** An instant with the documents that were found for it so far. */
export interface Instant extends Listed<HypervisorSample> {
  /** By source: `vios_1`, `lpar`, `energy`. */
  readonly documents: ReadonlyMap<string, Listed<PcmDocument>>;
}

/**
 * One instant of one managed system: the hypervisor's document and what belongs to it.
 *
 * The documents of an instant do not arrive together. A VIOS or energy document that comes late makes a second
 * `SystemSample` of the same instant, in which only that document is fresh.
 */
export interface SystemSample {
  /** UUID of the managed system. */
  readonly systemId: string;
  /** The feed's time of the hypervisor document. */
  readonly listedAt: number;
  readonly hypervisor: HypervisorSample;
  /** By partition number. Each VIOS document serves one instant and never two. */
  readonly vioses: ReadonlyMap<number, ViosSample>;
  /** By partition UUID, from the newest lpar document up to 150 s older than the instant. */
  readonly guestMemory: ReadonlyMap<string, GuestMemorySample>;
  readonly energy: EnergySample | undefined;
  readonly fresh: FreshDocuments;
  /** Feed times of the fresh documents, by source: `phyp`, `vios_1`, `lpar`, `energy`. */
  readonly listings: ReadonlyMap<string, number>;
}

/** Which documents of a {@link SystemSample} no earlier sample has brought. */
export interface FreshDocuments {
  readonly hypervisor: boolean;
  /** Partition numbers. */
  readonly vioses: ReadonlySet<number>;
  readonly guestMemory: boolean;
  readonly energy: boolean;
}

/** @param fresh sources of the documents that no earlier sample has brought; `phyp` is the instant itself */
export function toSample(systemId: string, instant: Instant, fresh: ReadonlySet<string>): SystemSample {
  const vioses = new Map<number, ViosSample>();
  const freshVioses = new Set<number>();
  let guestMemory: ReadonlyMap<string, GuestMemorySample> = new Map();
  let energy: EnergySample | undefined;
  const listings = new Map(fresh.has('phyp') ? [['phyp', instant.listedAt]] : []);
  for (const [source, { document, listedAt }] of instant.documents) {
    if (fresh.has(source)) listings.set(source, listedAt);
    if (document.kind === 'vios') vioses.set(document.number, document);
    if (document.kind === 'vios' && fresh.has(source)) freshVioses.add(document.number);
    if (document.kind === 'lpar') guestMemory = document.partitions;
    if (document.kind === 'energy') energy = document;
  }
  return {
    systemId,
    listedAt: instant.listedAt,
    hypervisor: instant.document,
    vioses,
    guestMemory,
    energy,
    fresh: {
      hypervisor: fresh.has('phyp'),
      vioses: freshVioses,
      guestMemory: fresh.has('lpar'),
      energy: fresh.has('energy'),
    },
    listings,
  };
}
