import path from 'node:path';
import { CheckedFile } from '../../src/collector/storage/checked-file.ts';
import { DirectoryLock } from '../../src/collector/storage/directory-lock.ts';
import { type Change, changeKey, type Reason } from './change.ts';
import { isFinished, type Run } from './run.ts';

const RUN = 'run:';
const REPORTED = 'reported:';
/** Changes of which no run is there any more; the oldest ones are closed long since. */
const MAX_REMEMBERED = 5_000;

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
    return this.#entries(RUN).map(([, run]) => run);
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
      // A run by hand has a queue of its own, and its logs lie beside the others: its comment names no other run.
      id: [
        change.number,
        change.patchSet,
        ...(reason.kind === 'replay' ? ['replay'] : []),
        String(sequence).padStart(6, '0'),
      ].join('-'),
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

  /** What was begun and not judged when the server ended restarts. */
  async resume(): Promise<void> {
    for (const run of this.runs) if (run.state === 'running') await this.update(run.id, { state: 'queued' });
  }

  /** The runs, and of changes whose runs are forgotten that they were reported: no patch set is voted on twice. */
  get remembered(): readonly Run[] {
    return [...this.#entries(REPORTED).map(([, run]) => run), ...this.runs];
  }

  /** Forgets finished runs that ended before `time`. Of each change it remembers the last one that was reported. */
  async forgetPrevious(time: number): Promise<void> {
    const old = this.runs.filter((run) => isFinished(run) && (run.endedAt ?? run.queuedAt) < time);
    for (const run of old) {
      this.#values.delete(RUN + run.id);
      const key = REPORTED + changeKey(run.change);
      const before = this.#values.get(key) as Run | undefined;
      if (run.state !== 'reported') continue;
      this.#values.delete(key);
      this.#values.set(key, { ...run, verdict: undefined, reason: bothReasons(before?.reason, run.reason) });
    }
    for (const [key] of this.#entries(REPORTED).slice(0, -MAX_REMEMBERED)) this.#values.delete(key);
    if (old.length > 0) await this.#save();
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

  #entries(prefix: string): readonly (readonly [string, Run])[] {
    return [...this.#values].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key, value as Run]);
  }

  #set(run: Run): Promise<void> {
    this.#values.set(RUN + run.id, run);
    return this.#save();
  }

  /** Whoever comes while a write is in progress shares the next one. */
  #save(): Promise<void> {
    this.#nextWrite ??= this.#written.then(() => {
      this.#nextWrite = undefined;
      return this.#file.write(this.#values);
    });
    this.#written = this.#nextWrite.catch(() => undefined);
    return this.#nextWrite;
  }
}

/** The comments that either has answered. */
function bothReasons(before: Reason | undefined, reason: Reason): Reason {
  const comments = [before, reason].flatMap((one) => (one?.kind === 'recheck' ? one.comments : []));
  return comments.length > 0 ? { kind: 'recheck', comments } : reason;
}
