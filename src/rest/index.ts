export { PowerVmConsole } from './console.ts';
export { hasPath, withScheme } from './endpoint.ts';
export { explainedFeedError, mayMeanMonitoringOff } from './feed-refusal.ts';
export { FileSessionMemory } from './file-session-memory.ts';
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
export { InMemorySessionMemory, type RememberedSession, type SessionMemory } from './session-memory.ts';
