import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DeltaConversion, partOf } from './delta-conversion.ts';
import type { OtlpBatchExporterOptions } from './options.ts';

type Options = Pick<OtlpBatchExporterOptions, 'deltaState' | 'onUnknownIncreases' | 'onDeltaStateError'>;

/**
 * Sends batches as deltas, one after the other, since each starts where the one before ended. What was delivered is written
 * down before the batch counts as delivered: a cursor is then never ahead of it, and no increase is sent twice.
 */
export class DeltaExport {
  readonly #conversion = new DeltaConversion();
  readonly #options: Options;
  #loading: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  send<Summary>(
    resources: readonly ResourceMetrics[],
    send: (resources: readonly ResourceMetrics[]) => Promise<Summary>,
  ): Promise<Summary> {
    const sent = this.#last.then(async () => {
      this.#loading ??= this.#load();
      await this.#loading;
      const batch = this.#conversion.prepare(resources);
      const summary = await send(batch.resources);
      batch.commit();
      const part = partOf(resources);
      if (part !== undefined && this.#options.deltaState?.isLasting) await this.#save(part);
      const { first, restarted } = batch.unknown;
      if (first + restarted > 0) this.#options.onUnknownIncreases?.(batch.unknown);
      return summary;
    });
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  async settled(): Promise<void> {
    await this.#last;
  }

  /** Writes everything down, for whoever goes on. */
  async saveAll(): Promise<void> {
    for (const part of this.#conversion.parts) await this.#save(part);
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
