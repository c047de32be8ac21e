import os from 'node:os';
import { type Clock, systemClock } from '../base/clock/clock.ts';
import type { Condition } from '../base/condition.ts';
import { describeError, PowerVmError } from '../base/errors/errors.ts';
import type { Logger } from '../base/logger.ts';
import { version } from '../base/version.ts';
import { EtcdClient, type Guard } from '../etcd/index.ts';
import { EtcdObserver } from './etcd-observer.ts';
import type { FleetOptions, FleetStatistics, GroupReader, HeldGroup } from './fleet-options.ts';
import { SystemHomes } from './homes.ts';
import { FleetKeys } from './keys.ts';
import { type MemberStatus, readStatuses } from './member-status.ts';
import { Membership } from './membership.ts';
import { placement } from './placement.ts';
import { type FleetReport, fleetReport } from './report.ts';
import { StateWriter } from './state-writer.ts';
import { type FleetView, type GroupRecord, placedGroups, readView } from './view.ts';

/** Milliseconds between two looks at who is there, when no change wakes us. */
const LOOK_INTERVAL = 2_000;
/** A change is seldom alone. */
const SETTLE = 200;
/** A new member is not alone for long when several are started: it waits before it takes what is free. */
const JOIN_PAUSE = 1_500;
/** So long a group must belong elsewhere before it is moved. */
const MOVE_AFTER = 3_000;
/** Groups that are handed over at one time. */
const MOST_MOVES = 4;
const STATUS_INTERVAL = 10_000;

/** One collector of many: takes part in sharing the groups, and sees to it that no group is read by two. */
export class Fleet {
  readonly client: EtcdClient;
  readonly keys: FleetKeys;
  readonly name: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #observer = new EtcdObserver();
  readonly #membership: Membership;
  readonly #writer: StateWriter;
  readonly #readers: GroupReader[] = [];
  readonly placements: SystemHomes;
  readonly #held = new Map<string, HeldGroup>();
  /** What happens to a group just now. */
  readonly #busy = new Map<string, Promise<void>>();
  /** Monotonic: since when a group belongs elsewhere. */
  readonly #misplacedSince = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #since = Date.now();
  #view: FleetView | undefined;
  #statuses: readonly MemberStatus[] = [];
  #running: Promise<unknown> | undefined;
  #mayTake = false;
  #joinedAt = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;
  #takeovers = 0;
  #handovers = 0;

