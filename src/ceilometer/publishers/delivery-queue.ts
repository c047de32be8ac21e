import type { Clock } from '../../base/clock/clock.ts';
import { describeError, type ExportError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import type { Logger } from '../../base/logger.ts';

/** What a try left over, and why. */
export interface UndeliveredItems<Item> {
  readonly items: readonly Item[];
  readonly error: ExportError;
}

export interface DeliveryQueueOptions<Item> {
  /** For messages. */
  readonly name: string;
  /** Items that may wait; the oldest make room. */
  readonly limit: number;
  /** @returns `undefined` when all were delivered */
  readonly send: (items: readonly Item[]) => Promise<UndeliveredItems<Item> | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const BATCH_SIZE = 32;
const INITIAL_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** How long shutdown waits for running work. */
const SHUTDOWN_GRACE_MS = 3_000;

/** Delivers in the background what it is given, in order, and tries until it succeeds or the room is needed. */
export class DeliveryQueue<Item> {
  readonly #options: DeliveryQueueOptions<Item>;
  readonly #ending = new AbortController();
  #waiting: Item[] = [];
  #inProgress = 0;
  #working: Promise<void> | undefined;
  readonly #failures: FailureSeries;
  #isFull = false;

  constructor(options: DeliveryQueueOptions<Item>) {
    this.#failures = new FailureSeries(options.clock);
    this.#options = options;
  }

  add(items: readonly Item[]): void {
    this.#waiting.push(...items);
    this.#dropOldest();
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Tries once more what waits. Says how much could not be delivered. */
  async end(): Promise<void> {
    this.#ending.abort();
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, SHUTDOWN_GRACE_MS);
    });
    await Promise.race([this.#working, grace]);
    clearTimeout(timer);
    const messages = this.#waiting.length + this.#inProgress;
    const { name, logger } = this.#options;
    if (messages > 0) logger.error({ publisher: name, messages }, 'ended with messages in the queue; they are lost');
  }

  async #work(): Promise<void> {
    for (let attempt = 1; this.#waiting.length > 0; attempt += 1) {
      const isLastTry = this.#ending.signal.aborted;
      const items = this.#waiting.splice(0, BATCH_SIZE);
      this.#inProgress = items.length;
      const undelivered = await this.#options.send(items);
      this.#inProgress = 0;
      if (!undelivered) {
        attempt = 0;
        this.#recordSuccess();
        continue;
      }
      this.#waiting.unshift(...undelivered.items);
      this.#dropOldest();
      this.#recordFailure(undelivered.error);
      if (isLastTry) return;
      const pause = Math.min(INITIAL_PAUSE_MS * 2 ** (attempt - 1), MAX_PAUSE_MS);
      await this.#options.clock.sleep(pause, this.#ending.signal).catch(() => undefined);
    }
  }

  #dropOldest(): void {
    const { name, limit, logger } = this.#options;
    const excess = this.#waiting.length - limit;
    if (excess <= 0) return;
    this.#waiting = this.#waiting.slice(excess);
    if (!this.#isFull) logger.error({ publisher: name, limit }, 'the queue is full; the oldest messages are dropped');
    this.#isFull = true;
  }

  #recordSuccess(): void {
    const ended = this.#failures.ended();
    if (ended) this.#options.logger.info({ publisher: this.#options.name, ...ended }, 'delivering again');
    this.#isFull = false;
  }

  /** At once, and now and then that it lasts. */
  #recordFailure(error: ExportError): void {
    const { name, logger } = this.#options;
    const repeated = this.#failures.failed(error.code);
    if (!repeated) return;
    const fields = { publisher: name, code: error.code, reason: describeError(error), ...repeated };
    logger.warn(fields, 'not delivered; messages wait in the queue (policy=queue)');
  }
}
