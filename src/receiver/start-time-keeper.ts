import type { Clock } from '../base/clock.ts';
import { describeError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { GroupRecord, StartTimeRecord } from './start-time-record.ts';
import { StartTimeRegistry } from './start-time-registry.ts';

/** Where the start times of the series of every system outlive the receiver. Records are plain data. */
export interface StartTimeStorage {
  /** What was written down of a system; undefined when nothing was, or nothing of use. */
  load(systemId: string): Promise<StartTimeRecord | undefined>;
  /**
   * Writes down what has changed since the last record. Must not be written later than a cursor that moves after it.
   * @param changes all of them, in place of those of the call before
   */
  noteChanges(systemId: string, changes: readonly GroupRecord[]): void;
  /** Writes down everything, in place of the record and the changes before. */
  save(systemId: string, record: StartTimeRecord): Promise<void>;
}

/** A whole record is written so often: it only makes longer what a restart can tell by counters. */
const SAVE_AFTER = 600_000;
/** More changes than these are as much work as everything. */
const MOST_CHANGES = 500;

/** Keeps the start times of one system over restarts, where there is a storage for them. */
export class StartTimeKeeper {
  readonly registry = new StartTimeRegistry();
  readonly #systemId: string;
  readonly #storage: StartTimeStorage | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #loading: Promise<void> | undefined;
  #savedAt: number;
  #notedChanges = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(systemId: string, storage: StartTimeStorage | undefined, clock: Clock, logger: Logger) {
    this.#systemId = systemId;
    this.#storage = storage;
    this.#clock = clock;
    this.#logger = logger;
    this.#savedAt = clock.monotonic();
  }

  /** To be awaited before the first sample. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** To be called when samples were inspected and before they are handed out. */
  note(): void {
    const { changes } = this.registry;
    if (!this.#storage || changes === this.#notedChanges) return;
    this.#storage.noteChanges(this.#systemId, this.registry.changedGroups());
    this.#notedChanges = changes;
  }

  /** Writes everything down now and then. */
  saveIfDue(): void {
    const isDue = this.#clock.monotonic() - this.#savedAt >= SAVE_AFTER || this.registry.changes > MOST_CHANGES;
    if (isDue) void this.save();
  }

  /** Never rejects. */
  save(): Promise<void> {
    const storage = this.#storage;
    if (!storage) return Promise.resolve();
    this.#savedAt = this.#clock.monotonic();
    const record = this.registry.checkpoint();
    this.#notedChanges = 0;
    this.#saving = this.#saving
      .then(() => storage.save(this.#systemId, record))
      .catch((error) => this.#warn(error, 'the start times of series could not be written'));
    return this.#saving;
  }

  async #load(): Promise<void> {
    try {
      const record = await this.#storage?.load(this.#systemId);
      if (record) this.registry.restore(record);
    } catch (error) {
      this.#warn(error, 'the start times of series could not be read; they begin anew');
    }
  }

  #warn(error: unknown, message: string): void {
    this.#logger.warn({ system: this.#systemId, reason: describeError(error) }, message);
  }
}
