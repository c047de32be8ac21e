import type { Clock } from '../../base/clock/clock.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { EtcdClient, Guard } from '../../etcd/index.ts';

/** Milliseconds between two writes: etcd sees two a second of each member at most. */
const WRITE_INTERVAL = 500;
const PAUSE_AFTER_FAILURE = 1_000;
/** etcd takes 128 operations and 1.5 MiB at a time; base64 makes four of three. */
const MAX_CHANGES = 100;
const MOST_BYTES = 900_000;

interface OpenGroup {
  readonly guard: Guard;
  /** What is to be written under which key, the newest only. */
  readonly dirty: Map<string, string>;
  readonly waiters: { readonly resolve: () => void; readonly reject: (reason: unknown) => void }[];
}

/**
 * Writes down how far the groups of this member were read: everything that has changed, together and now and then, and each
 * group only while its owner's key is the one that it was opened with. Who is not the owner any more can write nothing.
 */
export class StateWriter {
  readonly #client: EtcdClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onLost: (group: string) => void;
  readonly #groups = new Map<string, OpenGroup>();
  #isFailing = false;
  #wake: () => void = () => undefined;
  writes = 0;
  bytes = 0;

  /** @param onLost called with a group that has another owner */
  constructor(client: EtcdClient, clock: Clock, logger: Logger, onLost: (group: string) => void) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
    this.#onLost = onLost;
  }

  open(group: string, guard: Guard): void {
    this.#groups.set(group, { guard, dirty: new Map(), waiters: [] });
  }

  /** What was not written is the next owner's to find out again. */
  close(group: string): void {
    const open = this.#groups.get(group);
    this.#groups.delete(group);
    for (const { reject } of open?.waiters ?? []) reject(notOwner(group));
  }

  /** To be written with the next write; nothing for a group that is not open. */
  set(group: string, key: string, value: string): void {
    const open = this.#groups.get(group);
    if (!open) return;
    open.dirty.set(key, value);
    this.#wake();
  }

  /**
   * Resolves when all that was set for a group is written.
   * @throws {PowerVmError} when it has another owner by then
   */
  written(group: string): Promise<void> {
    const open = this.#groups.get(group);
    if (!open) return Promise.reject(notOwner(group));
    if (open.dirty.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => open.waiters.push({ resolve, reject }));
  }

  /** Until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      if (this.#isDirty) {
        await this.#write(signal);
        const pause = this.#isFailing ? PAUSE_AFTER_FAILURE : WRITE_INTERVAL;
        await this.#clock.sleep(pause, signal).catch(() => undefined);
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  get #isDirty(): boolean {
    return [...this.#groups.values()].some(({ dirty }) => dirty.size > 0);
  }

  async #write(signal: AbortSignal): Promise<void> {
    const taken = this.#take();
    const guards = [...taken.keys()].flatMap((group) => this.#groups.get(group)?.guard ?? []);
    const changes = [...taken.values()].flatMap((values) => [...values].map(([put, value]) => ({ put, value })));
    try {
      const { succeeded, found } = await this.#client.commit(guards, changes, { signal });
      this.writes += 1;
      this.bytes += changes.reduce((sum, { put, value }) => sum + put.length + value.length, 0);
      if (succeeded) this.#noteWritten(taken);
      else {
        this.#requeue(taken);
        const valid = new Set(found.map(({ key, createRevision }) => `${key} ${createRevision}`));
        for (const group of taken.keys()) {
          const guard = this.#groups.get(group)?.guard;
          if (guard && !valid.has(`${guard.key} ${guard.createRevision}`)) this.#onLost(group);
        }
      }
      if (this.#isFailing) this.#logger.info({}, 'cursors are written to etcd again');
      this.#isFailing = false;
    } catch (error) {
      this.#requeue(taken);
      if (signal.aborted) return;
      const { code, remedy } = error instanceof PowerVmError ? error : { code: undefined, remedy: undefined };
      if (!this.#isFailing) {
        this.#logger.error(
          { code, reason: describeError(error), remedy },
          'cursors could not be written to etcd; after a crash samples would come twice. Trying again',
        );
      }
      this.#isFailing = true;
    }
  }

  /** As much as one write takes. Groups take turns. */
  #take(): Map<string, Map<string, string>> {
    const taken = new Map<string, Map<string, string>>();
    let [count, bytes] = [0, 0];
    for (const [id, group] of [...this.#groups]) {
      if (group.dirty.size === 0) continue;
      const values = new Map<string, string>();
      for (const [key, value] of group.dirty) {
        const size = key.length + value.length;
        if (count >= MAX_CHANGES || (count > 0 && bytes + size > MOST_BYTES)) break;
        values.set(key, value);
        group.dirty.delete(key);
        count += 1;
        bytes += size;
      }
      if (values.size === 0) break;
      taken.set(id, values);
      this.#groups.delete(id);
      this.#groups.set(id, group);
    }
    return taken;
  }

  #noteWritten(taken: ReadonlyMap<string, ReadonlyMap<string, string>>): void {
    for (const id of taken.keys()) {
      const group = this.#groups.get(id);
      if (group && group.dirty.size === 0) for (const { resolve } of group.waiters.splice(0)) resolve();
    }
  }

  /** What was set meanwhile is newer. */
  #requeue(taken: ReadonlyMap<string, ReadonlyMap<string, string>>): void {
    for (const [id, values] of taken) {
      const dirty = this.#groups.get(id)?.dirty;
      for (const [key, value] of values) if (dirty && !dirty.has(key)) dirty.set(key, value);
    }
  }
}

function notOwner(group: string): PowerVmError {
  return new PowerVmError('POWERVM_FLEET_NOT_OWNER', `${group} is read by another member of the fleet`, {
    context: { group },
  });
}
