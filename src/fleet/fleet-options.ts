import type { Clock } from '../base/clock/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { EtcdOptions, Guard } from '../etcd/index.ts';
import type { EtcdOperation } from './etcd-observer.ts';
import type { FleetReport } from './report.ts';

export interface FleetOptions {
  readonly etcd: EtcdOptions;
  /** Of all keys; ends with a slash. */
  readonly prefix: string;
  /** Milliseconds. */
  readonly leaseTime: number;
  readonly name: string;
  readonly logger: Logger;
  /** Leases live in real time, as sockets do, whatever clock the rest has. */
  readonly clock?: Clock;
}

/** A group that is ours to read, as long as {@link isHeld}. */
export interface HeldGroup {
  readonly id: string;
  /** What must hold for whatever is written about it. */
  readonly guard: Guard;
  /** What its readers had written down until now, by key. */
  readonly state: ReadonlyMap<string, string>;
  /** To be asked before every request to one of its consoles. */
  readonly isHeld: boolean;
}

/** Who reads the groups that a fleet gives to this member. */
export interface GroupReader {
  /** Ids of all groups that it could read. */
  readonly groups: readonly string[];
  /** Begins to read. */
  take(group: HeldGroup): void;
  /**
   * Ends reading, and resolves when nothing is asked any more.
   * @param isPlanned what is in progress may be delivered first; otherwise it has to end at once
   */
  release(group: string, isPlanned: boolean): Promise<void>;
  /** Whatever else it does as long as it is a member. Never rejects. */
  run?(signal: AbortSignal): Promise<void>;
  /** Partitions of the group; undefined before they are counted. */
  partitionsOf(group: string): number | undefined;
  consolesOf(group: string): number;
  /** Milliseconds that the newest sample of the group is old; undefined before the first. */
  lagOf(group: string): number | undefined;
}

/** What a member counts about itself, and knows of the fleet. */
export interface FleetStatistics extends FleetReport {
  readonly groupsHeld: number;
  readonly consolesHeld: number;
  /** Groups that were taken over from a member that did not hand them over. */
  readonly takeovers: number;
  readonly handovers: number;
  readonly leasesLost: number;
  readonly writes: number;
  readonly bytesSent: number;
  readonly etcd: readonly EtcdOperation[];
}
