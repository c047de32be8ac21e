import type { Clock } from '../../base/clock/clock.ts';
import { ConditionTracker } from '../../base/condition.ts';
import { ExportError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import type { ExporterStatistics } from '../../metrics/index.ts';
import type { SampleDelivery, SampleReader } from '../../receiver/index.ts';
import type { BatchExporter } from '../components/exporters/exporter-component.ts';
import type { Batch } from './batch.ts';
import { DeliveryLog } from './delivery-log.ts';
import { outcomeOf } from './delivery-outcome.ts';
import { HeldSamples } from './held-samples.ts';
import { pauseBeforeRetry, type RetryPolicy, slowly } from './retry-policy.ts';
import { type QueueLimits, SendingQueue } from './sending-queue.ts';

/** Samples that were fetched again wait in small numbers: PCM keeps the others better than our memory does. */
const FETCHED_IN_QUEUE = 2;

export interface ExportWorkerOptions {
  readonly exporterId: string;
  readonly exporter: BatchExporter;
  readonly limits: QueueLimits;
  readonly consumers: number;
  readonly retry: RetryPolicy;
  /** Called when rejected or requeued samples may be fetched again. */
  readonly onCapacity: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whose batches they are: what is counted, and how a sample becomes a batch. */
export interface BatchSource {
  readonly receiverId: string;
  readonly batchOf: (activity: FrameActivity) => Batch;
}

interface Origin {
  readonly receiverId: string;
  sentPoints: number;
  failedPoints: number;
  enqueueFailedPoints: number;
}

interface Entry {
  readonly batch: Batch;
  readonly orderingKey: string;
  readonly origin: Origin;
  /** Undefined for self metrics, which are not fetched again. */
  readonly sample: QueuedSample | undefined;
}

interface QueuedSample {
  readonly systemId: string;
  /** Of its instant. */
  readonly time: number;
  readonly delivery: Pick<SampleDelivery, 'acknowledge' | 'requeue'>;
}

/**
 * Brings batches to one exporter, those of each system in order. What the exporter does not take is tried again; when
 * that has gone on for too long it is given back, and comes again from PCM. The cursor moves with what was taken, and
 * with what was refused permanently.
 */
export class ExportWorker {
  readonly #options: ExportWorkerOptions;
  readonly #queue: SendingQueue<Entry>;
  readonly #origins = new Map<string, Origin>();
  readonly #held: HeldSamples;
  readonly #log: DeliveryLog;
  readonly #condition: ConditionTracker;
  /** Ends all waiting: what fails from now on is not tried again. */
  readonly #stopping = new AbortController();
  #consumers: readonly Promise<void>[] = [];
  #wake: (() => void)[] = [];
  /** Something was given up since the last success: few samples at a time, to see whether it has got better. */
  #isResting = false;
  #samplesInProgress = 0;
  /** Samples that were given back since the end began. */
  #leftBehind = 0;

  constructor(options: ExportWorkerOptions) {
    this.#options = options;
    this.#queue = new SendingQueue(options.limits);
    this.#held = new HeldSamples(options.exporter);
    this.#log = new DeliveryLog(options.exporterId, options.clock, options.logger);
    this.#condition = new ConditionTracker(options.clock);
  }

  /** Begins to send. */
  start(): void {
    this.#consumers = Array.from({ length: this.#options.consumers }, () => this.#consume());
  }

  /** Who takes the samples of a receiver for this exporter. */
  readerFor(source: BatchSource): SampleReader {
    const origin = this.#originOf(source.receiverId);
    const orderingKeyOf = (systemId: string) => `${source.receiverId} ${systemId}`;
    return {
      take: (delivery) => {
        const { systemId } = delivery.activity.sample;
        return this.#take(delivery, source.batchOf(delivery.activity), orderingKeyOf(systemId), origin);
      },
      hasCapacity: (systemId) => this.#hasCapacityFor(orderingKeyOf(systemId)),
    };
  }

  /** The receiver's own metrics: the newest is enough, one that still waits is replaced. */
  sendSelfMetrics(receiverId: string, batch: Batch): void {
    if (this.#stopping.signal.aborted) return;
    const orderingKey = `${receiverId} itself`;
    this.#queue.drop(orderingKey);
    if (!this.#queue.hasCapacityFor(batch)) return;
    this.#enqueue({ batch, orderingKey, origin: this.#originOf(receiverId), sample: undefined });
  }

  statisticsFor(receiverId: string): ExporterStatistics {
    const { sentPoints, failedPoints, enqueueFailedPoints } = this.#originOf(receiverId);
    return {
      name: this.#options.exporterId,
      sentPoints,
      failedPoints,
      enqueueFailedPoints,
      queueSize: this.#queue.batches,
      queueCapacity: this.#options.limits.batches,
      condition: this.#condition.snapshot(),
    };
  }

  /** Sends what waits, trying nothing twice, and ends. What is left stays with the cursor. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    this.#wakeAll();
    await Promise.all(this.#consumers);
  }

  /** Samples that wait, are being sent, are held, or were given back at the end. */
  get undelivered(): number {
    const waiting = this.#queue.count(({ sample }) => sample !== undefined);
    return waiting + this.#samplesInProgress + this.#held.size + this.#leftBehind;
  }

  /** To be called when the exporter has been shut down, which may have sent what it held. */
  settle(): void {
    this.#held.settleAll();
  }

  #originOf(receiverId: string): Origin {
    const origin = this.#origins.get(receiverId) ?? {
      receiverId,
      sentPoints: 0,
      failedPoints: 0,
      enqueueFailedPoints: 0,
    };
    this.#origins.set(receiverId, origin);
    return origin;
  }

  #take(
    { activity, acknowledge, requeue }: SampleDelivery,
    batch: Batch,
    orderingKey: string,
    origin: Origin,
  ): boolean {
    const isFull =
      !this.#queue.hasCapacityFor(batch) || (this.#isResting && this.#queue.waitingOf(orderingKey) >= FETCHED_IN_QUEUE);
    if (isFull || this.#stopping.signal.aborted) {
      origin.enqueueFailedPoints += batch.points;
      return false;
    }
    const sample = { systemId: activity.sample.systemId, time: activity.time, delivery: { acknowledge, requeue } };
    this.#enqueue({ batch, orderingKey, origin, sample });
    return true;
  }

  #hasCapacityFor(orderingKey: string): boolean {
    if (this.#stopping.signal.aborted) return false;
    if (this.#isResting) return this.#queue.batches === 0;
    const { limits, batches } = this.#queue;
    return this.#queue.waitingOf(orderingKey) < FETCHED_IN_QUEUE && batches < limits.batches;
  }

  #enqueue(entry: Entry): void {
    this.#queue.add(entry);
    this.#wake.shift()?.();
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #consume(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const entry = this.#queue.take();
      if (entry) {
        if (entry.sample) this.#samplesInProgress += 1;
        await this.#deliver(entry);
        if (entry.sample) this.#samplesInProgress -= 1;
        this.#queue.release(entry);
        // Its key is free again, and there is room.
        this.#wake.shift()?.();
        this.#options.onCapacity();
      } else if (signal.aborted) {
        return;
      } else {
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    }
  }

  async #deliver(entry: Entry): Promise<void> {
    const { clock, exporter } = this.#options;
    const { batch, origin } = entry;
    const started = clock.monotonic();
    for (let failures = 0; ; ) {
      try {
        const outcome = outcomeOf(await exporter.exportBatch(batch.resources));
        origin.sentPoints += batch.points - outcome.rejectedPoints;
        origin.failedPoints += outcome.rejectedPoints;
        this.#log.taken(outcome);
        if (outcome.pending) this.#condition.note('failing', outcome.pending);
        else this.#condition.note('working');
        this.#isResting = false;
        if (entry.sample) this.#held.deliver(entry.orderingKey, entry.sample);
        return;
      } catch (error) {
        const known = error instanceof ExportError ? error : undefined;
        if (known?.permanent) return this.#refuse(entry, known);
        failures += 1;
        // What an exporter says that is being stopped is no news of its destination.
        if (known?.code !== 'POWERVM_SHUT_DOWN') this.#recordFailure(error);
        const isSlow = known?.needsCorrection ?? false;
        const pause = pauseBeforeRetry(
          isSlow ? slowly(this.#options.retry) : this.#options.retry,
          { failures, elapsed: clock.monotonic() - started, retryAfter: Number(known?.context.retryAfter ?? 0) },
          Math.random(),
        );
        if (pause === undefined || this.#stopping.signal.aborted) return this.#giveUp(entry, isSlow);
        await clock.sleep(pause, this.#stopping.signal).catch(() => undefined);
      }
    }
  }

  #recordFailure(error: unknown): void {
    this.#log.failed(error);
    this.#condition.note('failing', error);
  }

  /** What the destination will never take is passed over: trying again would lose what comes after it as well. */
  #refuse({ batch, origin, orderingKey, sample }: Entry, error: ExportError): void {
    origin.failedPoints += batch.points;
    this.#log.refused(error, batch.points);
    this.#condition.note('failing', error);
    if (sample) this.#held.deliver(orderingKey, sample);
  }

  /**
   * Frees the memory and leaves the cursor: the samples come again.
   * @param isWaiting the destination only has to be corrected: what is given back waits in PCM and has not failed
   */
  #giveUp({ batch, origin, orderingKey, sample }: Entry, isWaiting: boolean): void {
    if (!isWaiting || !sample) origin.failedPoints += batch.points;
    if (!sample) return;
    if (!this.#isResting && !this.#stopping.signal.aborted && !isWaiting) this.#log.returned();
    this.#isResting = true;
    if (this.#held.keep(orderingKey, sample)) return;
    const dropped = this.#queue.drop(orderingKey);
    if (this.#stopping.signal.aborted) this.#leftBehind += 1 + dropped;
    sample.delivery.requeue();
  }
}