  constructor(options: FleetOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger;
    this.name = options.name;
    this.keys = new FleetKeys(options.prefix);
    this.client = new EtcdClient({ ...options.etcd, onRequest: this.#observer.observe });
    this.placements = new SystemHomes(this.client, this.keys, (group) =>
      [...(this.#view?.members.values() ?? [])].some(({ groups }) => groups.includes(group)),
    );
    this.#writer = new StateWriter(this.client, this.#clock, this.#logger, (group) =>
      this.#lose(group, 'another member owns it'),
    );
    this.#membership = new Membership({
      client: this.client,
      clock: this.#clock,
      logger: this.#logger,
      name: this.name,
      key: this.keys.member(this.name),
      describe: () =>
        JSON.stringify({ version, since: this.#since, groups: this.#readers.flatMap(({ groups }) => groups) }),
      leaseTime: options.leaseTime,
      onLost: (reason) => {
        this.#joinedAt = Number.POSITIVE_INFINITY;
        for (const group of [...this.#held.keys()]) this.#lose(group, reason);
      },
      onSafe: () => {
        this.#joinedAt = this.#clock.monotonic();
        this.#wake();
      },
    });
  }

  get condition(): Condition | undefined {
    return this.#membership.condition.snapshot();
  }

  /** To be called before {@link join}. */
  add(reader: GroupReader): void {
    this.#readers.push(reader);
  }

  /** Becomes a member. Takes nothing before {@link begin}. */
  join(): void {
    const { signal } = this.#stop;
    this.#running ??= Promise.all([
      this.#membership.run(signal),
      this.#writer.run(signal),
      this.#watch(signal),
      this.#look(signal),
      this.#tell(signal),
    ]);
  }

  begin(): void {
    this.#mayTake = true;
    this.#wake();
  }

  /** Hands over everything. Never rejects. */
  async handOver(): Promise<void> {
    this.#mayTake = false;
    await Promise.all(this.#busy.values());
    await Promise.all([...this.#held.values()].map((group) => this.#during(group.id, () => this.#giveAway(group))));
  }

  /** Never rejects. */
  async leave(): Promise<void> {
    this.#mayTake = false;
    this.#stop.abort(new PowerVmError('POWERVM_SHUT_DOWN', 'the collector leaves the fleet'));
    this.#wake();
    await this.#running;
    for (const group of this.#held.keys()) this.#writer.close(group);
    await this.#membership.leave();
    this.client.close();
  }

  isHeld(group: string): boolean {
    return this.#held.has(group) && this.#membership.isSafe;
  }

  /** As {@link isHeld}, for who is about to ask: of a group that is not held any more all reading has ended by then. */
  mayRequest(group: string): boolean {
    if (this.isHeld(group)) return true;
    this.#membership.check();
    return false;
  }

  guardOf(group: string): Guard | undefined {
    return this.#held.get(group)?.guard;
  }

  /** Written with the next write, if the group is still ours then. */
  set(group: string, key: string, value: string): void {
    this.#writer.set(group, `${this.keys.state(group)}${key}`, value);
  }

  /** Resolves when all that was set for a group is written. */
  written(group: string): Promise<void> {
    return this.#writer.written(group);
  }

  /**
   * The fleet as it is now, also for who is no member.
   * @throws {EtcdError}
   */
  async look(): Promise<FleetReport> {
    const [live, statuses] = await Promise.all([
      this.client.list(this.keys.live),
      this.client.list(this.keys.statuses),
    ]);
    return fleetReport(readView(this.keys, live.keys, live.revision), readStatuses(this.keys, statuses.keys));
  }

  statistics(): FleetStatistics {
    const held = [...this.#held.keys()].filter((group) => this.isHeld(group));
    return {
      ...(this.#view ? fleetReport(this.#view, this.#statuses) : { members: [], groups: [] }),
      groupsHeld: held.length,
      consolesHeld: held.reduce((sum, group) => sum + (this.#readerOf(group)?.consolesOf(group) ?? 0), 0),
      takeovers: this.#takeovers,
      handovers: this.#handovers,
      leasesLost: this.#membership.leasesLost,
      writes: this.#writer.writes,
      bytesSent: this.#observer.bytes,
      etcd: this.#observer.snapshot(),
    };
  }

  /** A watch only makes it quick: what it misses is seen with the next look. */
  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.client.watch(this.keys.live, () => this.#wake(), signal).catch(() => undefined);
      await this.#clock.sleep(LOOK_INTERVAL, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#reconcile(signal).catch((error) => {
        if (!signal.aborted)
          this.#logger.debug({ reason: describeError(error) }, 'etcd could not be asked who reads what');
      });
      const pause = new AbortController();
      const slept = this.#clock.sleep(LOOK_INTERVAL, pause.signal).catch(() => undefined);
      await Promise.race([woken, slept]);
      pause.abort();
      await this.#clock.sleep(SETTLE, signal).catch(() => undefined);
    }
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const { keys: found, revision } = await this.client.list(this.keys.live, { signal });
    const view = readView(this.keys, found, revision);
    this.#view = view;
    const { lease } = this.#membership;
    if (lease === undefined || !this.#membership.isSafe || !this.#mayTake) return;
    for (const { id, guard } of this.#held.values()) {
      const isOlderView = BigInt(revision) < BigInt(guard.createRevision);
      if (!isOlderView && !this.#busy.has(id) && view.owners.get(id)?.createRevision !== guard.createRevision) {
        this.#lose(id, 'its key is gone');
      }
    }
    // What is ours still and was let go of while no one could be asked.
    for (const [id, owner] of view.owners) {
      if (owner.lease === lease && !this.#held.has(id) && this.#readerOf(id)) {
        this.#start(id, () => this.#take(id, owner.createRevision, signal));
      }
    }
    if (this.#clock.monotonic() - this.#joinedAt < JOIN_PAUSE) {
      this.#clock.sleep(JOIN_PAUSE, signal).then(
        () => this.#wake(),
        () => undefined,
      );
      return;
    }
    this.#follow(placement(placedGroups(view)), view, lease, signal);
  }

  /** Does what a placement wants of this member. */
  #follow(places: ReadonlyMap<string, string>, view: FleetView, lease: string, signal: AbortSignal): void {
    for (const [id, member] of places) {
      if (member === this.name && !view.owners.has(id) && !this.#held.has(id)) {
        this.#start(id, () => this.#claim(id, lease, signal));
      }
    }
    const now = this.#clock.monotonic();
    for (const group of [...this.#held.values()]) {
      const target = places.get(group.id);
      if (target === undefined || target === this.name || !view.members.has(target)) {
        this.#misplacedSince.delete(group.id);
        continue;
      }
      const since = this.#misplacedSince.get(group.id) ?? now;
      this.#misplacedSince.set(group.id, since);
      if (now - since < MOVE_AFTER || this.#busy.size >= MOST_MOVES) continue;
      this.#misplacedSince.delete(group.id);
      this.#logger.info({ group: group.id, to: target }, 'handing over to another member');
      this.#start(group.id, () => this.#giveAway(group));
    }
  }

  async #claim(id: string, lease: string, signal: AbortSignal): Promise<void> {
    const key = this.keys.owner(id);
    const value = JSON.stringify({ member: this.name, since: Date.now() });
    const { succeeded, revision, found } = await this.client.commit(
      [{ key, createRevision: '0' }],
      [{ put: key, value, lease }],
      { signal },
    );
    const own = found.find((other) => other.lease === lease);
    if (succeeded) await this.#take(id, revision, signal);
    else if (own) await this.#take(id, own.createRevision, signal);
  }

  async #take(id: string, createRevision: string, signal: AbortSignal): Promise<void> {
    const reader = this.#readerOf(id);
    const guard = { key: this.keys.owner(id), createRevision };
    const prefix = this.keys.state(id);
    const { keys: found } = await this.client.list(prefix, { signal });
    if (!reader || !this.#membership.isSafe || signal.aborted || !this.#mayTake) return;
    const state = new Map(found.map(({ key, value }) => [key.slice(prefix.length), value]));
    const fleet = this;
    const group: HeldGroup = {
      id,
      guard,
      state,
      get isHeld() {
        return fleet.#held.get(id) === group && fleet.#membership.isSafe;
      },
    };
    this.#held.set(id, group);
    this.#writer.open(id, guard);
    await this.#note(id, guard, signal);
    if (group.isHeld) reader.take(group);
  }

  /** Writes down who reads it now, and tells whose it was. */
  async #note(id: string, guard: Guard, signal: AbortSignal): Promise<void> {
    const before: GroupRecord = this.#view?.groups.get(id) ?? { takeovers: 0 };
    const isTakeover = before.reader !== undefined && before.reader !== this.name;
    const record = {
      ...before,
      reader: this.name,
      ...(isTakeover ? { takeovers: before.takeovers + 1, takenOverAt: Date.now() } : {}),
    };
    if (isTakeover) this.#takeovers += 1;
    this.#logger.info(
      { group: id, ...(isTakeover ? { from: before.reader } : {}) },
      isTakeover ? 'taking over from another member' : 'reading',
    );
    await this.#writeRecord(id, guard, record, signal);
  }

  async #writeRecord(id: string, guard: Guard, record: GroupRecord, signal: AbortSignal): Promise<void> {
    const change = { put: this.keys.group(id), value: JSON.stringify(record) };
    await this.client.commit([guard], [change], { signal }).catch(() => undefined);
  }

  /** Delivers what is in progress, writes down how far, ends the sessions, and gives the group free: in this order. */
  async #giveAway({ id, guard }: HeldGroup): Promise<void> {
    await this.#readerOf(id)?.release(id, true);
    if (this.#held.get(id)?.guard !== guard) return;
    await this.#writer.written(id).catch(() => undefined);
    this.#held.delete(id);
    this.#writer.close(id);
    const { reader: _reader, ...record } = this.#view?.groups.get(id) ?? { takeovers: 0 };
    const changes = [{ remove: guard.key }, { put: this.keys.group(id), value: JSON.stringify(record) }];
    await this.client.commit([guard], changes);
    this.#handovers += 1;
  }

  /** It is someone else's, or may be: nothing is asked and nothing written any more. */
  #lose(id: string, reason: string): void {
    if (!this.#held.delete(id)) return;
    this.#writer.close(id);
    this.#misplacedSince.delete(id);
    this.#logger.error({ group: id, reason }, 'this member has lost a group of consoles and reads it no longer');
    const ending = this.#readerOf(id)?.release(id, false) ?? Promise.resolve();
    const before = this.#busy.get(id) ?? Promise.resolve();
    this.#remember(
      id,
      before.then(() => ending),
    );
  }

  #readerOf(group: string): GroupReader | undefined {
    return this.#readers.find(({ groups }) => groups.includes(group));
  }

  #start(id: string, work: () => Promise<void>): void {
    if (!this.#busy.has(id)) void this.#during(id, work);
  }

  #during(id: string, work: () => Promise<void>): Promise<void> {
    return this.#remember(id, work());
  }

  #remember(id: string, work: Promise<void>): Promise<void> {
    const ended: Promise<void> = work
      .catch((error) => {
        if (!this.#stop.signal.aborted) {
          this.#logger.warn({ group: id, reason: describeError(error) }, 'a change of owner did not come to its end');
        }
      })
      .finally(() => {
        if (this.#busy.get(id) === ended) this.#busy.delete(id);
        this.#wake();
      });
    this.#busy.set(id, ended);
    return ended;
  }

  /** What the others, and whoever looks at the fleet, see of this member now and then. */
  async #tell(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { lease } = this.#membership;
      if (lease !== undefined && this.#membership.isSafe) await this.#tellOnce(lease, signal).catch(() => undefined);
      await this.#clock.sleep(STATUS_INTERVAL, signal).catch(() => undefined);
    }
  }

  async #tellOnce(lease: string, signal: AbortSignal): Promise<void> {
    const held = [...this.#held.values()];
    const groups = Object.fromEntries(
      held.map(({ id }) => [
        id,
        { partitions: this.#readerOf(id)?.partitionsOf(id), lag: this.#readerOf(id)?.lagOf(id) },
      ]),
    );
    const status = { now: Date.now(), host: os.hostname(), groups };
    this.#statuses = readStatuses(this.keys, (await this.client.list(this.keys.statuses, { signal })).keys);
    await this.client.commit([], [{ put: this.keys.status(this.name), value: JSON.stringify(status), lease }], {
      signal,
    });
    for (const { id, guard } of held) {
      const partitions = groups[id]?.partitions;
      const record = this.#view?.groups.get(id);
      const known = record?.partitions ?? 0;
      // Placement must not tremble with every partition that comes or goes.
      if (partitions === undefined || Math.abs(partitions - known) <= known / 10) continue;
      await this.#writeRecord(id, guard, { takeovers: 0, reader: this.name, ...record, partitions }, signal);
    }
  }
}
