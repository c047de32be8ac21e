export { PowerVmConsole } from './console.ts';
export { hasPath, withScheme } from './endpoint.ts';
export { explainedFeedError, mayMeanMonitoringOff } from './errors/feed-rejection.ts';
export type {
  ClientNetworkAdapter,
  ConsoleClient,
  ConsoleHealth,
  ConsoleType,
  ManagedSystem,
  Partition,
  PcmFeedEntry,
  PcmLimits,
  PcmPreferences,
  RequestKind,
  RequestObservation,
} from './model.ts';
export type { ConsoleOptions } from './options.ts';
export { FileSessionStore } from './session/file-session-store.ts';
export { InMemorySessionStore, type SessionStore, type StoredSession } from './session/session-store.ts';
