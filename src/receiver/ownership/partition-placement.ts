import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import { hasArrived, movesTo, presenceState } from '../../inspector/partition/mobility.ts';
import { hasNeverRun } from '../../inspector/partition/processor.ts';
import type { Placements } from './placements.ts';
import { withoutPartitions } from './without-partitions.ts';

/** A partition that no system has listed for so long is forgotten. */
const FORGET_AFTER = 86_400_000;

/** The system on which a partition is placed, and its last state there. */
interface Placement {
  systemId: string;
  systemName: string;
  /** Sample time from which it is placed there: older samples belong to others. */
  since: number;
  partition: PartitionActivity;
  /** Whether it has ever run there; otherwise it was only expected, or never started. */
  hasRun: boolean;
  /** Monotonic. */
  seenAt: number;
}

/**
 * Tracks on which of several systems each partition is placed, so that a migrating one is reported once while both
 * systems list it. What the documents say about it is judged in the inspector ({@link movesTo}); this class only
 * remembers across systems, which no sample of one system can.
 */
export class PartitionPlacement implements Placements {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #staleAfter: number;
  readonly #placements = new Map<string, Placement>();
  /** Newest sample time of each system. */
  readonly #newest = new Map<string, number>();
  /** Counts moves, which invalidate cached views. */
  #moves = 0;
  #views = new WeakMap<FrameActivity, { readonly moves: number; readonly activity: FrameActivity }>();
  #cleanedAt: number;

  /** @param staleAfter milliseconds without a sample after which a system is stale */
  constructor(clock: Clock, logger: Logger, staleAfter: number) {
    this.#clock = clock;
    this.#logger = logger;
    this.#staleAfter = staleAfter;
    this.#cleanedAt = clock.monotonic();
  }

  record(frame: FrameActivity): void {
    const { id: systemId } = frame.system.description;
    this.#newest.set(systemId, frame.time);
    const seenAt = this.#clock.monotonic();
    for (const partition of frame.partitions) {
      const placement = this.#placements.get(partition.id);
      if (!placement) this.#place(partition, frame, seenAt);
      else if (placement.systemId === systemId) {
        if (hasArrived(partition, frame)) placement.since = frame.time;
        placement.partition = partition;
        placement.hasRun ||= !hasNeverRun(partition.processor);
        placement.seenAt = seenAt;
      } else if (frame.time >= placement.since && this.#hasMoved(placement, partition, frame, seenAt)) {
        this.#logMove(placement, partition, frame);
        this.#place(partition, frame, seenAt);
        this.#moves += 1;
      }
    }
    this.#forgetOld(seenAt);
  }

  split(frame: FrameActivity): { readonly owned: FrameActivity; readonly elsewhere: readonly PartitionActivity[] } {
    const elsewhere = this.#elsewhere(frame).filter(({ id }) => frame.time >= (this.#placements.get(id)?.since ?? 0));
    return { owned: withoutPartitions(frame, elsewhere), elsewhere };
  }

  currentView(frame: FrameActivity): FrameActivity {
    if (this.#newest.size < 2) return frame;
    const known = this.#views.get(frame);
    if (known?.moves === this.#moves) return known.activity;
    const activity = withoutPartitions(frame, this.#elsewhere(frame));
    this.#views.set(frame, { moves: this.#moves, activity });
    return activity;
  }

  /** Partitions that were placed there may be reported by the system that lists them now. */
  forget(systemId: string): void {
    this.#newest.delete(systemId);
    for (const [id, placement] of this.#placements) if (placement.systemId === systemId) this.#placements.delete(id);
    this.#moves += 1;
  }

  #elsewhere(frame: FrameActivity): readonly PartitionActivity[] {
    if (this.#newest.size < 2) return [];
    const { id: systemId } = frame.system.description;
    return frame.partitions.filter(({ id }) => {
      const placement = this.#placements.get(id);
      return placement !== undefined && placement.systemId !== systemId;
    });
  }

  #hasMoved(placement: Placement, partition: PartitionActivity, frame: FrameActivity, now: number): boolean {
    const isGone = this.#newest.get(placement.systemId) !== placement.partition.time;
    if (isGone || now - placement.seenAt > this.#staleAfter) return true;
    return movesTo(presenceState(placement.partition), presenceState(partition), hasArrived(partition, frame));
  }

  #place(partition: PartitionActivity, { system, time }: FrameActivity, seenAt: number): void {
    const { id, name } = system.description;
    this.#placements.set(partition.id, {
      systemId: id,
      systemName: name ?? id,
      since: time,
      partition,
      hasRun: !hasNeverRun(partition.processor),
      seenAt,
    });
  }

  #logMove(placement: Placement, { id, name }: PartitionActivity, { system }: FrameActivity): void {
    if (!placement.hasRun) return;
    this.#logger.info(
      { partition: name, id, from: placement.systemName, to: system.description.name ?? system.description.id },
      'a partition has migrated; it goes on with the attributes of its new system, and its series begin anew there',
    );
  }

  #forgetOld(now: number): void {
    if (now - this.#cleanedAt < FORGET_AFTER / 24) return;
    this.#cleanedAt = now;
    for (const [id, placement] of this.#placements)
      if (now - placement.seenAt > FORGET_AFTER) this.#placements.delete(id);
  }
}
