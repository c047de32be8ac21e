import { z } from 'zod';
import { CeilometerExporter } from '../../ceilometer/index.ts';
import { exporterComponent } from './exporter-component.ts';

const publisher = z
  .string()
  .regex(/^(file|https?):\/\//, { error: 'must be the URL of a publisher: file:///path, http://… or https://…' });

const schema = z.strictObject({
  publishers: z.array(publisher).min(1, { error: 'must name at least one publisher' }),
  meters: z.enum(['now', 'classic']).default('now'),
  memory_unit: z.enum(['MB', 'MiB']).default('MB'),
  source: z.string().default('openstack'),
});

/** Samples for Ceilometer. */
export const ceilometer = exporterComponent(
  schema,
  ({ publishers, meters, memory_unit, source }, { logger }) =>
    new CeilometerExporter({ publishers, meterSet: meters, memoryUnit: memory_unit, source, logger }),
);
