import type { EtcdRequest } from '../etcd/index.ts';

/** Seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface EtcdOperation {
  /** `kv/txn` */
  readonly operation: string;
  readonly errorType: string | undefined;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** Counts what etcd is asked, and how long its answers take. */
export class EtcdObserver {
  readonly #operations = new Map<
    string,
    { -readonly [Key in keyof EtcdOperation]: EtcdOperation[Key] } & { counts: number[] }
  >();
  bytes = 0;

  readonly observe = ({ operation, duration, error, bytes }: EtcdRequest): void => {
    const key = `${operation} ${error ?? ''}`;
    const known = this.#operations.get(key) ?? {
      operation,
      errorType: error,
      bounds: BOUNDS,
      counts: Array<number>(BOUNDS.length + 1).fill(0),
      sum: 0,
      count: 0,
      min: Number.POSITIVE_INFINITY,
      max: 0,
    };
    this.#operations.set(key, known);
    const index = BOUNDS.findIndex((bound) => duration <= bound);
    const bucket = index < 0 ? BOUNDS.length : index;
    known.counts[bucket] = (known.counts[bucket] ?? 0) + 1;
    known.sum += duration;
    known.count += 1;
    known.min = Math.min(known.min, duration);
    known.max = Math.max(known.max, duration);
    this.bytes += bytes;
  };

  snapshot(): readonly EtcdOperation[] {
    return [...this.#operations.values()].map((operation) => ({ ...operation, counts: [...operation.counts] }));
  }
}
