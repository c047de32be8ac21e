import { z } from 'zod';
import { parseJson } from '../../base/text/json.ts';
import type { KeyChange, KeyValue } from '../../etcd/index.ts';
import type { Fleet } from '../../fleet/index.ts';
import type {
  PoolReporter,
  SharedSightings,
  Sighting,
  SightingsListener,
  SystemSightings,
} from '../../receiver/index.ts';

/** Milliseconds before the changes are watched again. */
const PAUSE = 2_000;

const systemRecord = z.object({
  name: z.string(),
  active: z.array(z.string()).default([]),
  resting: z.array(z.string()).default([]),
  placeholder: z.array(z.string()).default([]),
  arrivals: z.record(z.string(), z.number()).default({}),
});
const poolRecord = z.object({ systemId: z.string(), time: z.number(), after: z.number() });

interface KnownPool extends PoolReporter {
  readonly createRevision: string;
}

/**
 * What the systems of a receiver list, and who reports which storage pool, in etcd: written by whoever reads a system, only
 * as long as he does, and watched by all.
 */
export class FleetSightings implements SharedSightings {
  readonly #fleet: Fleet;
  readonly #prefix: string;
  readonly #groupOf: (systemId: string) => string | undefined;
  readonly #systems = new Map<string, SystemSightings>();
  readonly #pools = new Map<string, KnownPool>();
  /** By key: what is older than that is no news. */
  readonly #revisions = new Map<string, bigint>();
  #listener: SightingsListener | undefined;
  /** While it lasts. */
  #listing: Promise<void> | undefined;
  /** Up to this revision everything is known. */
  #listedRevision: bigint | undefined;

  /** @param groupOf the group through which this member reads a system */
  constructor(fleet: Fleet, receiverId: string, groupOf: (systemId: string) => string | undefined) {
    this.#fleet = fleet;
    this.#prefix = fleet.keys.sightings(receiverId);
    this.#groupOf = groupOf;
  }

  /**
   * Resolves when what was reported until now is known.
   * @throws {EtcdError}
   */
  async load(): Promise<void> {
    if (this.#listedRevision === undefined) await this.#list();
  }

  /** Follows what others report, until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#fleet;
    while (!signal.aborted) {
      const attempt = new AbortController();
      const follow = (changes: readonly KeyChange[]) => {
        for (const { type, kv } of changes) this.#apply(kv, type === 'DELETE');
      };
      // What was missed and could not be listed is no reason to go on as if all were known.
      const catchUp = (revision: string) =>
        void this.#listFrom(BigInt(revision)).catch((error) => attempt.abort(error));
      const until = AbortSignal.any([signal, attempt.signal]);
      await client.watch(this.#prefix, follow, until, catchUp).catch(() => undefined);
      if (!signal.aborted) await clock.sleep(PAUSE, signal).catch(() => undefined);
    }
  }

  subscribe(listener: SightingsListener): void {
    this.#listener = listener;
    for (const [systemId, sightings] of this.#systems) listener.learn(systemId, sightings);
    for (const poolId of this.#pools.keys()) listener.notePool(poolId);
  }

  sightingsOf(systemId: string): SystemSightings | undefined {
    return this.#systems.get(systemId);
  }

  report(systemId: string, sightings: SystemSightings): void {
    this.#systems.set(systemId, sightings);
    this.#write(systemId, `systems/${systemId}`, encodeSystem(sightings));
  }

  reportAlive(systemId: string): void {
    this.#write(systemId, `alive/${systemId}`, String(this.#fleet.clock.now()));
  }

  poolReporter(poolId: string): PoolReporter | undefined {
    return this.#pools.get(poolId);
  }

  async claimPool(poolId: string, systemId: string): Promise<void> {
    const group = this.#groupOf(systemId);
    const guard = group === undefined ? undefined : this.#fleet.guardOf(group);
    if (!guard) return;
    const { client } = this.#fleet;
    const key = `${this.#prefix}pools/${poolId}`;
    const known = this.#pools.get(poolId);
    const after = known?.time ?? 0;
    const record = { systemId, time: after, after };
    try {
      // Two steps, so that of several who claim it at a time one succeeds.
      if (known) await client.commit([guard, { key, createRevision: known.createRevision }], [{ remove: key }]);
      const { succeeded, revision, found } = await client.commit(
        [guard, { key, createRevision: '0' }],
        [{ put: key, value: JSON.stringify(record) }],
      );
      const other = found.find((one) => one.key === key);
      if (succeeded) this.#pools.set(poolId, { ...record, createRevision: revision });
      else if (other) this.#apply(other, false);
    } catch {
      // Without etcd nobody reports it until it answers; this member stops reading by then.
    }
  }

  reportPool(poolId: string, time: number): void {
    const known = this.#pools.get(poolId);
    if (!known) return;
    const { systemId, after, createRevision } = known;
    const record = { systemId, after, time: Math.max(time, known.time) };
    this.#pools.set(poolId, { ...record, createRevision });
    this.#write(systemId, `pools/${poolId}`, JSON.stringify(record));
  }

  /** Of a system that others read by now nothing is written. */
  #write(systemId: string, key: string, value: string): void {
    const group = this.#groupOf(systemId);
    if (group !== undefined) this.#fleet.share(group, `${this.#prefix}${key}`, value);
  }

