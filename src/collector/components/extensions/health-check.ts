import { z } from 'zod';
import { flag, milliseconds, positiveDuration } from '../../config/schema/values.ts';
import { HealthCheck } from '../../health/health-check.ts';
import { serverKeys, serverOptions } from '../../server/server-schema.ts';
import { extensionComponent } from './extension-component.ts';

const schema = z.strictObject({
  endpoint: z.string().default('127.0.0.1:13133'),
  path: z.string().regex(/^\//, { error: 'must begin with /' }).default('/'),
  component_health: z
    .strictObject({
      include_permanent_errors: flag.default(false),
      include_recoverable_errors: flag.default(false),
      recovery_duration: positiveDuration.default('5m'),
    })
    .prefault({}),
  ...serverKeys,
});

/** Whether the collector is well, for a supervisor to ask. */
export const healthCheck = extensionComponent(schema, (config, { clock, logger }) => {
  const { include_permanent_errors, include_recoverable_errors, recovery_duration } = config.component_health;
  const options = {
    server: serverOptions(config),
    path: config.path,
    recoveryTime: include_recoverable_errors ? milliseconds(recovery_duration) : undefined,
    includesPermanent: include_permanent_errors,
  };
  return new HealthCheck(options, { clock, logger });
});
