import { type Clock, systemClock } from '../base/clock/clock.ts';
import type { Condition } from '../base/condition.ts';
import { PowerVmError } from '../base/errors/errors.ts';
import { version } from '../base/version.ts';
import { EtcdClient, type Guard } from '../etcd/index.ts';
import { EtcdObserver } from './etcd-observer.ts';
import type { FleetOptions, FleetStatistics, GroupReader } from './fleet-options.ts';
import { GroupOwnership } from './groups/group-ownership.ts';
import { Rebalancer } from './groups/rebalancer.ts';
import { StateWriter } from './groups/state-writer.ts';
import { SystemAffinity } from './groups/system-affinity.ts';
import { FleetKeys } from './keys.ts';
import { readStatuses } from './members/member-status.ts';
import { Membership } from './members/membership.ts';
import { StatusReporter } from './members/status-reporter.ts';
import { type FleetReport, fleetReport } from './report.ts';
import { readView } from './view.ts';

/** One collector of many: takes part in sharing the groups, and sees to it that no group is read by two. */
export class Fleet {
  readonly client: EtcdClient;
  readonly keys: FleetKeys;
  readonly name: string;
  readonly affinity: SystemAffinity;
  readonly #observer = new EtcdObserver();
  readonly #membership: Membership;
  readonly #writer: StateWriter;
  readonly #ownership: GroupOwnership;
  readonly #rebalancer: Rebalancer;
  readonly #reporter: StatusReporter;
  readonly #readers: GroupReader[] = [];
  readonly #stop = new AbortController();
  readonly clock: Clock;
  readonly #since: number;
  #running: Promise<unknown> | undefined;
  #mayTake = false;

  constructor(options: FleetOptions) {
    const { logger, name, clock = systemClock } = options;
    this.name = name;
    this.clock = clock;
    this.#since = clock.now();
    this.keys = new FleetKeys(options.prefix);
    this.client = new EtcdClient({ ...options.etcd, onRequest: this.#observer.observe });
    this.affinity = new SystemAffinity(this.client, this.keys, () => this.#rebalancer.view);
    this.#writer = new StateWriter(this.client, clock, logger, (group) =>
      this.#ownership.lose(group, 'another member owns it'),
    );
    this.#membership = this.#createMembership(options, clock);
    const common = {
      client: this.client,
      keys: this.keys,
      name,
      clock,
      logger,
      membership: this.#membership,
      readerOf: (group: string) => this.#readerOf(group),
      recordOf: (group: string) => this.#rebalancer.view?.groups.get(group),
      mayTake: () => this.#mayTake,
    };
    this.#ownership = new GroupOwnership({
      ...common,
      writer: this.#writer,
      leaving: this.#stop.signal,
      onChanged: () => this.#rebalancer.wake(),
    });
    this.#rebalancer = new Rebalancer({ ...common, ownership: this.#ownership });
    this.#reporter = new StatusReporter({ ...common, ownership: this.#ownership });
  }

  #createMembership({ logger, name, leaseTime }: FleetOptions, clock: Clock): Membership {
    return new Membership({
      client: this.client,
      clock,
      logger,
      name,
      key: this.keys.member(name),
      describe: () =>
        JSON.stringify({ version, since: this.#since, groups: this.#readers.flatMap(({ groups }) => groups) }),
      leaseTime,
      onLost: (reason) => {
        this.#rebalancer.noteLeft();
        for (const { id } of this.#ownership.groups) this.#ownership.lose(id, reason);
      },
      onSafe: () => this.#rebalancer.noteJoined(),
    });
  }

  #readerOf(group: string): GroupReader | undefined {
    return this.#readers.find(({ groups }) => groups.includes(group));
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
      this.#rebalancer.run(signal),
      this.#reporter.run(signal),
      ...this.#readers.map((reader) => reader.run?.(signal)),
    ]);
  }

  begin(): void {
    this.#mayTake = true;
    this.#rebalancer.wake();
  }

  /** Hands over everything. Never rejects. */
  async handOver(): Promise<void> {
    this.#mayTake = false;
    await this.#ownership.giveAwayAll();
  }

  /** Never rejects. */
  async leave(): Promise<void> {
    this.#mayTake = false;
    this.#stop.abort(new PowerVmError('POWERVM_SHUT_DOWN', 'the collector leaves the fleet'));
    this.#rebalancer.wake();
    await this.#running;
    for (const { id } of this.#ownership.groups) this.#writer.close(id);
    await this.#membership.leave();
    this.client.close();
  }

  isHeld(group: string): boolean {
    return this.#ownership.isHeld(group);
  }

  /** As {@link isHeld}, for who is about to ask: of a group that is not held any more all reading has ended by then. */
  mayRequest(group: string): boolean {
    if (this.isHeld(group)) return true;
    this.#membership.check();
    return false;
  }

  guardOf(group: string): Guard | undefined {
    return this.#ownership.guardOf(group);
  }

  /** Written with the next write, if the group is still ours then. */
  set(group: string, key: string, value: string): void {
    this.#writer.set(group, `${this.keys.state(group)}${key}`, value);
  }

  /** The same of what other groups may read: a key of its own, written only while the group is ours. */
  share(group: string, key: string, value: string): void {
    this.#writer.set(group, key, value);
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
    const held = this.#ownership.groups.filter((group) => group.isHeld);
    const { view } = this.#rebalancer;
    return {
      ...(view ? fleetReport(view, this.#reporter.statuses) : { members: [], groups: [] }),
      groupsHeld: held.length,
      consolesHeld: held.reduce((sum, { id }) => sum + (this.#readerOf(id)?.consolesOf(id) ?? 0), 0),
      takeovers: this.#ownership.takeovers,
      handovers: this.#ownership.handovers,
      leasesLost: this.#membership.leasesLost,
      writes: this.#writer.writes,
      bytesSent: this.#observer.bytes,
      etcd: this.#observer.snapshot(),
    };
  }
}
