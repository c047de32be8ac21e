import type { DataPoint } from '@opentelemetry/sdk-metrics';

/**
 * A point whose integer no `number` can hold: `value` is the nearest number for computations, `exactValue` the exact
 * count. Counters of hypervisors pass 2^53, OTLP's integers have 64 bits, and the SDK's points have numbers.
 */
export interface ExactPoint extends DataPoint<number> {
  readonly exactValue: bigint;
}

/** What was counted, where the value of a point is only near it. */
export function exactValueOf(point: object): bigint | undefined {
  return 'exactValue' in point && typeof point.exactValue === 'bigint' ? point.exactValue : undefined;
}
