import type { Clock } from '../../base/clock/clock.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import type { SystemSample } from '../../pcm/assembly/system-sample.ts';
import type { PoolOwnership } from './placements.ts';
import type { SharedSightings } from './sightings.ts';
import { withoutSize } from './storage-pool-ownership.ts';

/**
 * Which system reports the size of a shared storage pool, when others read some of them: the first to claim it, and another
 * one when nobody has heard of that for a while.
 */
export class SharedStoragePools implements PoolOwnership {
  readonly #clock: Clock;
  readonly #staleAfter: number;
  readonly #shared: SharedSightings;
  /** By pool, monotonic. */
  readonly #aliveAt = new Map<string, number>();

  /** @param staleAfter milliseconds without a sample after which a system is stale */
  constructor(clock: Clock, staleAfter: number, shared: SharedSightings) {
    this.#clock = clock;
    this.#staleAfter = staleAfter;
    this.#shared = shared;
  }

  notePool(poolId: string): void {
    this.#aliveAt.set(poolId, this.#clock.monotonic());
  }

  async prepare(samples: readonly SystemSample[]): Promise<void> {
    for (const { systemId, vioses } of samples) {
      for (const { storagePools } of vioses.values()) {
        for (const { id } of storagePools) {
          if (this.#isFree(id, systemId)) await this.#shared.claimPool(id, systemId);
        }
      }
    }
  }

  accountFor(frame: FrameActivity): FrameActivity {
    if (frame.storagePools.length === 0) return frame;
    const { id: systemId } = frame.system.description;
    const storagePools = frame.storagePools.map((pool) => {
      const reporter = this.#shared.poolReporter(pool.id);
      // What it saw before another one reported last is no news.
      if (reporter?.systemId !== systemId || pool.time <= reporter.after) return withoutSize(pool);
      if (pool.fresh && pool.size !== undefined) {
        this.notePool(pool.id);
        this.#shared.reportPool(pool.id, pool.time);
      }
      return pool;
    });
    return { ...frame, storagePools };
  }

  /** Whoever reads it from now on goes on with its pools. */
  forget(): void {}

  #isFree(poolId: string, systemId: string): boolean {
    const reporter = this.#shared.poolReporter(poolId);
    if (reporter === undefined) return true;
    if (reporter.systemId === systemId) return false;
    return this.#clock.monotonic() - (this.#aliveAt.get(poolId) ?? 0) > this.#staleAfter;
  }
}
