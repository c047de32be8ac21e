import { DurationHistogram, type HistogramSnapshot } from '../base/histogram.ts';
import type { EtcdRequest } from '../etcd/index.ts';

/** Seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface EtcdOperation extends HistogramSnapshot {
  /** `kv/txn` */
  readonly operation: string;
  readonly errorType: string | undefined;
}

/** Counts what etcd is asked, and how long its answers take. */
export class EtcdObserver {
  readonly #operations = new Map<string, { readonly of: EtcdRequest; readonly histogram: DurationHistogram }>();
  bytes = 0;

  readonly observe = (request: EtcdRequest): void => {
    const key = `${request.operation} ${request.error ?? ''}`;
    const known = this.#operations.get(key) ?? { of: request, histogram: new DurationHistogram(BOUNDS) };
    this.#operations.set(key, known);
    known.histogram.record(request.duration);
    this.bytes += request.bytes;
  };

  snapshot(): readonly EtcdOperation[] {
    return [...this.#operations.values()].map(({ of: { operation, error }, histogram }) => ({
      operation,
      errorType: error,
      ...histogram.snapshot(),
    }));
  }
}
