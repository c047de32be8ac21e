import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import { hasArrived, type Presence, presenceState } from '../../inspector/partition/mobility.ts';
import type { Placements } from './placements.ts';
import { ALIVE_AT_FIRST, type SharedSightings, type Sighting, type SystemSightings } from './sightings.ts';
import { SightingsIndex } from './sightings-index.ts';
import { withoutPartitions } from './without-partitions.ts';

const RANK: Readonly<Record<Presence, number>> = { placeholder: 0, resting: 1, active: 2 };

/** The system on which a partition is placed, and from when on: older samples belong to others. */
interface Place {
  readonly systemId: string;
  readonly since: number;
}

/**
 * On which of several systems each partition is placed, when others read some of them. Who decides knows nothing but what
 * all of them are told: of the systems that list a partition, it is on the one where there is most of it, and of two on
 * the one where it came to life last. So it does not matter who decides, when it started, and what it saw before.
 */
export class SharedPartitionPlacement implements Placements {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #staleAfter: number;
  readonly #shared: SharedSightings;
  readonly #index = new SightingsIndex();
  /** Systems that are read here: nobody knows more of them. */
  readonly #own = new Set<string>();
  /** By system, monotonic. */
  readonly #aliveAt = new Map<string, number>();
  #views = new WeakMap<FrameActivity, { readonly version: number; readonly activity: FrameActivity }>();

  /** @param staleAfter milliseconds without a sample after which a system is stale */
  constructor(clock: Clock, logger: Logger, staleAfter: number, shared: SharedSightings) {
    this.#clock = clock;
    this.#logger = logger;
    this.#staleAfter = staleAfter;
    this.#shared = shared;
  }

  learn(systemId: string, sightings: SystemSightings | undefined): void {
    this.noteAlive(systemId);
    if (!this.#own.has(systemId)) this.#index.set(systemId, sightings, this.#clock.monotonic());
  }

  noteAlive(systemId: string): void {
    this.#aliveAt.set(systemId, this.#clock.monotonic());
  }

  record(frame: FrameActivity): void {
    const { id: systemId, name = systemId } = frame.system.description;
    this.#own.add(systemId);
    this.noteAlive(systemId);
    const before = this.#index.of(systemId);
    const sightings = { name, partitions: sightPartitions(frame, before) };
    if (before && before.name === name && areSame(before.partitions, sightings.partitions)) {
      if (this.#index.contestedSince(systemId) !== undefined) this.#shared.reportAlive(systemId);
      return;
    }
    this.#index.set(systemId, sightings, this.#clock.monotonic());
    this.#shared.report(systemId, sightings);
    for (const partition of frame.partitions) this.#logMove(partition, frame, before);
  }

  split(frame: FrameActivity): { readonly owned: FrameActivity; readonly elsewhere: readonly PartitionActivity[] } {
    const elsewhere = this.#elsewhere(frame, frame.time);
    return { owned: withoutPartitions(frame, elsewhere), elsewhere };
  }

  currentView(frame: FrameActivity): FrameActivity {
    const { version } = this.#index;
    const known = this.#views.get(frame);
    if (known?.version === version) return known.activity;
    const activity = withoutPartitions(frame, this.#elsewhere(frame, Number.POSITIVE_INFINITY));
    this.#views.set(frame, { version, activity });
    return activity;
  }

  /** Others read it from now on, and report it. */
  forget(systemId: string): void {
    this.#own.delete(systemId);
    this.#index.set(systemId, this.#shared.sightingsOf(systemId), this.#clock.monotonic());
  }

  #elsewhere(frame: FrameActivity, time: number): readonly PartitionActivity[] {
    const { id: systemId } = frame.system.description;
    return frame.partitions.filter(({ id }) => {
      const place = this.#placeOf(id, systemId);
      return place !== undefined && place.systemId !== systemId && time >= place.since;
    });
  }

  /** Undefined for one that one system lists. */
  #placeOf(id: string, asking: string): Place | undefined {
    const rivals = this.#index.rivals(id).filter((systemId) => systemId === asking || !this.#isStale(systemId));
    const [first, ...others] = rivals;
    if (first === undefined) return undefined;
    const best = others.reduce((best, other) => (this.#comesFirst(other, best, id) ? other : best), first);
    return { systemId: best, since: this.#index.sighting(best, id)?.arrivedAt ?? Number.NEGATIVE_INFINITY };
  }

  /** Rivals are in the order of their ids, so that who comes first of two equal ones is the same for all. */
  #comesFirst(systemId: string, other: string, partitionId: string): boolean {
    const [one, two] = [this.#index.sighting(systemId, partitionId), this.#index.sighting(other, partitionId)];
    if (!one || !two) return one !== undefined;
    const rank = RANK[one.presence] - RANK[two.presence];
    return rank > 0 || (rank === 0 && arrivalOf(one) > arrivalOf(two));
  }

  /** Who lists what others list says so with every sample. */
  #isStale(systemId: string): boolean {
    const aliveAt = this.#aliveAt.get(systemId) ?? Number.NEGATIVE_INFINITY;
    const since = this.#index.contestedSince(systemId) ?? Number.NEGATIVE_INFINITY;
    return this.#clock.monotonic() - Math.max(aliveAt, since) > this.#staleAfter;
  }

  #logMove({ id, name }: PartitionActivity, frame: FrameActivity, before: SystemSightings | undefined): void {
    const { id: systemId, name: to = systemId } = frame.system.description;
    const arrivedAt = this.#index.sighting(systemId, id)?.arrivedAt;
    if (!before || arrivedAt === before.partitions.get(id)?.arrivedAt) return;
    const from = this.#index
      .rivals(id)
      .find((other) => other !== systemId && this.#index.sighting(other, id)?.arrivedAt !== undefined);
    if (from === undefined) return;
    this.#logger.info(
      { partition: name, id, from: this.#index.of(from)?.name ?? from, to },
      'a partition has migrated; it goes on with the attributes of its new system, and its series begin anew there',
    );
  }
}

function sightPartitions(frame: FrameActivity, before: SystemSightings | undefined): ReadonlyMap<string, Sighting> {
  return new Map(
    frame.partitions.map((partition) => {
      const known = before?.partitions.get(partition.id);
      const presence = presenceState(partition);
      const hasCome = presence === 'active' && (hasArrived(partition, frame) || known?.presence !== 'active');
      const arrivedAt = hasCome ? (before === undefined ? ALIVE_AT_FIRST : frame.time) : known?.arrivedAt;
      const isKnown = known?.presence === presence && known.arrivedAt === arrivedAt;
      return [partition.id, isKnown ? known : { presence, arrivedAt }];
    }),
  );
}

function areSame(one: ReadonlyMap<string, Sighting>, other: ReadonlyMap<string, Sighting>): boolean {
  if (one.size !== other.size) return false;
  for (const [id, sighting] of other) if (one.get(id) !== sighting) return false;
  return true;
}

function arrivalOf({ arrivedAt = Number.NEGATIVE_INFINITY }: Sighting): number {
  return arrivedAt;
}
