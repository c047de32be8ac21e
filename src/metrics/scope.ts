import { version } from '../base/version.ts';

/** Who made the points: this package in this version, also behind instruments of somebody else's MeterProvider. */
export const scope = { name: 'otel-powervm', version };
