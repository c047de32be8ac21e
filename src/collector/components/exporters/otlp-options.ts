import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { z } from 'zod';
import { describeError } from '../../../base/errors/errors.ts';
import { Secret } from '../../../base/secrets/secret.ts';
import type { DeltaOptions } from '../../../otlp/deltas/delta-export.ts';
import { type clientTls, tlsOptions } from '../../config/schema/tls.ts';
import { countingNumber, headerValues, milliseconds, positiveDuration } from '../../config/schema/values.ts';
import { sharedDeltaState, storedDeltaState } from '../../delivery/stored-delta-state.ts';
import type { ExporterContext } from './exporter-component.ts';

/** Keys that both OTLP exporters have, with the `tls` of each. */
export function otlpKeys<Tls extends z.ZodType>(tls: Tls) {
  return {
    headers: headerValues.default({}),
    tls: tls.optional(),
    timeout: positiveDuration.default('30s'),
    temporality: z.enum(['cumulative', 'delta']).default('cumulative'),
    max_request_bytes: countingNumber.default(4 * 1024 * 1024),
  };
}

type OtlpConfig = z.output<z.ZodObject<ReturnType<typeof otlpKeys<typeof clientTls>>>>;

/** The same as options of either exporter. */
export function otlpOptions(config: OtlpConfig, context: ExporterContext) {
  return {
    headers: Object.fromEntries(Object.entries(config.headers).map(([name, text]) => [name, new Secret(text)])),
    ...(config.tls ? { tls: tlsOptions(config.tls) } : {}),
    timeoutMillis: milliseconds(config.timeout),
    temporalityPreference:
      config.temporality === 'delta'
        ? AggregationTemporalityPreference.DELTA
        : AggregationTemporalityPreference.CUMULATIVE,
    ...deltaOptions(context),
    maxRequestBytes: config.max_request_bytes,
  };
}

/** What delta needs: a place for what was delivered, and someone to report to what cannot be known. */
function deltaOptions({ id, logger, storage, shared = [] }: ExporterContext): DeltaOptions {
  const stored = storage ? { deltaState: storedDeltaState(storage, id) } : {};
  return {
    ...(shared.length > 0 ? { deltaState: sharedDeltaState(shared, id) } : stored),
    onUnknownIncreases: ({ first, restarted }) =>
      logger.info(
        { exporter: id, first, restarted },
        'delta: nobody knows how much the first point of a series, or of a counter that began again, has grown',
      ),
    onDeltaStateError: (error) =>
      logger.warn(
        { exporter: id, reason: describeError(error) },
        'delta: what was delivered could not be written or read; after a crash increases may be missing or come twice',
      ),
  };
}
