import type { StorageCounters, TrafficCounters } from './counters.ts';

/**
 * What pools, ports, bridges and disks have counted of members that are gone or began anew: their own counters go on
 * when a member leaves. Names: the id of a pool, the location of a port.
 */
export interface Carried {
  /** Milliseconds since 1970: when the sizes of the pools last changed. */
  readonly since: number;
  /** Cycles that the pools had been given until then. */
  readonly poolSize: Readonly<Record<string, number>>;
  /** Cycles. */
  readonly poolUse: Readonly<Record<string, bigint>>;
  readonly ports: Readonly<Record<string, TrafficCounters>>;
  readonly trunks: Readonly<Record<string, TrafficCounters>>;
  readonly fibreChannel: Readonly<Record<string, StorageCounters>>;
  readonly disks: Readonly<Record<string, StorageCounters>>;
}

export function nothingCarried(since: number): Carried {
  return { since, poolSize: {}, poolUse: {}, ports: {}, trunks: {}, fibreChannel: {}, disks: {} };
}
