import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { AggregationTemporality, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { systemClock } from '../base/clock.ts';
import { describeError, ExportError } from '../base/errors.ts';
import { type Logger, loggerOf } from '../base/logger.ts';
import {
  anyOf,
  checkOptions,
  flag,
  fullText,
  group,
  listOf,
  loggerRule,
  milliseconds,
  type OptionRules,
  objectWith,
  oneOf,
  required,
  secret,
} from '../base/option-rules.ts';
import type { ProbeResult } from '../base/probe.ts';
import { Secret } from '../base/secret.ts';
import type { OpenStackCloud } from '../openstack/index.ts';
import { hostMeters } from './host-meters.ts';
import { IntervalAggregation, type MeterValue } from './interval-aggregation.ts';
import type { MeterSet } from './meter-definition.ts';
import { metersOfSet } from './meters.ts';
import { createPublisher } from './publishers/create-publisher.ts';
import { type MessagingOptions, messagingRules } from './publishers/messaging-options.ts';
import type { Publisher } from './publishers/publisher.ts';
import { type BuiltSamples, SampleBuilder, type SampleBuilderOptions, sampleBuilderRules } from './sample-builder.ts';

export interface CeilometerExporterOptions extends SampleBuilderOptions {
  /** Publishers by the URLs of Ceilometer's pipeline.yaml, or objects of your own. */
  readonly publishers: readonly (string | Publisher)[];
  /** Which meters: those of the present compute agent, or the older ones as well. Default `now`. */
  readonly meterSet?: MeterSet;
  /** VIOSes and managed systems as well, as hosts: only `gnocchi://` has a place for them. Default false. */
  readonly hosts?: boolean;
  /**
   * Milliseconds between the samples of a meter, on the clock's own grid. Default 300,000: Gnocchi's stock policies
   * expect one value in five minutes. 0 sends every sample.
   */
  readonly interval?: number;
  /** `[publisher] telemetry_secret` of Ceilometer. Default `change this for valid signing`, which is its default. */
  readonly telemetrySecret?: Secret;
  /** The message broker, for `notifier://`. */
  readonly messaging?: MessagingOptions;
  /** The cloud whose Keystone `gnocchi://` is let in by. It is not closed with the exporter. */
  readonly cloud?: OpenStackCloud;
  readonly logger?: Logger;
}

const DAY = 86_400_000;

const exporterRules: OptionRules<CeilometerExporterOptions> = {
  ...sampleBuilderRules,
  publishers: required(listOf(anyOf(fullText, objectWith('publish', 'close')), 1)),
  meterSet: oneOf('now', 'classic'),
  hosts: flag,
  interval: milliseconds(0, DAY),
  telemetrySecret: secret,
  messaging: group<MessagingOptions>(messagingRules),
  cloud: objectWith('client'),
  logger: loggerRule,
};

/** What one {@link CeilometerExporter.exportBatch} achieved. */
export interface CeilometerExportSummary {
  readonly samples: number;
  /** Samples that were not sent because they would have harmed a receiver. */
  readonly refused: number;
  /** Why a publisher lacks samples that others have: they are kept and offered to it again with the next batch. */
  readonly pending: ExportError | undefined;
}

/** What an exporter has done since it was made. */
export interface CeilometerExporterStatistics {
  /** Samples that every publisher has taken. */
  readonly published: number;
  /** Samples that would have harmed a receiver, by the rule that they broke. */
  readonly refused: ReadonlyMap<string, number>;
  /** Values of partitions that are no instance. */
  readonly withoutInstance: number;
  /** Samples that no publisher took for so long that room was needed. */
  readonly dropped: number;
}

/** Values on their way, as samples once the instances are known. */
interface Consignment {
  readonly values: readonly MeterValue[];
  built: BuiltSamples | undefined;
  /** Publishers that have it, or refused it for good: a second try is for the others. */
  readonly done: Set<Publisher>;
  isRefused: boolean;
}

const DEFAULT_SECRET = new Secret('change this for valid signing');
const DEFAULT_INTERVAL = 300_000;
/**
 * Values that wait while publishers take nothing: those of half an hour, which is what PCM keeps, of 1,500 partitions at
 * the default interval. About 100 bytes each.
 */
const MAX_WAITING = 250_000;
/** From here on a publisher that fails holds the others up, so that PCM keeps the rest for all of them. */
const MOST_WAITING_FOR_ONE = MAX_WAITING / 2;
/** How long a shutdown waits for a publish that is under way. */
const GRACE = 5_000;

/**
 * Sends metrics as Ceilometer samples. A `PushMetricExporter`, so that it stands behind any reader of the SDK, beside
 * an OTLP exporter; in the collector's pipelines {@link exportBatch} is called.
 */
export class CeilometerExporter implements PushMetricExporter {
  readonly #aggregation: IntervalAggregation;
  readonly #builder: SampleBuilder;
  readonly #publishers: readonly Publisher[];
  readonly #logger: Logger;
  readonly #taken = new WeakSet<readonly ResourceMetrics[]>();
  readonly #outbox: Consignment[] = [];
  /** Values of partitions that the directory cannot tell about yet: they wait beside the others, not before them. */
  #undecided: MeterValue[] = [];
  readonly #refused = new Map<string, number>();
  #waiting = 0;
  #published = 0;
  #withoutInstance = 0;
  #isNothingSent = false;
  #dropped = 0;
  /** Batches go out one after the other: rates and deltas build on the one before. */
  #last: Promise<unknown> = Promise.resolve();
  #isShutDown = false;

  /** @throws {ConfigurationError} for an option that cannot be meant or a publisher URL that is none */
  constructor(options: CeilometerExporterOptions) {
    checkOptions('CeilometerExporter', options, exporterRules);
    this.#aggregation = new IntervalAggregation(
      [...metersOfSet(options.meterSet ?? 'now'), ...(options.hosts === true ? hostMeters : [])],
      options.interval ?? DEFAULT_INTERVAL,
    );
    this.#builder = new SampleBuilder(options);
    this.#logger = loggerOf(options);
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
    return {
      published: this.#published,
      refused: new Map(this.#refused),
      withoutInstance: this.#withoutInstance,
      dropped: this.#dropped,
    };
  }

  /** Values of partitions that are no instance, and those that wait until that is known. */
  get unsent(): { readonly withoutInstance: number; readonly undecided: number } {
    return { withoutInstance: this.#withoutInstance, undecided: this.#undecided.length };
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
        this.#consign(this.#aggregation.add(resources));
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
   * one managed system or of any; `undefined` when there is none. Who keeps a place to go on from after a crash keeps it
   * before that: the interval comes again as a whole.
   */
  unpublishedSince(systemId?: string): number | undefined {
    const times = [this.#aggregation.openSince(systemId)];
    for (const values of [this.#undecided, ...this.#outbox.map((consignment) => consignment.values)]) {
      for (const { partition, since } of values) {
        if (systemId === undefined || partition.identity.systemId === systemId) times.push(since);
      }
    }
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : known.reduce((left, right) => Math.min(left, right));
  }

  /** Publishes what waits, intervals that are not over as far as they have come. */
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

  async forceFlush(): Promise<void> {
    const { pending } = await this.#inTurn(() => {
      this.#consign(this.#aggregation.flush());
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
        timer = setTimeout(resolve, GRACE);
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

  #consign(values: readonly MeterValue[]): void {
    if (values.length === 0) return;
    this.#outbox.push({ values, built: undefined, done: new Set(), isRefused: false });
    this.#waiting += values.length;
    while (this.#waiting > MAX_WAITING && (this.#undecided.length > 0 || this.#outbox.length > 1)) {
      const dropped = this.#undecided.length > 0 ? this.#forgetUndecided() : this.#unload();
      this.#dropped += dropped;
      this.#logger.error({ samples: dropped }, 'publishers took nothing for too long; the oldest samples are dropped');
    }
  }

  /** @returns how many values no longer wait */
  #unload(): number {
    const count = this.#outbox.shift()?.values.length ?? 0;
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
  #askAgain(): void {
    if (this.#undecided.length === 0) return;
    this.#outbox.unshift({ values: this.#undecided, built: undefined, done: new Set(), isRefused: false });
    this.#undecided = [];
  }

  /** Offers everything that waits, oldest first, to every publisher up to what it does not take. */
  async #publishDue(): Promise<CeilometerExportSummary> {
    let [samples, refused] = [0, 0];
    this.#askAgain();
    let refusal: ExportError | undefined;
    const failing = new Map<Publisher, ExportError>();
    for (const consignment of [...this.#outbox]) {
      const built = consignment.built ?? this.#build(consignment);
      refusal ??= await this.#offer(consignment, built, failing);
      if (failing.size === this.#publishers.length && failing.size > 0) break;
      // What is done behind something that still waits for a publisher waits with it: order is kept.
      while (this.#outbox[0] && this.#isDone(this.#outbox[0])) {
        const done = this.#outbox[0];
        samples += done.built?.samples.length ?? 0;
        refused += done.built?.refused.length ?? 0;
        if (!done.isRefused) this.#published += done.built?.samples.length ?? 0;
        this.#unload();
      }
    }
    const [pending] = failing.values();
    if (pending && (failing.size === this.#publishers.length || this.#waiting > MOST_WAITING_FOR_ONE)) throw pending;
    if (refusal) throw refusal;
    return { samples, refused, pending };
  }

  #isDone({ built, done }: Consignment): boolean {
    return built !== undefined && (built.samples.length === 0 || done.size === this.#publishers.length);
  }

  #build(consignment: Consignment): BuiltSamples {
    const built = this.#builder.build(consignment.values);
    consignment.built = built;
    this.#undecided.push(...built.undecided);
    this.#waiting += built.undecided.length;
    this.#noteWithoutInstance(built);
    for (const error of built.refused) this.#noteRefused(error);
    return built;
  }

  /**
   * @param failing publishers that do not take anything now; those that fail are added
   * @returns the error of a publisher that refused it for good
   */
  async #offer(
    consignment: Consignment,
    { samples }: BuiltSamples,
    failing: Map<Publisher, ExportError>,
  ): Promise<ExportError | undefined> {
    if (samples.length === 0) return undefined;
    const { done } = consignment;
    const waiting = this.#publishers.filter((publisher) => !done.has(publisher) && !failing.has(publisher));
    let refusal: ExportError | undefined;
    await Promise.all(
      waiting.map(async (publisher) => {
        const error = await publisher.publish(samples).then(() => undefined, asExportError);
        if (error && !error.permanent) {
          failing.set(publisher, error);
          return;
        }
        done.add(publisher);
        if (error) consignment.isRefused = true;
        refusal ??= error;
      }),
    );
    return refusal;
  }

  /** Once: that nothing at all is sent has a reason that an operator looks for; and so has the end of it. */
  #noteWithoutInstance({ samples, withoutInstance }: BuiltSamples): void {
    if (samples.length > 0 && this.#isNothingSent) {
      this.#isNothingSent = false;
      this.#logger.info({}, 'samples are sent: Nova lists instances that partitions are');
    }
    if (withoutInstance > 0 && this.#withoutInstance === 0) {
      this.#isNothingSent = samples.length === 0;
      if (samples.length > 0) this.#logger.info({}, 'partitions that are no instance of OpenStack are not sent');
      else this.#logger.warn({}, 'nothing is sent: Nova lists no instance that one of the partitions is');
    }
    this.#withoutInstance += withoutInstance;
  }

  /** Once for every reason, not for every sample; the rest is counted. */
  #noteRefused(error: ExportError): void {
    const rule = String(error.context.rule);
    const count = this.#refused.get(rule) ?? 0;
    this.#refused.set(rule, count + 1);
    if (count === 0) this.#logger.warn({ code: error.code, remedy: error.remedy }, `not sent: ${error.message}`);
  }
}

/** A publisher of an embedding program may throw anything; it may be worth another try. */
function asExportError(error: unknown): ExportError {
  if (error instanceof ExportError) return error;
  return new ExportError('POWERVM_EXPORT_FAILED', describeError(error), { cause: error });
}
