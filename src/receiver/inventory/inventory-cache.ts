import type { Clock } from '../../base/clock/clock.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import { type ClientAdapterInventory, emptyInventory, type FrameInventory } from '../../inspector/inventory.ts';
import { withoutPortSuffix } from '../../pcm/assembly/adapter-join.ts';
import type { ClientNetworkAdapter, ConsoleClient, ManagedSystem } from '../../rest/model.ts';
import {
  type AdapterKind,
  type DescribedFacts,
  factsOf,
  hasChanged,
  kindOf,
  unknownAdapterKinds,
} from './partition-changes.ts';

/** An inventory question that found nothing, or failed, is not asked again for so long. */
const RETRY_AFTER_MS = 600_000;
/** So often adapters are asked for before what is known of them is taken for all: a partition that moves in is unknown at first. */
const ATTEMPTS_UNTIL_SETTLED = 2;
/** Many partitions change at once, at a restart of a frame for example: they are asked for together. */
const MIN_BETWEEN_CHANGES = 60_000;
/** What no sample shows, such as virtual processors added to an uncapped partition, is seen after so long at the latest. */
const REFRESH_AFTER = 3_600_000;

/**
 * What is known of a system beside its samples, asked for lazily. The partitions are requested when an unknown one
 * appears or a sample shows that one has been changed, the MAC addresses of one partition at a time when an adapter of
 * unknown location appears. All of it comes after the samples and within a budget of requests: it never delays a cycle,
 * and its failures cost nothing but the descriptions.
 */
export class InventoryCache {
  readonly #systemId: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #inventory: FrameInventory;
  /** The facts that samples showed when the console was asked for the partitions; undefined before that. */
  #described: DescribedFacts | undefined;
  /** When a question may be asked again, by question; monotonic. */
  readonly #notBefore = new Map<string, number>();
  /** How often adapters were asked for, by question. */
  readonly #attempts = new Map<string, number>();

  constructor(systemId: string, clock: Clock, logger: Logger) {
    this.#systemId = systemId;
    this.#clock = clock;
    this.#logger = logger;
    this.#inventory = emptyInventory(systemId);
  }

  get inventory(): FrameInventory {
    return this.#inventory;
  }

