import path from 'node:path';
import { CheckedFile } from '../../src/collector/storage/checked-file.ts';
import { DirectoryLock } from '../../src/collector/storage/directory-lock.ts';
import type { Change, Reason } from './change.ts';
import { isFinished, type Run } from './run.ts';

const RUN = 'run:';

/**
 * The runs, on the disk: every change of them is there before the promise that it returns resolves, so that `kill -9`
 * at any moment loses nothing and repeats only what had no effect outside. Own code over the project's atomic file and
 * not a data base: a few hundred small entries, one writer, and no native code on the machine that tests strangers'.
 */
export class RunQueue {
  readonly #file: CheckedFile;
  readonly #lock: DirectoryLock;
  readonly #values: Map<string, unknown>;
  #written: Promise<void> = Promise.resolve();
  #nextWrite: Promise<void> | undefined;

  private constructor(file: CheckedFile, lock: DirectoryLock, values: ReadonlyMap<string, unknown>) {
    this.#file = file;
    this.#lock = lock;
    this.#values = new Map(values);
  }

  /** @throws {PowerVmError} `POWERVM_STORAGE_IN_USE` while another server has the directory, `POWERVM_STORAGE_UNUSABLE` */
  static async open(directory: string): Promise<RunQueue> {
    const lock = await DirectoryLock.acquire(directory);
    const file = new CheckedFile(path.join(directory, 'queue.json'));
    return new RunQueue(file, lock, (await file.read()).values);
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#lock.release();
  }

  /** In the order in which they were added. */
  get runs(): readonly Run[] {
    return [...this.#values].filter(([key]) => key.startsWith(RUN)).map(([, value]) => value as Run);
  }

  get(id: string): Run | undefined {
    return this.#values.get(RUN + id) as Run | undefined;
  }

  /** The oldest that may be begun at `now`. */
  next(now: number): Run | undefined {
    return this.runs.find(({ state, notBefore }) => state === 'queued' && notBefore <= now);
  }

  async add(change: Change, reason: Reason, now: number): Promise<Run> {
    const sequence = this.number('sequence') + 1;
    this.#values.set('sequence', sequence);
    const run: Run = {
      id: `${change.number}-${change.patchSet}-${String(sequence).padStart(6, '0')}`,
      change,
      reason,
      state: 'queued',
      attempt: 1,
      queuedAt: now,
      notBefore: now,
      startedAt: undefined,
      endedAt: undefined,
      verdict: undefined,
    };
    await this.#set(run);
    return run;
  }

  /** @returns the run as it is now; `undefined` when it was finished meanwhile: what is finished stays as it is */
  async update(id: string, fields: Partial<Run>): Promise<Run | undefined> {
    const before = this.get(id);
    if (before === undefined || isFinished(before)) return undefined;
    const run = { ...before, ...fields };
    await this.#set(run);
    return run;
  }

  /** What was begun and not judged when the server ended begins anew. */
  async resume(): Promise<void> {
    for (const run of this.runs) if (run.state === 'running') await this.update(run.id, { state: 'queued' });
  }

  /** Forgets finished runs that ended before `time`. */
  async forgetBefore(time: number): Promise<readonly Run[]> {
    const old = this.runs.filter((run) => isFinished(run) && (run.endedAt ?? run.queuedAt) < time);
    for (const { id } of old) this.#values.delete(RUN + id);
    if (old.length > 0) await this.#save();
    return old;
  }

  /** A number that outlives the server, such as the time up to which nothing is missed; 0 when it was never set. */
  number(name: string): number {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : 0;
  }

  async setNumber(name: string, value: number): Promise<void> {
    if (this.number(name) === value) return;
    this.#values.set(name, value);
    await this.#save();
  }

  #set(run: Run): Promise<void> {
    this.#values.set(RUN + run.id, run);
    return this.#save();
  }

  /** Whoever comes while a write is under way shares the next one. */
  #save(): Promise<void> {
    this.#nextWrite ??= this.#written.then(() => {
      this.#nextWrite = undefined;
      return this.#file.write(this.#values);
    });
    this.#written = this.#nextWrite.catch(() => undefined);
    return this.#nextWrite;
  }
}
