import { z } from 'zod';
import { Secret } from '../../base/secret.ts';
import { CeilometerExporter } from '../../ceilometer/index.ts';
import { publisherSchemes } from '../../ceilometer/publishers/create-publisher.ts';
import { duration, milliseconds } from '../config/values.ts';
import { exporterComponent } from './exporter-component.ts';

const publisher = z.string().refine((text) => publisherSchemes.some((scheme) => text.startsWith(scheme)), {
  error: `must be the URL of a publisher: ${publisherSchemes.join(', ')}`,
});

const schema = z.strictObject({
  publishers: z.array(publisher).min(1, { error: 'must name at least one publisher' }),
  meters: z.enum(['now', 'classic']).default('now'),
  memory_unit: z.enum(['MB', 'MiB']).default('MB'),
  source: z.string().default('openstack'),
  interval: duration.default('5m'),
  telemetry_secret: z.string().optional(),
  reserved_metadata_keys: z.array(z.string()).default([]),
});

/** Samples for Ceilometer. */
export const ceilometer = exporterComponent(
  schema,
  (config, { logger }) =>
    new CeilometerExporter({
      publishers: config.publishers,
      meterSet: config.meters,
      memoryUnit: config.memory_unit,
      source: config.source,
      interval: milliseconds(config.interval),
      ...(config.telemetry_secret === undefined ? {} : { telemetrySecret: new Secret(config.telemetry_secret) }),
      reservedMetadataKeys: config.reserved_metadata_keys,
      logger,
    }),
);
