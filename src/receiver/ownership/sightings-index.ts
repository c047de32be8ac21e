import type { Sighting, SystemSightings } from './sightings.ts';

interface Contest {
  /** Partitions that it lists and others as well. */
  readonly ids: Set<string>;
  /** Monotonic. */
  readonly since: number;
}

/** Which systems list a partition. Most are listed by one: the list of one system is one object for all its partitions. */
export class SightingsIndex {
  readonly #systems = new Map<string, SystemSightings>();
  readonly #listers = new Map<string, readonly string[]>();
  readonly #alone = new Map<string, readonly string[]>();
  readonly #contests = new Map<string, Contest>();
  /** Counts changes, which invalidate cached views. */
  version = 0;

  of(systemId: string): SystemSightings | undefined {
    return this.#systems.get(systemId);
  }

  /** Ids of the systems that list a partition, when there are several. */
  rivals(partitionId: string): readonly string[] {
    const listers = this.#listers.get(partitionId) ?? [];
    return listers.length > 1 ? listers : [];
  }

  sighting(systemId: string, partitionId: string): Sighting | undefined {
    return this.#systems.get(systemId)?.partitions.get(partitionId);
  }

  /** Since when the system lists something that others list as well, monotonic; undefined while it does not. */
  contestedSince(systemId: string): number | undefined {
    return this.#contests.get(systemId)?.since;
  }

  /** @param now monotonic */
  set(systemId: string, sightings: SystemSightings | undefined, now: number): void {
    const before = this.#systems.get(systemId)?.partitions;
    const after = sightings?.partitions;
    if (sightings) this.#systems.set(systemId, sightings);
    else this.#systems.delete(systemId);
    this.version += 1;
    for (const id of before?.keys() ?? []) if (!after?.has(id)) this.#remove(id, systemId);
    for (const id of after?.keys() ?? []) if (!before?.has(id)) this.#add(id, systemId, now);
  }

  #add(id: string, systemId: string, now: number): void {
    const known = this.#listers.get(id);
    const listers = known ? [...known, systemId].sort() : this.#aloneOf(systemId);
    this.#listers.set(id, listers);
    if (listers.length < 2) return;
    for (const each of listers) {
      const contest = this.#contests.get(each) ?? { ids: new Set(), since: now };
      contest.ids.add(id);
      this.#contests.set(each, contest);
    }
  }

  #remove(id: string, systemId: string): void {
    const listers = this.#listers.get(id) ?? [];
    const [other, ...others] = listers.filter((each) => each !== systemId);
    if (other === undefined) this.#listers.delete(id);
    else this.#listers.set(id, others.length === 0 ? this.#aloneOf(other) : [other, ...others]);
    for (const each of others.length > 0 ? [systemId] : listers) {
      const contest = this.#contests.get(each);
      contest?.ids.delete(id);
      if (contest?.ids.size === 0) this.#contests.delete(each);
    }
  }

  #aloneOf(systemId: string): readonly string[] {
    const known = this.#alone.get(systemId) ?? [systemId];
    this.#alone.set(systemId, known);
    return known;
  }
}
