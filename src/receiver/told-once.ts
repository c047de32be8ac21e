import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../inspector/activity.ts';
import { PartitionHomes } from './partition-homes.ts';
import { StoragePoolTellers } from './storage-pool-tellers.ts';

/** What a system tells of a sample, and which of its partitions it leaves to others. */
export interface Telling {
  readonly told: FrameActivity;
  readonly away: readonly PartitionActivity[];
}

/** Sees to it that what several systems of a receiver see is told by one of them. */
export class ToldOnce {
  readonly #homes: PartitionHomes;
  readonly #pools: StoragePoolTellers;

  /** @param staleAfter milliseconds after which a system that is silent says nothing of the present */
  constructor(clock: Clock, logger: Logger, staleAfter: number) {
    this.#homes = new PartitionHomes(clock, logger, staleAfter);
    this.#pools = new StoragePoolTellers(clock, staleAfter);
  }

  /**
   * What a new activity tells, by what is known of the other systems now. Call it once for each, in their order.
   * @param isPresent whether it is a sample of the present; what is fetched again of the past says nothing new
   */
  tell(frame: FrameActivity, isPresent: boolean): Telling {
    if (isPresent && frame.sample.fresh.hypervisor) this.#homes.note(frame);
    const { told, away } = this.#homes.tell(frame);
    return { told: this.#pools.tell(told), away };
  }

  /** A system that others read from now on. */
  forget(systemId: string): void {
    this.#homes.forget(systemId);
    this.#pools.forget(systemId);
  }

  /** What the newest activity of a system shows of the present, beside those of the others. */
  show(frame: FrameActivity): FrameActivity {
    return this.#homes.show(frame);
  }
}