  /** Lists everything, unless that was done at the revision that is given, or later. */
  async #listFrom(revision: bigint): Promise<void> {
    await this.#listing?.catch(() => undefined);
    if (this.#listedRevision === undefined || this.#listedRevision < revision) await this.#list();
  }

  /** Who asks while a list is on its way gets that one. */
  #list(): Promise<void> {
    this.#listing ??= this.#readAll().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #readAll(): Promise<void> {
    const { keys, revision } = await this.#fleet.client.list(this.#prefix);
    for (const one of keys) this.#apply(one, false);
    const listed = new Set(keys.map(({ key }) => key));
    for (const key of [...this.#revisions.keys()].filter((known) => !listed.has(known))) {
      this.#apply({ key, value: '', createRevision: '0', modRevision: revision, lease: '0' }, true);
    }
    this.#listedRevision = BigInt(revision);
  }

  #apply({ key, value, createRevision, modRevision }: KeyValue, isGone: boolean): void {
    const revision = BigInt(modRevision);
    if (revision < (this.#revisions.get(key) ?? 0n)) return;
    if (isGone) this.#revisions.delete(key);
    else this.#revisions.set(key, revision);
    const [kind, id = ''] = key.slice(this.#prefix.length).split('/');
    if (kind === 'alive' && !isGone) this.#listener?.noteAlive(id);
    if (kind === 'systems') {
      const sightings = isGone ? undefined : decodeSystem(value);
      if (sightings) this.#systems.set(id, sightings);
      else this.#systems.delete(id);
      this.#listener?.learn(id, sightings);
    }
    if (kind === 'pools' && !isGone) {
      const record = poolRecord.safeParse(parseJson(value));
      if (!record.success) return;
      this.#pools.set(id, { ...record.data, createRevision });
      this.#listener?.notePool(id);
    }
  }
}

function encodeSystem({ name, partitions }: SystemSightings): string {
  const lists = { active: [] as string[], resting: [] as string[], placeholder: [] as string[] };
  const arrivals: Record<string, number> = {};
  for (const [id, { presence, arrivedAt }] of partitions) {
    lists[presence].push(id);
    if (arrivedAt !== undefined) arrivals[id] = arrivedAt;
  }
  return JSON.stringify({ name, ...lists, arrivals });
}

function decodeSystem(text: string): SystemSightings | undefined {
  const record = systemRecord.safeParse(parseJson(text));
  if (!record.success) return undefined;
  const { name, arrivals } = record.data;
  const partitions = new Map<string, Sighting>();
  for (const presence of ['active', 'resting', 'placeholder'] as const) {
    for (const id of record.data[presence]) partitions.set(id, { presence, arrivedAt: arrivals[id] });
  }
  return { name, partitions };
}
