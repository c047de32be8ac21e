import type { GnocchiResource } from './batch.ts';

/** Resources that are remembered: some thousand partitions with their disks and interfaces. */
const GENERATION = 50_000;
/** Name and instance of a disk or an interface are part of what they are: only these have attributes that change. */
const CHANGING = new Set(['instance', 'host']);

/** What Gnocchi was told about resources, so that it is told again only when something has changed. */
export class ResourceMemory {
  #told = new Map<string, string>();

  isNews(resource: GnocchiResource): boolean {
    return CHANGING.has(resource.type) && this.#told.get(resource.id) !== JSON.stringify(resource.attributes);
  }

  remember({ id, type, attributes }: GnocchiResource): void {
    if (!CHANGING.has(type)) return;
    if (this.#told.size >= GENERATION) this.#told = new Map();
    this.#told.set(id, JSON.stringify(attributes));
  }
}
