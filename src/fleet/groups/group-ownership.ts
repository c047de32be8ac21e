import type { Clock } from '../../base/clock/clock.ts';
import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { EtcdClient, Guard } from '../../etcd/index.ts';
import type { GroupReader, HeldGroup } from '../fleet-options.ts';
import type { FleetKeys } from '../keys.ts';
import type { Membership } from '../members/membership.ts';
import type { GroupRecord } from '../view.ts';
import type { StateWriter } from './state-writer.ts';

export interface GroupOwnershipContext {
  readonly client: EtcdClient;
  readonly keys: FleetKeys;
  /** Of this member. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly membership: Pick<Membership, 'isSafe'>;
  readonly writer: StateWriter;
  readonly readerOf: (group: string) => GroupReader | undefined;
  /** What etcd said of a group when it was last looked at. */
  readonly recordOf: (group: string) => GroupRecord | undefined;
  /** Whether anything new may be taken just now. */
  readonly mayTake: () => boolean;
  /** Aborts when this member leaves the fleet. */
  readonly leaving: AbortSignal;
  /** Called when a change of owner has come to its end. */
  readonly onChanged: () => void;
}

/** The groups that this member owns: how it claims one, gives one away, and lets go of one that it has lost. */
export class GroupOwnership {
  readonly #context: GroupOwnershipContext;
  readonly #held = new Map<string, HeldGroup>();
  /** What happens to a group just now. */
  readonly #busy = new Map<string, Promise<void>>();
  #takeovers = 0;
  #handovers = 0;

  constructor(context: GroupOwnershipContext) {
    this.#context = context;
  }

