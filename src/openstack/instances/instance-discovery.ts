import { type Clock, systemClock } from '../../base/clock/clock.ts';
import { type Condition, ConditionTracker } from '../../base/condition.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import { type Logger, loggerOf } from '../../base/logger.ts';
import {
  checkOptions,
  clockRule,
  flag,
  fullText,
  loggerRule,
  milliseconds,
  type OptionRules,
  objectWith,
  required,
} from '../../base/options/option-rules.ts';
import { normalizeUuid } from '../../base/text/uuid.ts';
import type { OpenStackCloud } from '../openstack-cloud.ts';
import { GlanceClient } from '../services/glance-client.ts';
import { type InstanceScope, NovaClient, type ServerListing } from '../services/nova-client.ts';
import { FlavorCache } from './flavor-cache.ts';
import { ImageCache } from './image-cache.ts';
import type { Instance } from './instance.ts';
import { type InstanceDirectory, InstanceList, type InstanceMatch } from './instance-directory.ts';

/** Where Nova is, which instances it lists, and how often it is asked. */
export interface InstanceDiscoveryOptions extends Partial<InstanceScope> {
  /** Where Nova is. It is not closed with the discovery. */
  readonly cloud: OpenStackCloud;
  /** Milliseconds between refreshes. Default five minutes. */
  readonly interval?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

const discoveryRules: OptionRules<InstanceDiscoveryOptions> = {
  cloud: required(objectWith('client')),
  host: fullText,
  allTenants: flag,
  // Shorter than the pause that is kept anyway it would say something that is not done.
  interval: milliseconds(1_000),
  clock: clockRule,
  logger: loggerRule,
};

const DEFAULT_INTERVAL = 300_000;
/** A refresh out of turn, for a partition that has just appeared, comes no sooner after the one before. */
const MIN_PAUSE_MS = 15_000;
/** Nova writes an instance down so long, at least, before its partition is made and has a sample. */
const HEAD_START = 20_000;
/** A listing of changes overlaps the one before: Nova writes a change down some time after it has happened. */
const OVERLAP = 300_000;
/** Every so many refreshes everything is listed: instances leave a host, or the database, without a change to see. */
const CHANGES_BETWEEN_FULL_LISTS = 11;
/** How long {@link InstanceDiscovery.start} waits for Nova. */
const NOVA_START_TIMEOUT_MS = 10_000;
const MAX_REQUESTED_PARTITIONS = 100_000;

const UNKNOWN: InstanceMatch = { kind: 'unknown' };
const NOT_ANSWERED = 'Nova has not answered yet';

/**
 * The instances of a cloud, read from Nova at an interval and kept in between. While Nova does not answer, or answers
 * in part, the directory of before stays in use. A partition that appears is not said to be no instance before Nova
 * has been asked again.
 */
export class InstanceDiscovery implements InstanceDirectory {
  readonly #cloud: OpenStackCloud;
  #nova: NovaClient;
  #flavors: FlavorCache;
  #images: ImageCache;
  readonly #scope: InstanceScope;
  readonly #interval: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #condition: ConditionTracker;
  #stopping = new AbortController();
  #list: InstanceList | undefined;
  /** When the newest complete listing began: monotonic. */
  #readAt = Number.NEGATIVE_INFINITY;
  /** By Nova's clock. */
  #changesSince: number | undefined;
  #changesLeft = 0;
  readonly #failures: FailureSeries;
  #unknownReason = NOT_ANSWERED;
  #reported = new Set<string>();
  /** Partitions that are not in the list, and when they were first asked for. */
  readonly #requested = new Map<string, number>();
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;

  /** @throws {ConfigurationError} for an option that cannot be meant */
  constructor(options: InstanceDiscoveryOptions) {
    checkOptions('InstanceDiscovery', options, discoveryRules);
    this.#cloud = options.cloud;
    this.#logger = loggerOf(options);
    this.#nova = this.#newClient();
    this.#flavors = new FlavorCache(this.#nova);
    this.#images = this.#newImages();
    this.#scope = { host: options.host, allTenants: options.allTenants ?? true };
    this.#interval = options.interval ?? DEFAULT_INTERVAL;
    this.#clock = options.clock ?? systemClock;
    this.#condition = new ConditionTracker(this.#clock);
    this.#failures = new FailureSeries(this.#clock);
  }

