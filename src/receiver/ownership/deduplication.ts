import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import type { SystemSample } from '../../pcm/assembly/system-sample.ts';
import { PartitionPlacement } from './partition-placement.ts';
import type { Placements, PoolOwnership } from './placements.ts';
import { SharedPartitionPlacement } from './shared-partition-placement.ts';
import { SharedStoragePools } from './shared-storage-pools.ts';
import type { SharedSightings } from './sightings.ts';
import { StoragePoolOwnership } from './storage-pool-ownership.ts';

/** The part of an activity that its system reports, and the partitions that other systems report. */
export interface OwnedActivity {
  readonly owned: FrameActivity;
  readonly elsewhere: readonly PartitionActivity[];
}

/** Ensures that what several systems see is reported by one of them. */
export class CrossSystemDeduplicator {
  readonly #placements: Placements;
  readonly #pools: PoolOwnership;

  /**
   * @param staleAfter milliseconds without a sample after which a system is stale
   * @param shared with others that read other systems; undefined: all that matters is read here
   */
  constructor(clock: Clock, logger: Logger, staleAfter: number, shared?: SharedSightings) {
    if (shared) {
      const placements = new SharedPartitionPlacement(clock, logger, staleAfter, shared);
      const pools = new SharedStoragePools(clock, staleAfter, shared);
      shared.subscribe({
        learn: (systemId, sightings) => placements.learn(systemId, sightings),
        noteAlive: (systemId) => placements.noteAlive(systemId),
        notePool: (poolId) => pools.notePool(poolId),
      });
      this.#placements = placements;
      this.#pools = pools;
    } else {
      this.#placements = new PartitionPlacement(clock, logger, staleAfter);
      this.#pools = new StoragePoolOwnership(clock, staleAfter);
    }
  }

  /** To be awaited before the activities of the samples are looked at. Never rejects. */
  prepare(samples: readonly SystemSample[]): Promise<void> {
    return this.#pools.prepare(samples);
  }

  /**
   * The part of a new activity that its system owns, by what is known of the other systems. Call it once for each, in
   * order.
   * @param isPresent whether it is a current sample; backfilled ones do not change the placement
   */
  deduplicate(frame: FrameActivity, isPresent: boolean): OwnedActivity {
    if (isPresent && frame.sample.fresh.hypervisor) this.#placements.record(frame);
    const { owned, elsewhere } = this.#placements.split(frame);
    return { owned: this.#pools.accountFor(owned), elsewhere };
  }

  /** A system that others read from now on. */
  forget(systemId: string): void {
    this.#placements.forget(systemId);
    this.#pools.forget(systemId);
  }

  /** The newest activity of a system without what other systems own. */
  currentView(frame: FrameActivity): FrameActivity {
    return this.#placements.currentView(frame);
  }
}
