import { z } from 'zod';
import { OtlpBatchExporter } from '../../otlp/index.ts';
import { clientTls } from '../config/tls.ts';
import { exporterComponent } from './exporter-component.ts';
import { otlpKeys, otlpOptions } from './otlp-options.ts';

const schema = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be http://host:port or https://host:port' })
    .default('http://localhost:4318'),
  metrics_endpoint: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  encoding: z.enum(['proto', 'json']).default('proto'),
  compression: z.enum(['gzip', 'zstd', 'none']).default('gzip'),
  ...otlpKeys(clientTls),
});

/** OTLP over HTTP, one Resource per entity. */
export const otlpHttp = exporterComponent(
  schema,
  (config, context) =>
    new OtlpBatchExporter({
      ...(config.metrics_endpoint === undefined ? { endpoint: config.endpoint } : { url: config.metrics_endpoint }),
      encoding: config.encoding,
      compression: config.compression,
      ...otlpOptions(config, context),
    }),
);
