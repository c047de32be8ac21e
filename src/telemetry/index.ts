export type { PowerVmTelemetryFile, PowerVmTelemetryOptions } from './options.ts';
export { type PowerVmTelemetry, startPowerVmTelemetry } from './start-telemetry.ts';
