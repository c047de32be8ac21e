import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DeltaConversion, type DeltaStateStorage, partOf, type UnknownIncreases } from './delta-conversion.ts';
/** For a destination that wants deltas. */
export interface DeltaOptions {
  /** Where the values that were delivered last outlive the exporter. Default nowhere. */
  readonly deltaState?: DeltaStateStorage;
  /** Called with a delivered batch in which the increase of some counters is not known. */
  readonly onUnknownIncreases?: (unknown: UnknownIncreases) => void;
  /** Called when the delta state could not be written or read. */
  readonly onDeltaStateError?: (error: unknown) => void;
}

/**
 * Sends batches as deltas, those of a managed system one after the other, since each starts where the one before ended.
 * What was delivered is written down before the batch counts as delivered: a cursor is then never ahead of it, and no
 * increase is sent twice.
 */
export class DeltaExport {
  readonly #conversion = new DeltaConversion();
  readonly #options: DeltaOptions;
  #loading: Promise<void> | undefined;
  /** By part, when its last batch is through. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** By part, which stay of it is known. */
  readonly #stays = new Map<string, number>();

  constructor(options: DeltaOptions) {
    this.#options = options;
  }

  send<Summary>(
    resources: readonly ResourceMetrics[],
    send: (resources: readonly ResourceMetrics[]) => Promise<Summary>,
  ): Promise<Summary> {
    const part = partOf(resources);
    const before = this.#last.get(part ?? '') ?? Promise.resolve();
    const sent = before.then(async () => {
      this.#loading ??= this.#load();
      await this.#loading;
      // What another process has it sends itself, from where this one has come to.
      if (part !== undefined && !(await this.#hasPart(part))) return send([]);
      const batch = this.#conversion.prepare(resources);
      const summary = await send(batch.resources);
      batch.commit();
      if (part !== undefined && this.#options.deltaState?.isLasting) await this.#save(part);
      const { first, restarted } = batch.unknown;
      if (first + restarted > 0) this.#options.onUnknownIncreases?.(batch.unknown);
      return summary;
    });
    this.#last.set(
      part ?? '',
      sent.catch(() => undefined),
    );
    return sent;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#last.values());
  }

  /** Saves everything for the next run. */
  async saveAll(): Promise<void> {
    for (const part of this.#conversion.parts) await this.#save(part);
  }

  /** Whether a part is this process's to send; takes in what others have delivered of it. */
  async #hasPart(part: string): Promise<boolean> {
    const shared = this.#options.deltaState?.shared;
    if (!shared) return true;
    const stay = shared.stayOf(part);
    if (stay === undefined || stay === this.#stays.get(part)) return stay !== undefined;
    const records = await shared.load(part);
    this.#conversion.forget(part);
    this.#conversion.restore(new Map([[part, records]]));
    this.#stays.set(part, stay);
    return shared.stayOf(part) === stay;
  }

  async #load(): Promise<void> {
    try {
      const parts = await this.#options.deltaState?.load();
      if (parts) this.#conversion.restore(parts);
    } catch (error) {
      this.#options.onDeltaStateError?.(error);
    }
  }

  async #save(part: string): Promise<void> {
    try {
      await this.#options.deltaState?.save(part, this.#conversion.recordsOf(part));
    } catch (error) {
      this.#options.onDeltaStateError?.(error);
    }
  }
}
