import type { GnocchiResource } from './batch.ts';

/** Resources that are remembered: some thousand partitions with their disks and interfaces. */
const GENERATION = 50_000;
/** Name and instance of a disk or an interface are part of what they are: only these have attributes that change. */
const CHANGING = new Set(['instance', 'host']);

/** Resource attributes already sent to Gnocchi, so that only changes are sent again. */
export class ResourceCache {
  #known = new Map<string, string>();

  hasChanged(resource: GnocchiResource): boolean {
    return CHANGING.has(resource.type) && this.#known.get(resource.id) !== JSON.stringify(resource.attributes);
  }

  remember({ id, type, attributes }: GnocchiResource): void {
    if (!CHANGING.has(type)) return;
    if (this.#known.size >= GENERATION) this.#known = new Map();
    this.#known.set(id, JSON.stringify(attributes));
  }
}
