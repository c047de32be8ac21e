import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../base/clock/clock.ts';
import { type Condition, ConditionTracker } from '../../base/condition.ts';
import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import { makeDirectories } from '../../base/files/make-directories.ts';
import { nearestDirectory, probeDirectory } from '../../base/files/probe-file.ts';
import { fileProblem } from '../../base/files/read-text-file.ts';
import type { Logger } from '../../base/logger.ts';
import type { ProbeResult } from '../../base/probe.ts';
import type { Extension } from '../components/extensions/extension-component.ts';
import { CheckedFile } from './checked-file.ts';
import { DirectoryLock } from './directory-lock.ts';
import { entriesOf, type Storage, type StoredDocument } from './storage.ts';

/** Milliseconds between two writes at least: what is set in between is written together. */
const WRITE_INTERVAL = 1_000;
const PAUSE_AFTER_FAILURE = 5_000;
const MEBIBYTE = 1024 * 1024;
/** Bytes. The state of a large site is some megabytes, and is written beside the old one. */
const LOW_DISK_SPACE = 64 * MEBIBYTE;

export interface FileStorageOptions {
  readonly directory: string;
  /** Whether to make the directory when it is not there. */
  readonly createDirectory: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Storage in a directory that belongs to this process alone while it runs. A disk that is full costs nothing but the
 * newest state: what is there stays there, and it is written as soon as it can be.
 */
export class FileStorage implements Storage, Extension {
  readonly isLasting = true;
  readonly #options: FileStorageOptions;
  readonly #file: CheckedFile;
  readonly #stopping = new AbortController();
  #values = new Map<string, unknown>();
  #lock: DirectoryLock | undefined;
  #isDirty = false;
  readonly #failures: FailureSeries;
  readonly #writes: ConditionTracker;
  #writing: Promise<void> | undefined;

  constructor(options: FileStorageOptions) {
    this.#options = options;
    this.#failures = new FailureSeries(options.clock);
    this.#writes = new ConditionTracker(options.clock);
    this.#file = new CheckedFile(path.join(options.directory, 'state.json'));
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** Whether what is to outlive the process was written last time. */
  get condition(): Condition | undefined {
    return this.#writes.snapshot();
  }

  /**
   * @throws {PowerVmError} `POWERVM_STORAGE_IN_USE`, `POWERVM_STORAGE_UNUSABLE`
   */
  async start(): Promise<void> {
    await this.#openDirectory();
    this.#lock = await DirectoryLock.acquire(this.directory);
    const { values, damage } = await this.#file.read();
    this.#values = new Map(values);
    if (damage !== undefined) {
      this.#options.logger.error(
        { reason: damage, entries: values.size },
        values.size > 0
          ? 'the newest state is damaged; going on from the one before'
          : 'the state is damaged; beginning anew',
      );
    }
  }

  /** @throws {PowerVmError} `POWERVM_STORAGE_UNUSABLE` */
  async check(): Promise<void> {
    const examined = this.#examinedDirectory();
    try {
      if (!(await stat(examined)).isDirectory()) throw new Error(`${examined} is no directory`);
      await access(examined, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /** Leaves nothing behind: a directory made by another user than the collector's could not be used by it. */
  async probe(): Promise<readonly ProbeResult[]> {
    const isThere = existsSync(this.directory);
    const examined = this.#examinedDirectory();
    try {
      await probeDirectory(examined);
      const { bavail, bsize } = await statfs(examined);
      const room = bavail * bsize;
      const held = isThere && (await DirectoryLock.isHeld(this.directory)) ? '; a running collector holds it' : '';
      const text = `${isThere ? this.directory : `${this.directory} will be made in ${examined}`}: can be written, with ${Math.floor(room / MEBIBYTE)} MiB free${held}`;
      return [room < LOW_DISK_SPACE ? { text, remark: 'Make room: on a full disk cursors are not kept.' } : { text }];
    } catch (error) {
      return [{ text: 'cannot be used', error: this.#unusable(error) }];
    }
  }

  entries(prefix: string): ReadonlyMap<string, unknown> {
    return entriesOf(this.#values, prefix);
  }

  set(key: string, value: unknown): void {
    this.#values.set(key, value);
    this.#isDirty = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** In a file of its own, in `series/`. */
  document(name: string): StoredDocument {
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
    const file = new CheckedFile(
      path.join(this.directory, 'series', `${name.replace(/[^\w-]+/g, '_').slice(0, 80)}-${hash}.json`),
    );
    return {
      read: async () => {
        const { values, damage } = await file.read();
        if (damage !== undefined) {
          this.#options.logger.error({ reason: damage }, 'a document of the storage is damaged; going on without it');
        }
        return values.get('value');
      },
      write: (value) => file.write(new Map([['value', value]])),
    };
  }

  /** Writes what is left, once, and lets the directory go. */
  async shutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#writing;
    if (this.#isDirty) await this.#write();
    await this.#lock?.release();
    this.#lock = undefined;
  }

  async #openDirectory(): Promise<void> {
    const { directory, createDirectory } = this.#options;
    try {
      if (createDirectory) await makeDirectories(directory);
      await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
      await this.#warnAboutOtherUsers();
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /** The directory, or the one in which it will be made. */
  #examinedDirectory(): string {
    const isThere = existsSync(this.directory);
    return isThere || !this.#options.createDirectory ? this.directory : nearestDirectory(this.directory);
  }

  #unwritten(cause: unknown): PowerVmError {
    return this.#failure('POWERVM_STORAGE_WRITE_FAILED', 'write', cause);
  }

  #unusable(cause: unknown): PowerVmError {
    return this.#failure('POWERVM_STORAGE_UNUSABLE', 'use', cause);
  }

  #failure(code: ErrorCode, verb: string, cause: unknown): PowerVmError {
    const { directory } = this;
    return new PowerVmError(code, `cannot ${verb} ${directory}: ${fileProblem(cause)}`, {
      cause,
      context: { directory },
    });
  }

  /** Cursors and sessions of the consoles are in there. A group may be meant: Kubernetes gives volumes to one. */
  async #warnAboutOtherUsers(): Promise<void> {
    const { mode } = await stat(this.directory);
    if ((mode & constants.S_IWOTH) === 0) return;
    this.#options.logger.warn(
      { directory: this.directory, remedy: `chmod o-w ${this.directory}` },
      'every user of this machine may write into the directory of the storage',
    );
  }

  async #writeAll(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#isDirty && !signal.aborted) {
      await this.#write();
      const pause = this.#failures.isFailing ? PAUSE_AFTER_FAILURE : WRITE_INTERVAL;
      await this.#options.clock.sleep(pause, signal).catch(() => undefined);
    }
  }

  async #write(): Promise<void> {
    this.#isDirty = false;
    try {
      await this.#file.write(this.#values);
      this.#writes.note('working');
      const ended = this.#failures.ended();
      if (ended) this.#options.logger.info({ directory: this.directory, ...ended }, 'the state is written again');
    } catch (error) {
      this.#isDirty = true;
      this.#writes.note('failing', this.#unwritten(error));
      const repeated = this.#failures.failed();
      if (!repeated) return;
      this.#options.logger.error(
        { directory: this.directory, reason: describeError(error), ...repeated },
        'the state could not be written; after a crash samples would come twice. Trying again',
      );
    }
  }
}
