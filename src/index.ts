/** The public surface of `otel-powervm`: what is not exported here is internal. */
export {
  ConfigurationError,
  ConsoleError,
  ExportError,
  InspectorError,
  OpenStackError,
  PcmDocumentError,
  PowerVmError,
} from './base/errors.ts';
export type { Logger } from './base/logger.ts';
export { Secret } from './base/secret.ts';
export type { TlsOptions } from './base/tls-options.ts';
export * from './ceilometer/index.ts';
export * from './inspector/index.ts';
export * from './metrics/index.ts';
export * from './openstack/index.ts';
export * from './otlp/index.ts';
export * from './receiver/index.ts';
export type * from './rest/index.ts';
export { FileSessionMemory, InMemorySessionMemory } from './rest/index.ts';
