export type { CursorOptions, SampleCursor, SampleDelivery, SampleReader, Subscription } from './cursor.ts';
export { Onlooker } from './onlooker.ts';
export type { PartitionFacts, PowerVmReceiverOptions } from './options.ts';
export type { SamplePosition } from './position.ts';
export {
  PowerVmReceiver,
  type RefreshFailure,
  type RefreshOptions,
  type RefreshResult,
  type SystemStatus,
} from './receiver.ts';
export type * from './statistics.ts';
