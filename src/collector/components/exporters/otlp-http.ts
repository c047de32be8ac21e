import { z } from 'zod';
import { OtlpBatchExporter } from '../../../otlp/index.ts';
import { clientTls } from '../../config/schema/tls.ts';
import { checkFormat, formatKeys, inFormat } from './ceilometer/ceilometer-format.ts';
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
  ...formatKeys,
});

/** OTLP over HTTP, one Resource per entity. */
export const otlpHttp = exporterComponent(schema.superRefine(checkFormat), (config, context) => {
  const exporter = new OtlpBatchExporter({
    ...(config.metrics_endpoint === undefined ? { endpoint: config.endpoint } : { url: config.metrics_endpoint }),
    encoding: config.encoding,
    compression: config.compression,
    ...otlpOptions(config, context),
  });
  return inFormat(config, context, exporter);
});
