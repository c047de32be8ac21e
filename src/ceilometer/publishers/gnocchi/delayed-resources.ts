import { countMeasures, type GnocchiResource, mergeResources } from './batch.ts';

/** What PCM keeps: measures that Gnocchi has not taken for so long would not come again from anywhere either. */
const RETENTION_MS = 30 * 60_000;
const MAX_MEASURES = 50_000;

export interface DelayedResource {
  readonly resource: GnocchiResource;
  readonly reason: string;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/**
 * Resources that Gnocchi does not take, for a reason that is theirs alone and may pass. Their measures are kept here,
 * so that those of the others continue.
 */
export class DelayedResources {
  readonly #delayed = new Map<string, DelayedResource>();

  has(id: string): boolean {
    return this.#delayed.has(id);
  }

  add(delayed: DelayedResource): void {
    this.#delayed.set(delayed.resource.id, delayed);
  }

  /** Keeps more measures of a resource that is here already. */
  addMeasures(resource: GnocchiResource): void {
    const known = this.#delayed.get(resource.id);
    if (known) this.add({ ...known, resource: mergeResources(known.resource, resource) });
  }

  /** Takes all of them out, to be tried again. */
  take(): readonly DelayedResource[] {
    const all = [...this.#delayed.values()];
    this.#delayed.clear();
    return all;
  }

  /** Takes out what was kept for too long, and the oldest when there is too much of it. */
  giveUp(now: number): readonly DelayedResource[] {
    const oldestFirst = [...this.#delayed.values()].sort((left, right) => left.since - right.since);
    let measures = countMeasures(oldestFirst.map(({ resource }) => resource));
    const given = oldestFirst.filter(({ resource, since }) => {
      if (now - since < RETENTION_MS && measures <= MAX_MEASURES) return false;
      measures -= countMeasures([resource]);
      return true;
    });
    for (const { resource } of given) this.#delayed.delete(resource.id);
    return given;
  }
}
