import type { Clock } from '../../base/clock/clock.ts';
import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { GroupRecord, StartTimeRecord } from './start-time-record.ts';
import { StartTimeRegistry } from './start-time-registry.ts';

/** Storage of the start times of all series. Records are plain data. */
export interface StartTimeStorage {
  /** The stored record of a system; undefined when there is none, or none that is valid. */
  load(systemId: string): Promise<StartTimeRecord | undefined>;
  /**
   * Stores what has changed since the last record. Must not be written later than a cursor that moves after it.
   * @param changes all of them, in place of those of the call before
   */
  noteChanges(systemId: string, changes: readonly GroupRecord[]): void;
  /** Stores a full record, in place of the previous record and changes. */
  save(systemId: string, record: StartTimeRecord): Promise<void>;
}

/** Interval of full records. */
const SAVE_AFTER = 600_000;
/** With more changes a full record is as cheap. */
const MAX_CHANGES = 500;

/** Persists the start times of one system over restarts, where storage is configured. */
export class StartTimePersistence {
  readonly registry = new StartTimeRegistry();
  readonly #systemId: string;
  readonly #storage: StartTimeStorage | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #loading: Promise<void> | undefined;
  #savedAt: number;
  #recordedChanges = 0;
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

  /** To be called after samples were inspected and before they are delivered. */
  note(): void {
    const { changes } = this.registry;
    if (!this.#storage || changes === this.#recordedChanges) return;
    this.#storage.noteChanges(this.#systemId, this.registry.changedGroups());
    this.#recordedChanges = changes;
  }

  /** Writes a full record periodically. */
  saveIfDue(): void {
    const isDue = this.#clock.monotonic() - this.#savedAt >= SAVE_AFTER || this.registry.changes > MAX_CHANGES;
    if (isDue) void this.save();
  }

  /** Never rejects. */
  save(): Promise<void> {
    const storage = this.#storage;
    if (!storage) return Promise.resolve();
    this.#savedAt = this.#clock.monotonic();
    const record = this.registry.checkpoint();
    this.#recordedChanges = 0;
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
