import type { Presence } from '../../inspector/partition/mobility.ts';

/** Before all samples: where it was alive when its system was looked at for the first time. */
export const ALIVE_AT_FIRST = 0;

/** How a managed system lists a partition. */
export interface Sighting {
  readonly presence: Presence;
  /** Time of the sample with which it came to life there, or {@link ALIVE_AT_FIRST}; undefined where it never was. */
  readonly arrivedAt: number | undefined;
}

/** What a managed system lists, as it is reported to those who read other systems. */
export interface SystemSightings {
  /** Of the system. */
  readonly name: string;
  /** By id of the partition. */
  readonly partitions: ReadonlyMap<string, Sighting>;
}

/** Which system reports the size of a shared storage pool. */
export interface PoolReporter {
  readonly systemId: string;
  /** Of the newest size that it has reported. */
  readonly time: number;
  /** Up to here another system has reported it. */
  readonly after: number;
}

export interface SightingsListener {
  /** Another process has reported what a system lists; undefined when no one reads it any more. */
  learn(systemId: string, sightings: SystemSightings | undefined): void;
  /** A system goes on that another process reads. */
  noteAlive(systemId: string): void;
  /** A pool goes on to be reported, by whichever system. */
  notePool(poolId: string): void;
}

/**
 * What processes that share systems report to each other, so that a partition or a storage pool that several systems see is
 * reported by one of them. It outlives every process.
 */
export interface SharedSightings {
  /** Reports at once what is known, and then whatever comes from others. */
  subscribe(listener: SightingsListener): void;
  /** What is known of a system, whoever reported it. */
  sightingsOf(systemId: string): SystemSightings | undefined;
  report(systemId: string, sightings: SystemSightings): void;
  /** For those who decide about what it and others list. */
  reportAlive(systemId: string): void;
  poolReporter(poolId: string): PoolReporter | undefined;
  /** Makes a system the reporter of a pool unless another one was faster. Never rejects. */
  claimPool(poolId: string, systemId: string): Promise<void>;
  /** Of a pool that the system reports. */
  reportPool(poolId: string, time: number): void;
}
