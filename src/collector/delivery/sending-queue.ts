import type { Batch } from './batch.ts';

/** Most of each that may wait in a queue, what is being sent included. */
export interface QueueLimits {
  readonly batches: number;
  readonly points: number;
  readonly bytes: number;
}

export interface QueuedBatch {
  readonly batch: Batch;
  /** Batches of one key go out one after the other, in the order in which they came. */
  readonly orderingKey: string;
}

/** What waits for an exporter: bounded, in order for each ordering key, and as many keys at a time as there are consumers. */
export class SendingQueue<Entry extends QueuedBatch> {
  readonly limits: QueueLimits;
  readonly #waiting: Entry[] = [];
  readonly #busyKeys = new Set<string>();
  #batches = 0;
  #points = 0;
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  /** What waits and what is being sent. */
  get batches(): number {
    return this.#batches;
  }

  /** One batch finds room in an empty queue, however large it is. */
  hasCapacityFor({ points, bytes }: Batch): boolean {
    if (this.#batches === 0) return true;
    const { limits } = this;
    return (
      this.#batches < limits.batches && this.#points + points <= limits.points && this.#bytes + bytes <= limits.bytes
    );
  }

  /** How many of a key wait. */
  waitingOf(orderingKey: string): number {
    return this.count((entry) => entry.orderingKey === orderingKey);
  }

  /** How many of a kind wait. */
  count(isCounted: (entry: Entry) => boolean): number {
    return this.#waiting.reduce((count, entry) => (isCounted(entry) ? count + 1 : count), 0);
  }

  add(entry: Entry): void {
    this.#waiting.push(entry);
    this.#account(entry, 1);
  }

  /** The oldest whose key is free. The key is busy until {@link release}. */
  take(): Entry | undefined {
    const index = this.#waiting.findIndex(({ orderingKey }) => !this.#busyKeys.has(orderingKey));
    const [entry] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (entry) this.#busyKeys.add(entry.orderingKey);
    return entry;
  }

  /** Ends what {@link take} began. */
  release(entry: Entry): void {
    this.#busyKeys.delete(entry.orderingKey);
    this.#account(entry, -1);
  }

  /**
   * Takes out what waits of a key.
   * @returns how many batches
   */
  drop(orderingKey: string): number {
    const before = this.#waiting.length;
    for (let index = this.#waiting.length - 1; index >= 0; index -= 1) {
      const entry = this.#waiting[index];
      if (entry?.orderingKey !== orderingKey) continue;
      this.#waiting.splice(index, 1);
      this.#account(entry, -1);
    }
    return before - this.#waiting.length;
  }

  #account({ batch }: Entry, sign: 1 | -1): void {
    this.#batches += sign;
    this.#points += sign * batch.points;
    this.#bytes += sign * batch.bytes;
  }
}
