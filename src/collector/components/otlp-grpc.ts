import { z } from 'zod';
import { Secret } from '../../base/secrets/secret.ts';
import { OtlpGrpcExporter } from '../../otlp/grpc/otlp-grpc-exporter.ts';
import { clientTls, tlsOptions } from '../config/tls.ts';
import { countingNumber, flag, headerValues, milliseconds, positiveDuration } from '../config/values.ts';
import { exporterComponent } from './exporter-component.ts';
import { deltaOptions, temporality, temporalityPreference } from './otlp-temporality.ts';

const schema = z.strictObject({
  endpoint: z
    .string()
    .regex(/^(https?:\/\/)?[^/]+\/?$/, { error: 'must be host:port, or https://host:port without a path' })
    .default('http://localhost:4317'),
  compression: z.enum(['gzip', 'none']).default('gzip'),
  headers: headerValues.default({}),
  // The Collector's word for no TLS, where the endpoint has no scheme.
  tls: clientTls.extend({ insecure: flag.default(false) }).optional(),
  timeout: positiveDuration.default('30s'),
  temporality,
  max_request_bytes: countingNumber.default(4 * 1024 * 1024),
});

/** OTLP over gRPC, one Resource per entity. */
export const otlpGrpc = exporterComponent(
  schema,
  (config, context) =>
    new OtlpGrpcExporter({
      endpoint: withScheme(config.endpoint, config.tls?.insecure === true),
      compression: config.compression,
      headers: Object.fromEntries(Object.entries(config.headers).map(([name, text]) => [name, new Secret(text)])),
      ...(config.tls ? { tls: tlsOptions(config.tls) } : {}),
      timeoutMillis: milliseconds(config.timeout),
      temporalityPreference: temporalityPreference(config.temporality),
      ...deltaOptions(context),
      maxRequestBytes: config.max_request_bytes,
    }),
);

function withScheme(endpoint: string, isInsecure: boolean): string {
  if (/^https?:/.test(endpoint)) return endpoint;
  return `${isInsecure ? 'http' : 'https'}://${endpoint}`;
}
