import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../inspector/activity.ts';
import { hasArrived, movesTo, presenceOf } from '../inspector/mobility.ts';
import { hasNeverRun } from '../inspector/processor.ts';

/** A partition that nobody has listed for so long is forgotten. */
const FORGET_AFTER = 86_400_000;

/** On which system a partition lives, and how it looked there last. */
interface Home {
  systemId: string;
  systemName: string;
  /** Sample time from which on it lives there: what is older may be told by others. */
  since: number;
  partition: PartitionActivity;
  /** Whether it has ever run there; otherwise it was only awaited, or never started. */
  hasLived: boolean;
  /** Monotonic. */
  seenAt: number;
}

/**
 * Remembers on which of several systems each partition lives, so that one that migrates is told of once while both frames
 * list it. What the documents say about it is judged in the inspector ({@link movesTo}); here is only the memory across
 * systems, which no sample of one system has.
 */
export class PartitionHomes {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #staleAfter: number;
  readonly #homes = new Map<string, Home>();
  /** Newest sample time of each system. */
  readonly #newest = new Map<string, number>();
  /** Counts moves: what was shown before one may have to be shown otherwise. */
  #moves = 0;
  #shown = new WeakMap<FrameActivity, { readonly moves: number; readonly activity: FrameActivity }>();
  #tidiedAt: number;

  /** @param staleAfter milliseconds after which a system that is silent says nothing of the present */
  constructor(clock: Clock, logger: Logger, staleAfter: number) {
    this.#clock = clock;
    this.#logger = logger;
    this.#staleAfter = staleAfter;
    this.#tidiedAt = clock.monotonic();
  }

  /** Takes note of what a sample of the present lists. */
  note(frame: FrameActivity): void {
    const { id: systemId } = frame.system.description;
    this.#newest.set(systemId, frame.time);
    const seenAt = this.#clock.monotonic();
    for (const partition of frame.partitions) {
      const home = this.#homes.get(partition.id);
      if (!home) this.#settle(partition, frame, seenAt);
      else if (home.systemId === systemId) {
        if (hasArrived(partition, frame)) home.since = frame.time;
        home.partition = partition;
        home.hasLived ||= !hasNeverRun(partition.processor);
        home.seenAt = seenAt;
      } else if (frame.time >= home.since && this.#hasMoved(home, partition, frame, seenAt)) {
        this.#logMove(home, partition, frame);
        this.#settle(partition, frame, seenAt);
        this.#moves += 1;
      }
    }
    this.#tidy(seenAt);
  }

  /**
   * What a sample tells: all but the partitions that lived on another system at its time. One that is read later than a
   * younger one of another system, after an outage, still tells what was true then.
   */
  tell(frame: FrameActivity): { readonly told: FrameActivity; readonly away: readonly PartitionActivity[] } {
    const away = this.#away(frame).filter(({ id }) => frame.time >= (this.#homes.get(id)?.since ?? 0));
    return { told: without(frame, away), away };
  }

  /** The same as a view of the present: all but the partitions that live on another system now. */
  show(frame: FrameActivity): FrameActivity {
    if (this.#newest.size < 2) return frame;
    const known = this.#shown.get(frame);
    if (known?.moves === this.#moves) return known.activity;
    const activity = without(frame, this.#away(frame));
    this.#shown.set(frame, { moves: this.#moves, activity });
    return activity;
  }

  /** Partitions that lived there may be told of by whoever lists them now. */
  forget(systemId: string): void {
    this.#newest.delete(systemId);
    for (const [id, home] of this.#homes) if (home.systemId === systemId) this.#homes.delete(id);
    this.#moves += 1;
  }

  #away(frame: FrameActivity): readonly PartitionActivity[] {
    if (this.#newest.size < 2) return [];
    const { id: systemId } = frame.system.description;
    return frame.partitions.filter(({ id }) => {
      const home = this.#homes.get(id);
      return home !== undefined && home.systemId !== systemId;
    });
  }

  #hasMoved(home: Home, partition: PartitionActivity, frame: FrameActivity, now: number): boolean {
    const isGone = this.#newest.get(home.systemId) !== home.partition.time;
    if (isGone || now - home.seenAt > this.#staleAfter) return true;
    return movesTo(presenceOf(home.partition), presenceOf(partition), hasArrived(partition, frame));
  }

  #settle(partition: PartitionActivity, { system, time }: FrameActivity, seenAt: number): void {
    const { id, name } = system.description;
    this.#homes.set(partition.id, {
      systemId: id,
      systemName: name ?? id,
      since: time,
      partition,
      hasLived: !hasNeverRun(partition.processor),
      seenAt,
    });
  }

  #logMove(home: Home, { id, name }: PartitionActivity, { system }: FrameActivity): void {
    if (!home.hasLived) return;
    this.#logger.info(
      { partition: name, id, from: home.systemName, to: system.description.name ?? system.description.id },
      'a partition has migrated; it goes on with the attributes of its new system, and its series begin anew there',
    );
  }

  #tidy(now: number): void {
    if (now - this.#tidiedAt < FORGET_AFTER / 24) return;
    this.#tidiedAt = now;
    for (const [id, home] of this.#homes) if (now - home.seenAt > FORGET_AFTER) this.#homes.delete(id);
  }
}

/** Without some partitions, in the counts of the frame too. */
function without(frame: FrameActivity, away: readonly PartitionActivity[]): FrameActivity {
  if (away.length === 0) return frame;
  const ids = new Set(away.map(({ id }) => id));
  const partitionCounts = frame.system.partitionCounts.flatMap((entry) => {
    const count = entry.count - away.filter(({ type, state }) => type === entry.type && state === entry.state).length;
    return count > 0 ? [{ ...entry, count }] : [];
  });
  return {
    ...frame,
    partitions: frame.partitions.filter(({ id }) => !ids.has(id)),
    system: { ...frame.system, partitionCounts },
  };
}
