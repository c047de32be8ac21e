import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import { PartitionPlacement } from './partition-placement.ts';
import { StoragePoolOwnership } from './storage-pool-ownership.ts';

/** The part of an activity that its system reports, and the partitions that other systems report. */
export interface OwnedActivity {
  readonly owned: FrameActivity;
  readonly elsewhere: readonly PartitionActivity[];
}

/** Ensures that what several systems of a receiver see is reported by one of them. */
export class CrossSystemDeduplicator {
  readonly #placements: PartitionPlacement;
  readonly #pools: StoragePoolOwnership;

  /** @param staleAfter milliseconds without a sample after which a system is stale */
  constructor(clock: Clock, logger: Logger, staleAfter: number) {
    this.#placements = new PartitionPlacement(clock, logger, staleAfter);
    this.#pools = new StoragePoolOwnership(clock, staleAfter);
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
