import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../base/clock/clock.ts';
import { ConfigurationError, ExportError, PowerVmError } from '../base/errors/errors.ts';
import type { Logger } from '../base/logger.ts';
import { retryPolicyOf } from './components/exporters/delivery-options.ts';
import type { BatchExporter } from './components/exporters/exporter-component.ts';
import type { CollectorConfig } from './config/load-config.ts';
import { createBatchExporter } from './create-components.ts';
import { outcomeOf } from './delivery/delivery-outcome.ts';
import { pauseBeforeRetry, type RetryPolicy } from './delivery/retry-policy.ts';

/**
 * What became of a batch: taken, in part perhaps; refused permanently; or not delivered within the exporter's patience.
 */
type BatchOutcome =
  | { readonly result: 'taken'; readonly refusedPoints: number }
  | { readonly result: 'refused' }
  | { readonly result: 'undelivered' };

export interface ReplayTargetOptions {
  readonly logger: Logger;
  readonly print: (text: string) => void;
  readonly clock?: Clock;
  /** Called for each failed attempt. */
  readonly onFailure: (error: unknown) => void;
}

/** An exporter outside of a pipeline, for batches that come from a file. */
export class ReplayTarget {
  readonly #exporter: BatchExporter;
  readonly #retry: RetryPolicy;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;

  constructor(exporter: BatchExporter, retry: RetryPolicy, { clock, onFailure }: ReplayTargetOptions) {
    this.#exporter = exporter;
    this.#retry = retry;
    this.#clock = clock ?? systemClock;
    this.#onFailure = onFailure;
  }

  /** Tries as long as the exporter's `retry_on_failure` says, or until the signal aborts. */
  async deliver(resources: readonly ResourceMetrics[], signal: AbortSignal): Promise<BatchOutcome> {
    const started = this.#clock.monotonic();
    for (let failures = 1; ; failures += 1) {
      try {
        const { rejectedPoints, pending } = outcomeOf(await this.#exporter.exportBatch(resources));
        if (pending) throw pending;
        return { result: 'taken', refusedPoints: rejectedPoints };
      } catch (error) {
        this.#onFailure(error);
        const known = error instanceof ExportError ? error : undefined;
        if (known?.permanent) return { result: 'refused' };
        const elapsed = this.#clock.monotonic() - started;
        const retryAfter = Number(known?.context.retryAfter ?? 0);
        const pause = pauseBeforeRetry(this.#retry, { failures, elapsed, retryAfter }, Math.random());
        if (pause === undefined || signal.aborted) return { result: 'undelivered' };
        await this.#clock.sleep(pause, signal).catch(() => undefined);
        if (signal.aborted) return { result: 'undelivered' };
      }
    }
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/**
 * @param exporters of a configuration
 * @param id of one of them
 * @throws {ConfigurationError} when there is none of that name
 * @throws {PowerVmError} `POWERVM_USAGE` for one that shows the present, or makes one value of many, and has no use for a
 *   past that comes in pieces
 */
export function openReplayTarget(
  exporters: CollectorConfig['exporters'],
  id: string,
  options: ReplayTargetOptions,
): ReplayTarget {
  const settings = Object.hasOwn(exporters, id) ? exporters[id] : undefined;
  if (settings === undefined) {
    const known = Object.keys(exporters).join(', ');
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `there is no exporter ${id} (known: ${known})`);
  }
  const { logger, print, clock = systemClock } = options;
  const exporter = createBatchExporter(settings, { id, clock, logger, print, extensions: new Map() });
  if (exporter.start || exporter.unpublishedSince) {
    throw new PowerVmError('POWERVM_USAGE', `${id} shows or sums up the present: the past cannot be sent to it`);
  }
  return new ReplayTarget(exporter, retryPolicyOf(settings), options);
}
