import { z } from 'zod';
import { Secret } from '../../base/secrets/secret.ts';
import { OtlpBatchExporter } from '../../otlp/index.ts';
import { clientTls, tlsOptions } from '../config/tls.ts';
import { countingNumber, headerValues, milliseconds, positiveDuration } from '../config/values.ts';
import { exporterComponent } from './exporter-component.ts';
import { deltaOptions, temporality, temporalityPreference } from './otlp-temporality.ts';

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
  temporality,
  max_request_bytes: countingNumber.default(4 * 1024 * 1024),
});

/** OTLP over HTTP, one Resource per entity. */
export const otlpHttp = exporterComponent(
  schema,
  (config, context) =>
    new OtlpBatchExporter({
      ...(config.metrics_endpoint === undefined ? { endpoint: config.endpoint } : { url: config.metrics_endpoint }),
      encoding: config.encoding,
      compression: config.compression,
      headers: Object.fromEntries(Object.entries(config.headers).map(([name, text]) => [name, new Secret(text)])),
      ...(config.tls ? { tls: tlsOptions(config.tls) } : {}),
      timeoutMillis: milliseconds(config.timeout),
      temporalityPreference: temporalityPreference(config.temporality),
      ...deltaOptions(context),
      maxRequestBytes: config.max_request_bytes,
    }),
);
