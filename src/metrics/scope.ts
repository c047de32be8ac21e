import { version } from '../base/version.ts';
import { SCHEMA_URL } from './schema.ts';

/** Who made the points: this package in this version, also behind instruments of somebody else's MeterProvider. */
export const scope = { name: 'otel-powervm', version, schemaUrl: SCHEMA_URL };
