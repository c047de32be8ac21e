import type { PcmDocument } from '../model.ts';
import type { Instant, Listed } from './system-sample.ts';

/** What `assemble` remembers of a system between polls. Immutable; small. */
export interface AssemblyState {
  readonly systemId: string;
  /** The newest feed time seen of each source: what is not above it has been here before. */
  readonly marks: ReadonlyMap<string, number>;
  /** Inner time of the newest hypervisor document that was fresh. */
  readonly newestTime: number | undefined;
  readonly instants: readonly Instant[];
  /** Parts that came before their instant. */
  readonly waiting: readonly Listed<PcmDocument>[];
  /** Documents that may describe instants to come too. */
  readonly background: readonly Listed<PcmDocument>[];
  /** By source: feed time of the newest background document that a sample has brought. */
  readonly served: ReadonlyMap<string, number>;
}

export function emptyAssembly(systemId: string): AssemblyState {
  return {
    systemId,
    marks: new Map(),
    newestTime: undefined,
    instants: [],
    waiting: [],
    background: [],
    served: new Map(),
  };
}
