import { z } from 'zod';
import { countingNumber, duration, flag, milliseconds, positiveDuration } from '../../config/schema/values.ts';
import type { RetryPolicy } from '../../delivery/retry-policy.ts';

const MOST_BATCHES = 1_000;

const sendingQueue = z.strictObject({
  num_consumers: countingNumber.default(10),
  /** Batches: what one sample of one system brings is one. */
  queue_size: countingNumber.default(MOST_BATCHES),
  /** What queue_size counts, as in the Collector. */
  sizer: z.enum(['requests', 'items', 'bytes']).default('requests'),
  max_points: countingNumber.default(1_000_000),
  max_bytes: countingNumber.default(256 * 1024 * 1024),
  /** Id of the extension that remembers how far the exporter has got. */
  storage: z.string().optional(),
});

const retryOnFailure = z.strictObject({
  enabled: flag.default(true),
  initial_interval: positiveDuration.default('5s'),
  randomization_factor: z.number().min(0).max(1).default(0.5),
  multiplier: z.number().min(1).default(1.5),
  max_interval: positiveDuration.default('30s'),
  max_elapsed_time: duration.default('300s'),
});

/** What every exporter may be configured with beside its own keys, in the collector's spelling. */
export const deliverySchema = z.object({
  sending_queue: sendingQueue.prefault({}),
  retry_on_failure: retryOnFailure.prefault({}),
});

/** What may wait, whatever `queue_size` counts. @param config of an exporter, accepted by its schema */
export function queueLimitsOf(config: unknown): { batches: number; points: number; bytes: number } {
  const { sizer, queue_size, max_points, max_bytes } = deliverySchema.parse(config).sending_queue;
  return {
    batches: sizer === 'requests' ? queue_size : MOST_BATCHES,
    points: sizer === 'items' ? queue_size : max_points,
    bytes: sizer === 'bytes' ? queue_size : max_bytes,
  };
}

/** @param config of an exporter, accepted by its schema */
export function retryPolicyOf(config: unknown): RetryPolicy {
  const { retry_on_failure: retry } = deliverySchema.parse(config);
  return {
    enabled: retry.enabled,
    initialInterval: milliseconds(retry.initial_interval),
    randomizationFactor: retry.randomization_factor,
    multiplier: retry.multiplier,
    maxInterval: milliseconds(retry.max_interval),
    maxElapsedTime: milliseconds(retry.max_elapsed_time),
  };
}
