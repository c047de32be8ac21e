import { z } from 'zod';
import { OtlpGrpcExporter } from '../../../otlp/grpc/otlp-grpc-exporter.ts';
import { clientTls } from '../../config/schema/tls.ts';
import { flag } from '../../config/schema/values.ts';
import { checkFormat, formatKeys, inFormat } from './ceilometer/ceilometer-format.ts';
import { exporterComponent } from './exporter-component.ts';
import { otlpKeys, otlpOptions } from './otlp-options.ts';

const schema = z.strictObject({
  endpoint: z
    .string()
    .regex(/^(https?:\/\/)?[^/]+\/?$/, { error: 'must be host:port, or https://host:port without a path' })
    .default('http://localhost:4317'),
  compression: z.enum(['gzip', 'none']).default('gzip'),
  // The Collector's word for no TLS, where the endpoint has no scheme.
  ...otlpKeys(clientTls.extend({ insecure: flag.default(false) })),
  ...formatKeys,
});

/** OTLP over gRPC, one Resource per entity. */
export const otlpGrpc = exporterComponent(schema.superRefine(checkFormat), (config, context) => {
  const exporter = new OtlpGrpcExporter({
    endpoint: withScheme(config.endpoint, config.tls?.insecure === true),
    compression: config.compression,
    ...otlpOptions(config, context),
  });
  return inFormat(config, context, exporter);
});

function withScheme(endpoint: string, isInsecure: boolean): string {
  if (/^https?:/.test(endpoint)) return endpoint;
  return `${isInsecure ? 'http' : 'https'}://${endpoint}`;
}
