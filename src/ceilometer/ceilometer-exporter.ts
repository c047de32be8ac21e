import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { AggregationTemporality, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { systemClock } from '../base/clock/clock.ts';
import { describeError, ExportError } from '../base/errors/errors.ts';
import { type Logger, loggerOf } from '../base/logger.ts';
import { checkOptions } from '../base/options/option-rules.ts';
import type { ProbeResult } from '../base/probe.ts';
import { DeliveryStatistics } from './delivery-statistics.ts';
import {
  type CeilometerExporterOptions,
  type CeilometerExporterStatistics,
  type CeilometerExportSummary,
  DEFAULT_INTERVAL,
  DEFAULT_SECRET,
  exporterRules,
} from './exporter-options.ts';
import { IntervalAggregation, type MeterValue } from './intervals/interval-aggregation.ts';
import { hostMeters } from './meters/host-meters.ts';
import { metersOfSet } from './meters/meters.ts';
import { createPublisher } from './publishers/create-publisher.ts';
import type { Publisher } from './publishers/publisher.ts';
import type { CeilometerSample } from './samples/sample.ts';
import { type BuiltSamples, SampleBuilder } from './samples/sample-builder.ts';

/** Values on their way, as samples once the instances are known. */
interface PendingBatch {
  readonly values: readonly MeterValue[];
  built: BuiltSamples | undefined;
  /** Publishers that have it, or refused it permanently: a second try is for the others. */
  readonly done: Set<Publisher>;
  isRefused: boolean;
}
/**
 * Values that wait while publishers take nothing: those of half an hour, which is what PCM keeps, of 1,500 partitions at
 * the default interval. About 100 bytes each.
 */
const MAX_WAITING = 250_000;
/** From here on a publisher that fails holds the others up, so that PCM keeps the rest for all of them. */
const MAX_WAITING_PER_PUBLISHER = MAX_WAITING / 2;
/** How long a shutdown waits for a running publish. */
const SHUTDOWN_GRACE_MS = 5_000;

/**
 * Sends metrics as Ceilometer samples. A `PushMetricExporter`, so that it is behind any reader of the SDK, beside
 * an OTLP exporter; in the collector's pipelines {@link exportBatch} is called.
 */
export class CeilometerExporter implements PushMetricExporter {
  readonly #aggregation: IntervalAggregation;
  readonly #builder: SampleBuilder;
  readonly #publishers: readonly Publisher[];
  readonly #logger: Logger;
  readonly #taken = new WeakSet<readonly ResourceMetrics[]>();
  readonly #pendingBatches: PendingBatch[] = [];
  /** Values of partitions that the directory does not know yet: they wait without delaying the others. */
  #undecided: MeterValue[] = [];
  readonly #statistics: DeliveryStatistics;
  #waiting = 0;
  /** Batches go out one after the other: rates and deltas build on the one before. */
  #last: Promise<unknown> = Promise.resolve();
  #isShutDown = false;

  /** @throws {ConfigurationError} for an option that cannot be meant or a publisher URL that is none */
  constructor(options: CeilometerExporterOptions) {
    checkOptions('CeilometerExporter', options, exporterRules);
    this.#aggregation = new IntervalAggregation(metersOf(options), options.interval ?? DEFAULT_INTERVAL);
    this.#builder = new SampleBuilder(options);
    this.#logger = loggerOf(options);
    this.#statistics = new DeliveryStatistics(this.#logger);
    const context = {
      telemetrySecret: options.telemetrySecret ?? DEFAULT_SECRET,
      messaging: options.messaging ?? {},
      cloud: options.cloud,
      clock: options.clock ?? systemClock,
      logger: this.#logger,
    };
    this.#publishers = options.publishers.map((publisher) =>
      typeof publisher === 'string' ? createPublisher(publisher, context) : publisher,
    );
  }

  get statistics(): CeilometerExporterStatistics {
    return this.#statistics.snapshot();
  }

  /** Values of partitions that are no instance, and those that wait until that is known. */
  get unsent(): { readonly withoutInstance: number; readonly undecided: number } {
    return { withoutInstance: this.#statistics.withoutInstance, undecided: this.#undecided.length };
  }

  /**
   * Takes a batch in and publishes what is due: the intervals that are over by it. After an error call it again with
   * the same array, or with the next: what is due is kept, and what was delivered is not sent twice. One publisher that
   * fails does not keep the others from what comes later: it is `pending`, and gets everything in order when it works.
   * @throws {ExportError} of the first publisher that failed, when no other works or too much waits for it
   */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<CeilometerExportSummary> {
    if (this.#isShutDown) {
      return Promise.reject(new ExportError('POWERVM_SHUT_DOWN', 'the Ceilometer exporter is shut down'));
    }
    return this.#inTurn(() => {
      if (!this.#taken.has(resources)) {
        this.#taken.add(resources);
        this.#enqueue(this.#aggregation.add(resources));
      }
      return this.#publishDue();
    });
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.exportBatch([metrics]).then(
      ({ pending: error }) =>
        resultCallback(error ? { code: ExportResultCode.FAILED, error } : { code: ExportResultCode.SUCCESS }),
      (error: ExportError) => resultCallback({ code: ExportResultCode.FAILED, error }),
    );
  }

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  /**
   * Start (milliseconds since 1970) of the oldest interval that samples were taken in of and that is not published, of
   * one managed system or of any; `undefined` when there is none. Who keeps a place to continue from after a crash
   * keeps it before that: the interval comes again as a whole.
   */
  unpublishedSince(systemId?: string): number | undefined {
    const times = [this.#aggregation.openSince(systemId)];
    for (const values of [this.#undecided, ...this.#pendingBatches.map((pendingBatch) => pendingBatch.values)]) {
      for (const { partition, since } of values) {
        if (systemId === undefined || partition.identity.systemId === systemId) times.push(since);
      }
    }
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : known.reduce((left, right) => Math.min(left, right));
  }

  /** The samples that a batch would become if its interval ended with it. Sends nothing. @throws {ExportError} without Nova */
  preview(resources: readonly ResourceMetrics[]): readonly CeilometerSample[] {
    const values = [...this.#aggregation.add(resources), ...this.#aggregation.flush()];
    return this.#builder.build(values).samples;
  }

  /** Tries every publisher; sends no sample. One that cannot be tried without a sample is left out. */
  async probe(): Promise<readonly ProbeResult[]> {
    return Promise.all(
      this.#publishers.map(async (publisher) => {
        const subject = publisher.name;
        try {
          const text = await publisher.probe?.();
          return { subject, text: text ?? 'is not tried: only a sample could tell' };
        } catch (error) {
          return { subject, text: 'does not work', error };
        }
      }),
    );
  }

  /** Publishes what waits, intervals that are not over as far as they have come. */
  async forceFlush(): Promise<void> {
    const { pending } = await this.#inTurn(() => {
      this.#enqueue(this.#aggregation.flush());
      return this.#publishDue();
    });
    if (pending) throw pending;
  }

  async shutdown(): Promise<void> {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    const flushed = this.forceFlush().catch((error) => {
      this.#logger.warn({ reason: describeError(error) }, 'the last Ceilometer samples were not delivered');
    });
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      flushed,
      new Promise((resolve) => {
        timer = setTimeout(resolve, SHUTDOWN_GRACE_MS);
      }),
    ]);
    clearTimeout(timer);
    await Promise.all(this.#publishers.map((publisher) => publisher.close()));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  #enqueue(values: readonly MeterValue[]): void {
    if (values.length === 0) return;
    this.#pendingBatches.push({ values, built: undefined, done: new Set(), isRefused: false });
    this.#waiting += values.length;
    while (this.#waiting > MAX_WAITING && (this.#undecided.length > 0 || this.#pendingBatches.length > 1)) {
      const dropped = this.#undecided.length > 0 ? this.#forgetUndecided() : this.#publishPending();
      this.#statistics.countDropped(dropped);
    }
  }

  /** @returns how many values no longer wait */
  #publishPending(): number {
    const count = this.#pendingBatches.shift()?.values.length ?? 0;
    this.#waiting -= count;
    return count;
  }

  #forgetUndecided(): number {
    const count = this.#undecided.length;
    this.#undecided = [];
    this.#waiting -= count;
    return count;
  }

  /** What waited for Nova is older than what is due now, and Gnocchi takes points in order. */
  #retryUndecided(): void {
    if (this.#undecided.length === 0) return;
    this.#pendingBatches.unshift({ values: this.#undecided, built: undefined, done: new Set(), isRefused: false });
    this.#undecided = [];
  }

  /** Offers everything that waits, oldest first, to every publisher up to what it does not take. */
  async #publishDue(): Promise<CeilometerExportSummary> {
    let [samples, refused] = [0, 0];
    this.#retryUndecided();
    let refusal: ExportError | undefined;
    const failing = new Map<Publisher, ExportError>();
    for (const pendingBatch of [...this.#pendingBatches]) {
      const built = pendingBatch.built ?? this.#build(pendingBatch);
      refusal ??= await this.#offer(pendingBatch, built, failing);
      if (failing.size === this.#publishers.length && failing.size > 0) break;
      // What is done behind something that still waits for a publisher waits with it: order is kept.
      while (this.#pendingBatches[0] && this.#isDone(this.#pendingBatches[0])) {
        const done = this.#pendingBatches[0];
        samples += done.built?.samples.length ?? 0;
        refused += done.built?.refused.length ?? 0;
        if (!done.isRefused) this.#statistics.countPublished(done.built?.samples.length ?? 0);
        this.#publishPending();
      }
    }
    const [pending] = failing.values();
    if (pending && (failing.size === this.#publishers.length || this.#waiting > MAX_WAITING_PER_PUBLISHER))
      throw pending;
    if (refusal) throw refusal;
    return { samples, refused, pending };
  }

  #isDone({ built, done }: PendingBatch): boolean {
    return built !== undefined && (built.samples.length === 0 || done.size === this.#publishers.length);
  }

  #build(pendingBatch: PendingBatch): BuiltSamples {
    const built = this.#builder.build(pendingBatch.values);
    pendingBatch.built = built;
    this.#undecided.push(...built.undecided);
    this.#waiting += built.undecided.length;
    this.#statistics.countBuilt(built);
    return built;
  }

  /**
   * @param failing publishers that do not take anything now; those that fail are added
   * @returns the error of a publisher that refused it permanently
   */
  async #offer(
    pendingBatch: PendingBatch,
    { samples, systems }: BuiltSamples,
    failing: Map<Publisher, ExportError>,
  ): Promise<ExportError | undefined> {
    if (samples.length === 0) return undefined;
    const { done } = pendingBatch;
    const waiting = this.#publishers.filter((publisher) => !done.has(publisher) && !failing.has(publisher));
    let refusal: ExportError | undefined;
    await Promise.all(
      waiting.map(async (publisher) => {
        const error = await publisher.publish(samples, systems).then(() => undefined, asExportError);
        if (error && !error.permanent) {
          failing.set(publisher, error);
          return;
        }
        done.add(publisher);
        if (error) pendingBatch.isRefused = true;
        refusal ??= error;
      }),
    );
    return refusal;
  }
}

function metersOf({ meterSet = 'now', hosts, reportStoppedInstances = true }: CeilometerExporterOptions) {
  const meters = metersOfSet(meterSet).map((meter) => (reportStoppedInstances ? meter : { ...meter, whileOff: false }));
  return hosts === true ? [...meters, ...hostMeters] : meters;
}

/** A publisher of an embedding program may throw anything; it may be worth another try. */
function asExportError(error: unknown): ExportError {
  if (error instanceof ExportError) return error;
  return new ExportError('POWERVM_EXPORT_FAILED', describeError(error), { cause: error });
}
