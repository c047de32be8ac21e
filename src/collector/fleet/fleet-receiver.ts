import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { parseJson } from '../../base/text/json.ts';
import { type Fleet, FleetSessionStore, type GroupReader, type HeldGroup } from '../../fleet/index.ts';
import type { PowerVmReceiver } from '../../receiver/index.ts';
import { parseEndpoint } from '../../rest/endpoint.ts';
import type { SessionStore } from '../../rest/index.ts';
import type { ReceiverConfig } from '../config/schema/receiver-schema.ts';
import { groupsOf } from '../sharding.ts';
import type { SharedStorage, StoredDocument } from '../storage/storage.ts';
import type { EtcdExtension } from './etcd-extension.ts';
import { FleetSightings } from './fleet-sightings.ts';

/** Milliseconds that a hand-over waits for destinations. What they have not taken by then comes again from PCM. */
const PATIENCE = 5_000;
/** etcd takes 1.5 MiB at a time, in base64. */
const LARGEST_DOCUMENT = 900_000;

const compress = promisify(deflate);
const decompress = promisify(inflate);

/**
 * A receiver that shares its consoles with others: reads those that the fleet gives to this member, and keeps its cursors
 * where the next owner finds them. Everything is kept by group, and what is not ours any more is not written.
 */
export class FleetReceiver implements GroupReader, SharedStorage {
  readonly isLasting = true;
  readonly directory = undefined;
  readonly sessionStore: SessionStore;
  readonly #fleet: Fleet;
  readonly #logger: Logger;
  /** Endpoints by group. */
  readonly #endpoints: ReadonlyMap<string, readonly string[]>;
  /** What is written down of the groups that are ours, as JSON by key. */
  readonly #state = new Map<string, Map<string, string>>();
  /** How often each group was taken. */
  readonly #stays = new Map<string, number>();
  /** By system, whose it is: its cursors are kept with that group, through whichever console it is read. */
  readonly #groups = new Map<string, string>();
  /** By group, others that read what its consoles list, and that this member has not. */
  readonly #awaited = new Map<string, ReadonlySet<string>>();
  /** Groups that are being let go of, until they are. */
  readonly #releases = new Map<string, Promise<unknown>>();
  /** Systems by console, as they were listed last. */
  readonly #listed = new Map<string, readonly string[]>();
  /** Systems that others read, as far as the log has it. */
  readonly #logged = new Set<string>();
  readonly #receiverId: string;
  /** What the systems of all members list. */
  readonly sightings: FleetSightings;
  #receiver: PowerVmReceiver | undefined;