  /** It will be asked for everything. */
  awaitAdapters(): void {
    if (!this.#inventory.awaitsAdapters) this.#inventory = { ...this.#inventory, awaitsAdapters: true };
  }

  describeSystem(system: ManagedSystem): void {
    const { id, name, mtms, machineType, model, serialNumber, firmwareVersion } = system;
    const described = { id, name, mtms, machineType, model, serialNumber, firmwareVersion };
    this.#inventory = { ...this.#inventory, system: withKnown(described, this.#inventory.system) };
  }

  /**
   * Asks for what the newest activity shows and the inventory does not know.
   * @param budget requests at most
   * @returns whether anything was learnt
   */
  async complete(
    console: ConsoleClient,
    activity: FrameActivity,
    budget: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    let learned = false;
    let left = budget;
    if (left > 0 && this.#needsDescriptions(activity) && this.#mayRequest('partitions')) {
      left -= 4;
      learned = (await this.#requestPartitions(console, activity, signal)) || learned;
    }
    for (const partition of activity.partitions) {
      if (left <= 0 || signal.aborted) break;
      const kinds = unknownAdapterKinds(partition, this.#inventory.partitions.get(partition.id));
      for (const kind of kinds) {
        if (!this.#mayAskForAdapters(kind, partition)) continue;
        left -= 1;
        learned = (await this.#requestAdapters(console, partition, kind, signal)) || learned;
      }
    }
    this.#forgetGonePartitions(activity);
    return learned;
  }

  /**
   * Asks for the partitions before the first sample, which would otherwise lack what only the inventory knows. Waiting
   * ends when `signal` aborts: a sample without it is better than none.
   */
  async describeInitially(console: ConsoleClient, signal: AbortSignal): Promise<void> {
    if (!this.#described && this.#mayRequest('partitions')) await this.#requestPartitions(console, undefined, signal);
  }

  #needsDescriptions({ partitions }: FrameActivity): boolean {
    if (!this.#described) return partitions.length > 0;
    const { requestedAt } = this.#described;
    // Asked before there was a sample: this one shows the facts of then.
    const facts = this.#described.facts ?? new Map(partitions.map(factsOf));
    this.#described = { requestedAt, facts };
    if (this.#clock.monotonic() - requestedAt >= REFRESH_AFTER) return true;
    return partitions.some((partition) => hasChanged(facts.get(partition.id), partition));
  }

  async #requestPartitions(
    console: ConsoleClient,
    activity: FrameActivity | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    this.#retryLater('partitions', RETRY_AFTER_MS);
    try {
      const listed = await console.partitions(this.#systemId, signal);
      const partitions = new Map(this.#inventory.partitions);
      const vioses = new Map(this.#inventory.vioses);
      for (const { id, number, type, operatingSystem, virtualProcessors, dedicatedProcessors } of listed) {
        const known = partitions.get(id);
        partitions.set(id, {
          // While RMC is inactive the console says that it does not know.
          operatingSystem: isUnknown(operatingSystem) ? known?.operatingSystem : operatingSystem,
          virtualProcessors,
          dedicatedProcessors,
          clientAdapters: known?.clientAdapters ?? new Map(),
          ...(known?.askedAdapters ? { askedAdapters: known.askedAdapters } : {}),
        });
        if (/virtual io server/i.test(type ?? '') && number !== undefined) vioses.set(number, id);
      }
      this.#inventory = { ...this.#inventory, partitions, vioses };
      this.#described = {
        requestedAt: this.#clock.monotonic(),
        facts: activity && new Map(activity.partitions.map(factsOf)),
      };
      this.#retryLater('partitions', MIN_BETWEEN_CHANGES);
      return true;
    } catch (error) {
      this.#logFailure('partitions', error, signal);
      return false;
    }
  }

  async #requestAdapters(
    console: ConsoleClient,
    partition: PartitionActivity,
    kind: AdapterKind,
    signal: AbortSignal,
  ): Promise<boolean> {
    const question = `${kind} ${partition.id}`;
    this.#retryLater(question, RETRY_AFTER_MS);
    const attempts = (this.#attempts.get(question) ?? 0) + 1;
    this.#attempts.set(question, attempts);
    try {
      const owner = { id: partition.id, isVios: partition.type === 'vios' };
      const adapters =
        kind === 'virtual'
          ? await console.clientNetworkAdapters(owner, signal)
          : await console.sriovLogicalPorts(owner, signal);
      return this.#addAdapters(partition, adapters, kind, attempts >= ATTEMPTS_UNTIL_SETTLED);
    } catch (error) {
      if (signal.aborted) return false;
      // What this account may not see, or this console does not have, is not waited for.
      const isRefused = error instanceof PowerVmError && error.code === 'POWERVM_FORBIDDEN';
      if (isRefused || attempts >= ATTEMPTS_UNTIL_SETTLED) this.#addAdapters(partition, [], kind, true);
      this.#logFailure(`network adapters of ${partition.name}`, error, signal);
      return false;
    }
  }

  /**
   * @param isSettled whether more will not be known of those that the console left out
   * @returns whether anything was learnt
   */
  #addAdapters(
    { id, networkAdapters }: PartitionActivity,
    adapters: readonly ClientNetworkAdapter[],
    kind: AdapterKind,
    isSettled: boolean,
  ): boolean {
    const known = this.#inventory.partitions.get(id);
    const clientAdapters = new Map<string, ClientAdapterInventory>(known?.clientAdapters);
    for (const { location, mac } of adapters) {
      const place = withoutPortSuffix(location);
      clientAdapters.set(place, { mac: mac ?? clientAdapters.get(place)?.mac });
    }
    const partitions = new Map(this.#inventory.partitions);
    const places = networkAdapters
      .filter((adapter) => kindOf(adapter) === kind)
      .map(({ location }) => withoutPortSuffix(location))
      .filter((place) => clientAdapters.has(place) || isSettled);
    partitions.set(id, {
      operatingSystem: known?.operatingSystem,
      virtualProcessors: known?.virtualProcessors,
      dedicatedProcessors: known?.dedicatedProcessors,
      clientAdapters,
      askedAdapters: new Set([...(known?.askedAdapters ?? []), ...places]),
    });
    this.#inventory = { ...this.#inventory, partitions };
    return adapters.length > 0 || places.some((place) => !known?.askedAdapters?.has(place));
  }

  /** An adapter that is new is asked for before the responses for the others are looked at again. */
  #mayAskForAdapters(kind: AdapterKind, partition: PartitionActivity): boolean {
    const question = `${kind} ${partition.id}`;
    if (this.#mayRequest(question)) return true;
    const notBefore = (this.#notBefore.get(question) ?? 0) - RETRY_AFTER_MS + MIN_BETWEEN_CHANGES;
    const asked = this.#inventory.partitions.get(partition.id)?.askedAdapters;
    if (this.#clock.monotonic() < notBefore) return false;
    return partition.networkAdapters.some(
      (adapter) => kindOf(adapter) === kind && !asked?.has(withoutPortSuffix(adapter.location)),
    );
  }

  #mayRequest(question: string): boolean {
    return (this.#notBefore.get(question) ?? 0) <= this.#clock.monotonic();
  }

  #retryLater(question: string, milliseconds: number): void {
    this.#notBefore.set(question, this.#clock.monotonic() + milliseconds);
  }

  #forgetGonePartitions(activity: FrameActivity): void {
    const present = new Set(activity.partitions.map((partition) => partition.id));
    for (const question of this.#notBefore.keys()) {
      const id = question.split(' ')[1];
      if (id === undefined || present.has(id)) continue;
      this.#notBefore.delete(question);
      this.#attempts.delete(question);
    }
    if ([...this.#inventory.partitions.keys()].every((id) => present.has(id))) return;
    const partitions = new Map([...this.#inventory.partitions].filter(([id]) => present.has(id)));
    this.#inventory = { ...this.#inventory, partitions };
  }

  #logFailure(what: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#logger.info(
      { system: this.#systemId, what, reason: describeError(error) },
      'inventory not available; going on without',
    );
  }
}

function isUnknown(operatingSystem: string | undefined): boolean {
  return operatingSystem === undefined || /^\s*(unknown.*)?$/i.test(operatingSystem);
}

/** A console that does not say what it said before has not forgotten it for us. */
function withKnown<Description extends object>(described: Description, known: Description): Description {
  const said = Object.entries(described).filter(([, value]) => value !== undefined);
  return { ...known, ...Object.fromEntries(said) };
}
