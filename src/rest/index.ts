export { PowerVmConsole } from './console.ts';
export type {
  ClientNetworkAdapter,
  ConsoleClient,
  ConsoleType,
  ManagedSystem,
  Partition,
  PcmFeedEntry,
  PcmPreferences,
  RequestKind,
  RequestObservation,
} from './model.ts';
export type { ConsoleOptions } from './options.ts';
