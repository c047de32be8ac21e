import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { z } from 'zod';
import { describeError } from '../../base/errors.ts';
import { Secret } from '../../base/secret.ts';
import { OtlpBatchExporter } from '../../otlp/index.ts';
import { clientTls, tlsOptions } from '../config/tls.ts';
import { countingNumber, headerValues, milliseconds, positiveDuration } from '../config/values.ts';
import { keptDeltaState } from '../delivery/kept-delta-state.ts';
import { exporterComponent } from './exporter-component.ts';

const schema = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be http://host:port or https://host:port' })
    .default('http://localhost:4318'),
  metrics_endpoint: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  encoding: z.enum(['proto', 'json']).default('proto'),
  compression: z.enum(['gzip', 'zstd', 'none']).default('gzip'),
  headers: headerValues.default({}),
  tls: clientTls.optional(),
  timeout: positiveDuration.default('30s'),
  temporality: z.enum(['cumulative', 'delta']).default('cumulative'),
  max_request_bytes: countingNumber.default(4 * 1024 * 1024),
});

/** OTLP over HTTP, one Resource per entity. */
export const otlpHttp = exporterComponent(
  schema,
  (config, { id, logger, storage }) =>
    new OtlpBatchExporter({
      ...(config.metrics_endpoint === undefined ? { endpoint: config.endpoint } : { url: config.metrics_endpoint }),
      encoding: config.encoding,
      compression: config.compression,
      headers: Object.fromEntries(Object.entries(config.headers).map(([name, text]) => [name, new Secret(text)])),
      ...(config.tls ? { tls: tlsOptions(config.tls) } : {}),
      timeoutMillis: milliseconds(config.timeout),
      temporalityPreference:
        config.temporality === 'delta'
          ? AggregationTemporalityPreference.DELTA
          : AggregationTemporalityPreference.CUMULATIVE,
      ...(storage ? { deltaState: keptDeltaState(storage, id) } : {}),
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
      maxRequestBytes: config.max_request_bytes,
    }),
);
