import type { Clock } from '../../base/clock/clock.ts';
import { ConditionTracker } from '../../base/condition.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { EtcdClient, Lease } from '../../etcd/index.ts';

/**
 * The part of its lease in which a member may read: when it could not renew it until then it stops, so that it has
 * stopped before anyone else may begin. The rest is for what is in progress, and for clocks that do not run alike.
 */
const SAFE_PART = 2 / 3;
/** Several tries to renew fit into the safe part. */
const RENEWALS = 5;
const MAX_PAUSE_MS = 1_000;

export interface MembershipOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly name: string;
  readonly key: string;
  /** What the others have to know of it. */
  readonly describe: () => string;
  /** Milliseconds. */
  readonly leaseTime: number;
  /** Called when nothing may be read any more: what was held is not, or may not be. */
  readonly onLost: (reason: string) => void;
  /** Called when reading is allowed, at first and again. */
  readonly onSafe: () => void;
}

/** A member's place in the fleet: its lease, as long as etcd confirms it. Time is the monotonic clock's. */
export class Membership {
  readonly condition: ConditionTracker;
  readonly #options: MembershipOptions;
  #lease: Lease | undefined;
  #safeUntil = Number.NEGATIVE_INFINITY;
  #isTold = false;
  #leasesLost = 0;
  #nameTakenSince: number | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.condition = new ConditionTracker(options.clock);
  }

  /** Its id, for what is to go with it; undefined while there is none. */
  get lease(): string | undefined {
    return this.#lease?.id;
  }

  /** Whether what is held is held for sure. To be asked before every request. */
  get isSafe(): boolean {
    return this.#lease !== undefined && this.#options.clock.monotonic() < this.#safeUntil;
  }

  get leasesLost(): number {
    return this.#leasesLost;
  }

  /** Registers, and renews until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const guarding = this.#guard(signal);
    while (!signal.aborted) {
      const pause = await this.#renewOnce(signal);
      await clock.sleep(pause, signal).catch(() => undefined);
    }
    await guarding;
  }

  /**
   * Reports now that nothing may be read any more, if that is so. Whoever is refused a request would otherwise continue
   * for a moment with what he could not read.
   */
  check(): void {
    if (this.#isTold && !this.isSafe) this.#tellLost('the lease could not be renewed in time');
  }

  /** Ends the lease, and with it whatever hangs on it. Never rejects. */
  async leave(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await (lease && this.#options.client.revokeLease(lease.id, { timeout: 2_000 }).catch(() => undefined));
  }

  /** @returns milliseconds until it is due again */
  async #renewOnce(signal: AbortSignal): Promise<number> {
    const pause = this.#options.leaseTime / RENEWALS;
    try {
      if (this.#lease) await this.#renew(this.#lease, signal);
      else await this.#register(signal);
      this.condition.note('working');
      if (!this.#isTold && this.isSafe) {
        this.#isTold = true;
        this.#options.onSafe();
      }
      return pause;
    } catch (error) {
      if (signal.aborted) return 0;
      if (this.#lease && error instanceof PowerVmError && error.code === 'POWERVM_ETCD_LEASE_LOST') {
        this.#lease = undefined;
        this.#leasesLost += 1;
        this.#tellLost('the lease is over');
        return 0;
      }
      if (this.condition.snapshot()?.state !== 'failing') this.#warn(error);
      this.condition.note('failing', error);
      return Math.min(pause, MAX_PAUSE_MS);
    }
  }

  async #renew(lease: Lease, signal: AbortSignal): Promise<void> {
    const { client, clock, leaseTime } = this.#options;
    const asked = clock.monotonic();
    const seconds = await client.keepAlive(lease.id, { signal, timeout: leaseTime / RENEWALS });
    this.#safeUntil = asked + seconds * 1000 * SAFE_PART;
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { client, clock, leaseTime, key, describe, logger, name } = this.#options;
    const asked = clock.monotonic();
    const lease = await client.grantLease(Math.ceil(leaseTime / 1000), { signal });
    const change = { put: key, value: describe(), lease: lease.id };
    const { succeeded, found } = await client.commit([{ key, createRevision: '0' }], [change], { signal });
    // The response may have been lost, and the transaction done.
    if (succeeded || found[0]?.lease === lease.id) {
      this.#lease = lease;
      this.#safeUntil = asked + lease.ttl * 1000 * SAFE_PART;
      this.#nameTakenSince = undefined;
      logger.info({ member: name, lease_ttl: lease.ttl }, 'a member of the fleet');
      return;
    }
    await client.revokeLease(lease.id, { signal }).catch(() => undefined);
    this.#nameTakenSince ??= clock.monotonic();
    const isOthers = clock.monotonic() - this.#nameTakenSince > 2 * leaseTime;
    throw new PowerVmError(
      'POWERVM_FLEET_NAME_TAKEN',
      isOthers
        ? `another collector is in the fleet as ${name}: each needs an instance_id of its own`
        : `${name} is still in the fleet from the run before; waiting until its lease ends`,
      { context: { member: name } },
    );
  }

  /** Stops what is read when the safe part of the lease is over, whatever a renewal is waiting for. */
  async #guard(signal: AbortSignal): Promise<void> {
    const { clock, leaseTime } = this.#options;
    const step = Math.max(20, leaseTime / 60);
    while (!signal.aborted) {
      this.check();
      await clock.sleep(step, signal).catch(() => undefined);
    }
  }

  #tellLost(reason: string): void {
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#options.onLost(reason);
  }

  #warn(error: unknown): void {
    const known = error instanceof PowerVmError ? { code: error.code, remedy: error.remedy } : {};
    this.#options.logger.warn(
      { member: this.#options.name, reason: describeError(error), ...known },
      'the place in the fleet could not be confirmed; trying again',
    );
  }
}
