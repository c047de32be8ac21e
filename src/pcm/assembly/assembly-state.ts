import type { EnergySample, GuestMemoryDocument, HypervisorSample, ViosSample } from '../model.ts';
import type { Listed } from './system-sample.ts';

/** The newest feed time seen of each kind of document: what is not above it has been here before. */
export interface HighWaterMarks {
  readonly hypervisor: number | undefined;
  /** By partition number. */
  readonly vioses: ReadonlyMap<number, number>;
  readonly guestMemory: number | undefined;
  readonly energy: number | undefined;
}

/** An instant with the documents that were found for it so far. */
export interface Instant extends Listed<HypervisorSample> {
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
