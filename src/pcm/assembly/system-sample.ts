import type { EnergySample, GuestMemorySample, HypervisorSample, ViosSample } from '../model.ts';

/** A parsed document and when the feed says it was taken; feed times pair documents, inner times stamp values. */
export interface Listed<Document> {
  readonly listedAt: number;
  readonly document: Document;
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
