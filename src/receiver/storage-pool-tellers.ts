import type { Clock } from '../base/clock.ts';
import type { FrameActivity, StoragePoolActivity } from '../inspector/activity.ts';

interface Teller {
  readonly systemId: string;
  /** Of the document that told the size last. */
  readonly time: number;
  /** Monotonic. */
  readonly toldAt: number;
}

/**
 * Remembers which system tells the size of a shared storage pool that spans several: one of them, so that no series comes
 * twice. When it falls silent another one goes on, with what is newer than the last word.
 */
export class StoragePoolTellers {
  readonly #clock: Clock;
  readonly #staleAfter: number;
  readonly #tellers = new Map<string, Teller>();

  /** @param staleAfter milliseconds after which a system that is silent says nothing of the present */
  constructor(clock: Clock, staleAfter: number) {
    this.#clock = clock;
    this.#staleAfter = staleAfter;
  }

  /** The activity with the sizes of those pools only that its system tells of. Call it once for each activity. */
  tell(frame: FrameActivity): FrameActivity {
    if (frame.storagePools.length === 0) return frame;
    const { id } = frame.system.description;
    return {
      ...frame,
      storagePools: frame.storagePools.map((pool) => (this.#isTold(pool, id) ? pool : withoutSize(pool))),
    };
  }

  /** The system is read by others: another one here may tell of its pools at once. */
  forget(systemId: string): void {
    for (const [id, teller] of this.#tellers) if (teller.systemId === systemId) this.#tellers.delete(id);
  }

  #isTold(pool: StoragePoolActivity, systemId: string): boolean {
    const teller = this.#tellers.get(pool.id);
    const now = this.#clock.monotonic();
    const isOthers = teller !== undefined && teller.systemId !== systemId;
    if (isOthers && (now - teller.toldAt <= this.#staleAfter || pool.time <= teller.time)) return false;
    if (pool.fresh && pool.size !== undefined) {
      // Its own past may come after its present, when an exporter catches up.
      const time = Math.max(pool.time, isOthers ? pool.time : (teller?.time ?? pool.time));
      this.#tellers.set(pool.id, { systemId, time, toldAt: now });
    }
    return true;
  }
}

function withoutSize(pool: StoragePoolActivity): StoragePoolActivity {
  return { ...pool, size: undefined, usage: undefined };
}
