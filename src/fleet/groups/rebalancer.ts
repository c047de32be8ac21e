import type { Clock } from '../../base/clock/clock.ts';
import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { EtcdClient } from '../../etcd/index.ts';
import type { GroupReader } from '../fleet-options.ts';
import type { FleetKeys } from '../keys.ts';
import type { Membership } from '../members/membership.ts';
import { type FleetView, placedGroups, readView } from '../view.ts';
import type { GroupOwnership } from './group-ownership.ts';
import { placeJoined } from './joined-groups.ts';

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

export interface RebalancerContext {
  readonly client: EtcdClient;
  readonly keys: FleetKeys;
  /** Of this member. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly membership: Pick<Membership, 'isSafe' | 'lease'>;
  readonly ownership: GroupOwnership;
  readonly readerOf: (group: string) => GroupReader | undefined;
  readonly mayTake: () => boolean;
}

/** Looks at who is in the fleet and who owns what, and makes this member's groups those that the placement gives it. */
export class Rebalancer {
  readonly #context: RebalancerContext;
  /** Monotonic: since when a group belongs elsewhere. */
  readonly #misplacedSince = new Map<string, number>();
  #view: FleetView | undefined;
  /** Monotonic. */
  #joinedAt = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(context: RebalancerContext) {
    this.#context = context;
  }

  /** As etcd said it last; undefined before it was asked. */
  get view(): FleetView | undefined {
    return this.#view;
  }

  /** Looks soon, and not only after the usual pause. */
  wake(): void {
    this.#wake();
  }

  /** This member is one from now on. */
  noteJoined(): void {
    this.#joinedAt = this.#context.clock.monotonic();
    this.#wake();
  }

  noteLeft(): void {
    this.#joinedAt = Number.POSITIVE_INFINITY;
  }

  /** Until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch(signal), this.#look(signal)]);
  }

  /** A watch only makes it quick: what it misses is seen with the next look. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { client, keys, clock } = this.#context;
    while (!signal.aborted) {
      await client.watch(keys.live, () => this.#wake(), signal).catch(() => undefined);
      await clock.sleep(LOOK_INTERVAL, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#context;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#reconcile(signal).catch((error) => {
        if (!signal.aborted) logger.debug({ reason: describeError(error) }, 'etcd could not be asked who reads what');
      });
      const pause = new AbortController();
      const slept = clock.sleep(LOOK_INTERVAL, pause.signal).catch(() => undefined);
      await Promise.race([woken, slept]);
      pause.abort();
      await clock.sleep(SETTLE, signal).catch(() => undefined);
    }
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const { client, keys, clock, membership, ownership, readerOf, mayTake } = this.#context;
    const { keys: found, revision } = await client.list(keys.live, { signal });
    const view = readView(keys, found, revision);
    this.#view = view;
    for (const id of this.#misplacedSince.keys()) if (!ownership.has(id)) this.#misplacedSince.delete(id);
    const { lease } = membership;
    if (lease === undefined || !membership.isSafe || !mayTake()) return;
    for (const { id, guard } of ownership.groups) {
      const isOlderView = BigInt(revision) < BigInt(guard.createRevision);
      if (!isOlderView && !ownership.isBusy(id) && view.owners.get(id)?.createRevision !== guard.createRevision) {
        ownership.lose(id, 'its key is gone');
      }
    }
    // What is ours still and was let go of while no one could be asked.
    for (const [id, owner] of view.owners) {
      if (owner.lease === lease && !ownership.has(id) && readerOf(id)) {
        ownership.resume(id, owner.createRevision, signal);
      }
    }
    if (clock.monotonic() - this.#joinedAt < JOIN_PAUSE) {
      clock.sleep(JOIN_PAUSE, signal).then(
        () => this.#wake(),
        () => undefined,
      );
      return;
    }
    this.#follow(placeJoined(placedGroups(view), view.joined), view, lease, signal);
  }

  /** Does what a placement wants of this member. */
  #follow(places: ReadonlyMap<string, string>, view: FleetView, lease: string, signal: AbortSignal): void {
    const { name, clock, logger, ownership } = this.#context;
    for (const [id, member] of places) {
      if (member === name && !view.owners.has(id) && !ownership.has(id)) ownership.claim(id, lease, signal);
    }
    const now = clock.monotonic();
    for (const group of ownership.groups) {
      const target = places.get(group.id);
      if (target === undefined || target === name || !view.members.has(target)) {
        this.#misplacedSince.delete(group.id);
        continue;
      }
      const since = this.#misplacedSince.get(group.id) ?? now;
      this.#misplacedSince.set(group.id, since);
      if (now - since < MOVE_AFTER || ownership.changesInProgress >= MOST_MOVES) continue;
      this.#misplacedSince.delete(group.id);
      logger.info({ group: group.id, to: target }, 'handing over to another member');
      ownership.giveAway(group);
    }
  }
}