  private constructor(
    receiverId: string,
    config: ReceiverConfig,
    fleet: Fleet,
    extension: EtcdExtension,
    logger: Logger,
  ) {
    this.#receiverId = receiverId;
    this.#fleet = fleet;
    this.#logger = logger;
    this.#endpoints = new Map([...groupsOf(config)].map(([group, endpoints]) => [`${receiverId}/${group}`, endpoints]));
    const groupOf = (console: string) => this.#groupOfConsole(console);
    this.sessionStore = new FleetSessionStore(fleet, groupOf, extension.sessionKey, logger);
    this.sightings = new FleetSightings(fleet, receiverId, (systemId) => this.#groupOfKey(systemId));
  }

  static async open(
    receiverId: string,
    config: ReceiverConfig,
    extension: EtcdExtension,
    logger: Logger,
  ): Promise<FleetReceiver> {
    const fleet = await extension.open();
    const receiver = new FleetReceiver(receiverId, config, fleet, extension, logger);
    fleet.add(receiver);
    return receiver;
  }

  get groups(): readonly string[] {
    return [...this.#endpoints.keys()];
  }

  /** To be called once, before anything is taken. */
  attach(receiver: PowerVmReceiver): void {
    this.#receiver = receiver;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.sightings.run(signal);
  }

  /** From now on consoles are taken as they fall to this member. */
  begin(): void {
    this.#fleet.begin();
  }

  /** Never rejects. */
  handOver(): Promise<void> {
    return this.#fleet.handOver();
  }

  /** @throws {PowerVmError} when a console may not be asked */
  demandHeld(console: string): void {
    const group = this.#groupOfConsole(parseEndpoint(console, true).text);
    if (group !== undefined && this.#fleet.mayRequest(group)) return;
    throw new PowerVmError('POWERVM_FLEET_NOT_OWNER', `${console} is not this member's to read`, {
      context: { console, group },
    });
  }

  /**
   * Which of the systems that a console lists are read here: a system that consoles of two groups see belongs to one of
   * them.
   * @throws {PowerVmError}
   */
  async admit(console: string, systemIds: readonly string[]): Promise<ReadonlySet<string>> {
    const group = this.#groupOfConsole(console);
    const guard = group === undefined ? undefined : this.#fleet.guardOf(group);
    if (group === undefined || !guard) return new Set();
    await this.sightings.load();
    this.#listed.set(console, systemIds);
    const consoles = this.#endpoints.get(group) ?? [];
    const seen = [...new Set(consoles.flatMap((one) => this.#listed.get(one) ?? []))];
    const isComplete = consoles.every((one) => this.#listed.has(one));
    const { own, others } = await this.#fleet.affinity.admit(this.#receiverId, group, guard, seen, isComplete);
    for (const id of own) this.#groups.set(id, group);
    const admitted = new Set(own);
    const awaited = new Set<string>();
    for (const [system, reader] of others) {
      // Whoever reads both reads it through either, and counts it to the one that saw it first.
      if (this.#isTaken(reader)) {
        this.#groups.set(system, reader);
        admitted.add(system);
      } else awaited.add(reader);
      if (this.#logged.has(system)) continue;
      this.#logged.add(system);
      this.#logger.info(
        { console, system, readBy: reader },
        'consoles of two groups see this system: one member is to read both, so that one goes on for the other',
      );
    }
    this.#awaited.set(group, awaited);
    return admitted;
  }

  take({ id, state }: HeldGroup): void {
    this.#state.set(id, new Map(state));
    this.#stays.set(id, (this.#stays.get(id) ?? 0) + 1);
    this.#adopt(id);
    for (const [other, awaited] of this.#awaited) {
      if (awaited.has(id)) this.#receiver?.discoverAgain(this.#endpoints.get(other) ?? []);
    }
  }

  async release(group: string, isPlanned: boolean): Promise<void> {
    if (!isPlanned) this.#state.delete(group);
    // Through the consoles of these its systems would be read on.
    const beside = [...this.#state.keys()].filter((other) => other !== group && this.#lists(other, group));
    const endpoints = [group, ...beside].flatMap((id) => this.#endpoints.get(id) ?? []);
    const before = [...this.#releases.values()];
    const ended = Promise.all([...before, this.#receiver?.release(endpoints, isPlanned ? PATIENCE : 0)]);
    this.#releases.set(group, ended);
    await ended;
    this.#releases.delete(group);
    this.#state.delete(group);
    this.#awaited.delete(group);
    for (const other of beside.filter((id) => this.#isTaken(id))) this.#adopt(other);
  }

  #adopt(group: string): void {
    const endpoints = this.#endpoints.get(group) ?? [];
    for (const console of endpoints) this.#listed.delete(console);
    this.#receiver?.adopt(endpoints);
  }

  /** Whether this member has a group, and keeps it for now. */
  #isTaken(group: string): boolean {
    return this.#state.has(group) && !this.#releases.has(group) && this.#fleet.isHeld(group);
  }

  /** Whether consoles of a group list what belongs to another one. */
  #lists(group: string, owner: string): boolean {
    const systems = (this.#endpoints.get(group) ?? []).flatMap((console) => this.#listed.get(console) ?? []);
    return systems.some((id) => this.#groups.get(id) === owner);
  }

  partitionsOf(group: string): number | undefined {
    const activities = this.#systemsOf(group).flatMap(({ activity }) => activity ?? []);
    return activities.length === 0 ? undefined : activities.reduce((sum, { partitions }) => sum + partitions.length, 0);
  }

  consolesOf(group: string): number {
    return this.#endpoints.get(group)?.length ?? 0;
  }

  lagOf(group: string): number | undefined {
    const ids = new Set(this.#systemsOf(group).map(({ system }) => system.id));
    const ages = (this.#receiver?.statistics().systems ?? []).flatMap(({ systemId, sampleAge }) =>
      ids.has(systemId) && sampleAge !== undefined ? [sampleAge * 1000] : [],
    );
    return ages.length === 0 ? undefined : Math.max(...ages);
  }

  entries(prefix: string): ReadonlyMap<string, unknown> {
    const found = new Map<string, unknown>();
    for (const state of this.#state.values()) {
      for (const [key, text] of state) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), parseJson(text));
    }
    return found;
  }

  /** Of a system that others read by now nothing is kept. */
  set(key: string, value: unknown): void {
    const group = this.#groupOfKey(key);
    const state = group === undefined ? undefined : this.#state.get(group);
    if (group === undefined || !state) return;
    const text = JSON.stringify(value);
    state.set(key, text);
    this.#fleet.set(group, key, text);
  }

  stayOf(systemId: string): number | undefined {
    const group = this.#groups.get(systemId);
    // Whoever is not the owner any more knows it by then.
    if (group === undefined || !this.#fleet.mayRequest(group)) return undefined;
    return this.#state.has(group) ? this.#stays.get(group) : undefined;
  }

  document(name: string): StoredDocument {
    const key = `document ${name}`;
    return {
      read: async () => {
        const text = [...this.#state.values()].map((state) => state.get(key)).find((found) => found !== undefined);
        if (text === undefined) return undefined;
        try {
          return JSON.parse((await decompress(Buffer.from(text, 'base64'))).toString('utf8'));
        } catch (error) {
          this.#logger.error({ reason: describeError(error) }, 'a document in etcd is damaged; going on without it');
          return undefined;
        }
      },
      write: async (value) => {
        const group = this.#groupOfKey(name);
        if (group === undefined || !this.#state.has(group)) return;
        const text = (await compress(JSON.stringify(value))).toString('base64');
        if (text.length > LARGEST_DOCUMENT) {
          throw new PowerVmError(
            'POWERVM_ETCD_NO_SPACE',
            `${name}: ${text.length} bytes are too many for a value of etcd`,
          );
        }
        const state = this.#state.get(group);
        if (!state) return;
        state.set(key, text);
        this.#fleet.set(group, key, text);
        await this.#fleet.written(group);
      },
    };
  }

  #systemsOf(group: string) {
    const endpoints = this.#endpoints.get(group) ?? [];
    return (this.#receiver?.systems() ?? []).filter(({ console }) => endpoints.includes(console));
  }

  #groupOfConsole(console: string): string | undefined {
    return [...this.#endpoints].find(([, endpoints]) => endpoints.includes(console))?.[0];
  }

  /** Keys end with the system that they are about. */
  #groupOfKey(key: string): string | undefined {
    return this.#groups.get(key.slice(key.lastIndexOf(' ') + 1));
  }
}
