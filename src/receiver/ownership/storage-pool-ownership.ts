import type { Clock } from '../../base/clock/clock.ts';
import type { FrameActivity, StoragePoolActivity } from '../../inspector/activity.ts';
import type { PoolOwnership } from './placements.ts';

interface PoolOwner {
  readonly systemId: string;
  /** Of the document that reported the size last. */
  readonly time: number;
  /** Monotonic. */
  readonly reportedAt: number;
}

/**
 * Tracks which system reports the size of a shared storage pool that spans several, so that no series is duplicated.
 * When it becomes stale another one takes over, with newer data only.
 */
export class StoragePoolOwnership implements PoolOwnership {
  readonly #clock: Clock;
  readonly #staleAfter: number;
  readonly #ownership = new Map<string, PoolOwner>();

  /** @param staleAfter milliseconds without a sample after which a system is stale */
  constructor(clock: Clock, staleAfter: number) {
    this.#clock = clock;
    this.#staleAfter = staleAfter;
  }

  /** What is known is known here. */
  async prepare(): Promise<void> {}

  accountFor(frame: FrameActivity): FrameActivity {
    if (frame.storagePools.length === 0) return frame;
    const { id } = frame.system.description;
    return {
      ...frame,
      storagePools: frame.storagePools.map((pool) => (this.#isOwned(pool, id) ? pool : withoutSize(pool))),
    };
  }

  /** The system is read by others: another one here may report its pools at once. */
  forget(systemId: string): void {
    for (const [id, owner] of this.#ownership) if (owner.systemId === systemId) this.#ownership.delete(id);
  }

  #isOwned(pool: StoragePoolActivity, systemId: string): boolean {
    const owner = this.#ownership.get(pool.id);
    const now = this.#clock.monotonic();
    const isOwnedByAnother = owner !== undefined && owner.systemId !== systemId;
    if (isOwnedByAnother && (now - owner.reportedAt <= this.#staleAfter || pool.time <= owner.time)) return false;
    if (pool.fresh && pool.size !== undefined) {
      // Its past may come after its present, during a backfill.
      const time = Math.max(pool.time, isOwnedByAnother ? pool.time : (owner?.time ?? pool.time));
      this.#ownership.set(pool.id, { systemId, time, reportedAt: now });
    }
    return true;
  }
}

export function withoutSize(pool: StoragePoolActivity): StoragePoolActivity {
  return { ...pool, size: undefined, usage: undefined };
}