  /** Also those of which it is uncertain whether they are still ours. */
  get groups(): readonly HeldGroup[] {
    return [...this.#held.values()];
  }

  get changesInProgress(): number {
    return this.#busy.size;
  }

  /** Groups that were taken over from a member that did not hand them over. */
  get takeovers(): number {
    return this.#takeovers;
  }

  get handovers(): number {
    return this.#handovers;
  }

  has(group: string): boolean {
    return this.#held.has(group);
  }

  /** Whether a change of its owner is in progress. */
  isBusy(group: string): boolean {
    return this.#busy.has(group);
  }

  /** Whether it is certainly ours. */
  isHeld(group: string): boolean {
    return this.#held.has(group) && this.#context.membership.isSafe;
  }

  guardOf(group: string): Guard | undefined {
    return this.#held.get(group)?.guard;
  }

  /** Begins to claim a group that no one owns; nothing while it is changing. */
  claim(id: string, lease: string, signal: AbortSignal): void {
    this.#start(id, () => this.#claim(id, lease, signal));
  }

  /** Begins to read a group whose owner's key is ours already; nothing while it is changing. */
  resume(id: string, createRevision: string, signal: AbortSignal): void {
    this.#start(id, () => this.#take(id, createRevision, signal));
  }

  /** Begins to hand over a group; nothing while it is changing. */
  giveAway(group: HeldGroup): void {
    this.#start(group.id, () => this.#giveAway(group));
  }

  /** Hands over everything. Never rejects. */
  async giveAwayAll(): Promise<void> {
    await Promise.all(this.#busy.values());
    await Promise.all(this.groups.map((group) => this.#remember(group.id, this.#giveAway(group))));
  }

  /** It is someone else's, or may be: nothing is asked and nothing written any more. */
  lose(id: string, reason: string): void {
    const { writer, logger, readerOf } = this.#context;
    if (!this.#held.delete(id)) return;
    writer.close(id);
    logger.error({ group: id, reason }, 'this member has lost a group of consoles and reads it no longer');
    const ending = readerOf(id)?.release(id, false) ?? Promise.resolve();
    const before = this.#busy.get(id) ?? Promise.resolve();
    this.#remember(
      id,
      before.then(() => ending),
    );
  }

  async writeRecord(id: string, guard: Guard, record: GroupRecord, signal: AbortSignal): Promise<void> {
    const { client, keys } = this.#context;
    const change = { put: keys.group(id), value: JSON.stringify(record) };
    await client.commit([guard], [change], { signal }).catch(() => undefined);
  }

  async #claim(id: string, lease: string, signal: AbortSignal): Promise<void> {
    const { client, keys, name, clock } = this.#context;
    const key = keys.owner(id);
    const value = JSON.stringify({ member: name, since: clock.now() });
    const { succeeded, revision, found } = await client.commit(
      [{ key, createRevision: '0' }],
      [{ put: key, value, lease }],
      { signal },
    );
    const own = found.find((other) => other.lease === lease);
    if (succeeded) await this.#take(id, revision, signal);
    else if (own) await this.#take(id, own.createRevision, signal);
  }

  async #take(id: string, createRevision: string, signal: AbortSignal): Promise<void> {
    const { client, keys, membership, writer, readerOf, mayTake } = this.#context;
    const reader = readerOf(id);
    const guard = { key: keys.owner(id), createRevision };
    const prefix = keys.state(id);
    const { keys: found } = await client.list(prefix, { signal });
    if (!reader || !membership.isSafe || signal.aborted || !mayTake()) return;
    const state = new Map(found.map(({ key, value }) => [key.slice(prefix.length), value]));
    const isHeld = () => this.#held.get(id) === group && membership.isSafe;
    const group: HeldGroup = {
      id,
      guard,
      state,
      get isHeld() {
        return isHeld();
      },
    };
    this.#held.set(id, group);
    writer.open(id, guard);
    await this.#recordReader(id, guard, signal);
    if (group.isHeld) reader.take(group);
  }

  /** Writes down who reads it now, and says whose it was. */
  async #recordReader(id: string, guard: Guard, signal: AbortSignal): Promise<void> {
    const { name, clock, logger, recordOf } = this.#context;
    const before: GroupRecord = recordOf(id) ?? { takeovers: 0 };
    const isTakeover = before.reader !== undefined && before.reader !== name;
    const record = {
      ...before,
      reader: name,
      ...(isTakeover ? { takeovers: before.takeovers + 1, takenOverAt: clock.now() } : {}),
    };
    if (isTakeover) this.#takeovers += 1;
    logger.info(
      { group: id, ...(isTakeover ? { from: before.reader } : {}) },
      isTakeover ? 'taking over from another member' : 'reading',
    );
    await this.writeRecord(id, guard, record, signal);
  }

  /** Delivers what is in progress, writes down how far, ends the sessions, and gives the group free: in this order. */
  async #giveAway({ id, guard }: HeldGroup): Promise<void> {
    const { client, keys, writer, readerOf, recordOf } = this.#context;
    await readerOf(id)?.release(id, true);
    if (this.#held.get(id)?.guard !== guard) return;
    await writer.written(id).catch(() => undefined);
    this.#held.delete(id);
    writer.close(id);
    const { reader: _reader, ...record } = recordOf(id) ?? { takeovers: 0 };
    const changes = [{ remove: guard.key }, { put: keys.group(id), value: JSON.stringify(record) }];
    await client.commit([guard], changes);
    this.#handovers += 1;
  }

  #start(id: string, work: () => Promise<void>): void {
    if (!this.#busy.has(id)) void this.#remember(id, work());
  }

  #remember(id: string, work: Promise<void>): Promise<void> {
    const { logger, leaving, onChanged } = this.#context;
    const ended: Promise<void> = work
      .catch((error) => {
        if (!leaving.aborted) {
          logger.warn({ group: id, reason: describeError(error) }, 'a change of owner did not come to its end');
        }
      })
      .finally(() => {
        if (this.#busy.get(id) === ended) this.#busy.delete(id);
        onChanged();
      });
    this.#busy.set(id, ended);
    return ended;
  }
}