  match(partitionId: string): InstanceMatch {
    if (!this.#list) return UNKNOWN;
    const match = this.#list.match(partitionId);
    if (match.kind !== 'none') return match;
    const id = normalizeUuid(partitionId);
    if (this.#requested.size > MAX_REQUESTED_PARTITIONS) this.#requested.clear();
    const requestedAt = this.#requested.get(id) ?? this.#clock.monotonic();
    this.#requested.set(id, requestedAt);
    if (this.#isSettled(requestedAt)) return match;
    this.#wake();
    return UNKNOWN;
  }

  get unknownReason(): string {
    return this.#unknownReason;
  }

  /** Whether Nova can be read, and why not; undefined before the first attempt has ended. */
  get condition(): Condition | undefined {
    return this.#condition.snapshot();
  }

  /** Milliseconds since Nova's newest complete answer; `undefined` before the first one. */
  get age(): number | undefined {
    return this.#list ? this.#clock.monotonic() - this.#readAt : undefined;
  }

  /** Instances as of the newest complete answer. */
  get instances(): readonly Instance[] {
    return this.#list?.instances ?? [];
  }

  /**
   * Begins to refresh. Resolves with the first attempt, or after ten seconds without a response. One that was stopped
   * can be started again; it continues with what it knew.
   */
  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) {
      await this.#running;
      this.#running = undefined;
      this.#stopping = new AbortController();
      this.#nova = this.#newClient();
      this.#flavors = new FlavorCache(this.#nova);
      this.#images = this.#newImages();
    }
    if (this.#running) return;
    const first = this.refresh();
    this.#running = first.then(() => this.#refreshForEver(this.#stopping.signal));
    const timedOut = new AbortController();
    await Promise.race([first, this.#clock.sleep(NOVA_START_TIMEOUT_MS, timedOut.signal).catch(() => undefined)]);
    timedOut.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Requests of it end with {@link stop}. */
  #newClient(): NovaClient {
    return new NovaClient(this.#cloud.client('Nova', 'compute'), this.#stopping.signal);
  }

  #newImages(): ImageCache {
    return new ImageCache(new GlanceClient(this.#cloud.client('Glance', 'image'), this.#stopping.signal), this.#logger);
  }

  /**
   * One attempt to read Nova. Never rejects: what goes wrong is logged once and the list of before stays.
   * @returns what went wrong
   */
  async refresh(): Promise<unknown> {
    const began = this.#clock.monotonic();
    try {
      const isFull = !this.#list || this.#changesSince === undefined || this.#changesLeft === 0;
      const listing = await this.#nova.servers(this.#scope, isFull ? undefined : this.#changesSince);
      this.#list = new InstanceList(await this.#merged(isFull ? [] : this.instances, listing));
      this.#changesLeft = isFull ? CHANGES_BETWEEN_FULL_LISTS : this.#changesLeft - 1;
      // An empty list of changes has no later time; the previous one stays valid.
      if (listing.completeUntil !== undefined) this.#changesSince = listing.completeUntil - OVERLAP;
      else if (isFull) this.#changesSince = undefined;
      this.#readAt = began;
      this.#recordSuccess();
      await this.#describeImages();
      return undefined;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#recordFailure(error);
      return error;
    }
  }

  /** After the list is in use: nobody waits for Glance. */
  async #describeImages(): Promise<void> {
    if (!(await this.#images.learn(this.instances, this.#stopping.signal))) return;
    this.#list = new InstanceList(this.instances.map((instance) => this.#images.completed(instance)));
  }

  async #merged(before: readonly Instance[], { servers }: ServerListing): Promise<readonly Instance[]> {
    const byId = new Map(before.map((instance) => [instance.id, instance]));
    for (const { instance } of servers) byId.delete(instance.id);
    const present = servers.filter(({ isDeleted }) => !isDeleted).map(({ instance }) => instance);
    for (const instance of await this.#flavors.complete(present))
      byId.set(instance.id, this.#images.completed(instance));
    this.#flavors.retain((id) => byId.has(id));
    return [...byId.values()];
  }

  async #refreshForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#pause(MIN_PAUSE_MS, signal);
      if (!signal.aborted && !this.#isRequested()) await this.#pauseUntilWoken(this.#interval - MIN_PAUSE_MS, signal);
      if (!signal.aborted) await this.refresh();
    }
  }

  #isRequested(): boolean {
    return [...this.#requested.values()].some((requestedAt) => !this.#isSettled(requestedAt));
  }

  /**
   * Nova knows an instance before its partition exists: a listing that began late enough has the last word. An attempt
   * that failed has none.
   */
  #isSettled(requestedAt: number): boolean {
    return this.#readAt + HEAD_START > requestedAt;
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(milliseconds, signal).catch(() => undefined);
  }

  async #pauseUntilWoken(milliseconds: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    signal.addEventListener('abort', this.#wake, { once: true });
    await this.#pause(milliseconds, woken.signal);
    signal.removeEventListener('abort', this.#wake);
  }

  #recordSuccess(): void {
    this.#condition.note('working');
    const count = this.instances.length;
    const ended = this.#failures.ended();
    if (ended) this.#logger.info({ instances: count, ...ended }, 'Nova can be read again');
    this.#unknownReason = NOT_ANSWERED;
    for (const candidates of this.#list?.ambiguities ?? []) this.#reportAmbiguity(candidates);
  }

  #reportAmbiguity(candidates: readonly Instance[]): void {
    const ids = candidates.map(({ id }) => id).sort();
    const key = ids.join(' ');
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#logger.warn(
      { instances: ids },
      'two instances may be the same partition, since PowerVM keeps the top bit of the UUID: it is counted as neither',
    );
  }

  /** At once, and now and then that it lasts. */
  #recordFailure(error: unknown): void {
    this.#unknownReason = describeError(error);
    this.#condition.note('failing', error);
    const { code, remedy } = error instanceof PowerVmError ? error : { code: undefined, remedy: undefined };
    const repeated = this.#failures.failed(code ?? '');
    if (!repeated) return;
    this.#logger.warn(
      {
        code,
        reason: describeError(error),
        remedy,
        ...repeated,
        ageSeconds: this.age === undefined ? undefined : Math.round(this.age / 1000),
      },
      this.#list
        ? 'Nova cannot be read: the instances as they were stay in use'
        : 'Nova cannot be read: it is not known yet which partitions are instances',
    );
  }
}
