export type { SampleCursor } from './cursor.ts';
export type { PartitionFacts, PowerVmReceiverOptions } from './options.ts';
export {
  PowerVmReceiver,
  type RefreshFailure,
  type RefreshOptions,
  type RefreshResult,
  type SystemStatus,
} from './receiver.ts';
export type * from './statistics.ts';
