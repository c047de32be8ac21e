import type { EtcdClient, Guard, KeyValue } from '../../etcd/index.ts';
import type { FleetKeys } from '../keys.ts';
import type { FleetView } from '../view.ts';

export interface Admission {
  /** Systems that the group may read. */
  readonly own: ReadonlySet<string>;
  /** The others, and the group that reads each. */
  readonly others: ReadonlyMap<string, string>;
}

/**
 * Which group of consoles reads a managed system: the first that ever saw it. Two consoles that are not in one group may see
 * the same system, and have two owners; it is read by one of them, and its cursors are kept with that one. The
 * affinity of a system to its group outlives the owners of both.
 */
export class SystemAffinity {
  readonly #client: EtcdClient;
  readonly #keys: FleetKeys;
  readonly #view: () => FleetView | undefined;

  /** @param view what etcd said last of the fleet */
  constructor(client: EtcdClient, keys: FleetKeys, view: () => FleetView | undefined) {
    this.#client = client;
    this.#keys = keys;
    this.#view = view;
  }

  /**
   * To be asked whenever the systems of a group were listed, before any of them is read.
   * @param seen ids of all that its consoles list
   * @param isComplete whether all of its consoles were asked: what none of them lists any more is given free then
   */
  async admit(
    receiver: string,
    group: string,
    guard: Guard,
    seen: readonly string[],
    isComplete: boolean,
  ): Promise<Admission> {
    const prefix = this.#keys.affinities(receiver);
    const { keys } = await this.#client.list(prefix);
    const known = new Map(keys.map((one) => [one.key.slice(prefix.length), one]));
    const own = new Set<string>();
    const others = new Map<string, string>();
    for (const id of seen) {
      const reader = await this.#groupOf(`${prefix}${id}`, group, guard, known.get(id));
      if (reader === group) own.add(id);
      else if (reader !== undefined) others.set(id, reader);
    }
    for (const [id, { key, value, createRevision }] of known) {
      if (isComplete && value === group && !seen.includes(id)) {
        const sightings = `${this.#keys.sightings(receiver)}systems/${id}`;
        await this.#client.commit([guard, { key, createRevision }], [{ remove: key }, { remove: sightings }]);
      }
    }
    await this.#join(group, guard, new Set(others.values()), isComplete);
    return { own, others };
  }

  /** Writes down which groups see the same systems, for those who decide who reads them; nothing where that is known. */
  async #join(group: string, guard: Guard, others: ReadonlySet<string>, isComplete: boolean): Promise<void> {
    const known = new Set((this.#view()?.joined ?? []).flatMap(([one, other]) => (one === group ? [other] : [])));
    const gone = isComplete ? [...known].filter((other) => !others.has(other)) : [];
    const changes = [
      ...[...others]
        .filter((other) => !known.has(other))
        .map((other) => ({ put: this.#keys.joined(group, other), value: '' })),
      ...gone.map((other) => ({ remove: this.#keys.joined(group, other) })),
    ];
    if (changes.length > 0) await this.#client.commit([guard], changes);
  }

  /** Whether a member has the group in its configuration. */
  #isConfigured(group: string): boolean {
    return [...(this.#view()?.members.values() ?? [])].some(({ groups }) => groups.includes(group));
  }

  async #groupOf(key: string, group: string, guard: Guard, known: KeyValue | undefined): Promise<string | undefined> {
    if (known && (known.value === group || this.#isConfigured(known.value))) return known.value;
    const createRevision = known?.createRevision ?? '0';
    const { succeeded, found } = await this.#client.commit(
      [guard, { key, createRevision }],
      [{ put: key, value: group }],
    );
    // Another one was faster, or the group is not ours any more: then it is no one's to read here.
    return succeeded ? group : found.find((one) => one.key === key)?.value;
  }
}
