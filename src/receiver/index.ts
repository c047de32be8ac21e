export type { CursorOptions, SampleCursor, SampleDelivery, SampleReader, Subscription } from './cursor.ts';
export { Onlooker } from './onlooker.ts';
export type { PartitionFacts, PowerVmReceiverOptions } from './options.ts';
export type { SamplePosition } from './position.ts';
export { PowerVmReceiver, type SystemStatus } from './receiver.ts';
export type { ReceiverStatus } from './receiver-events.ts';
export type { RefreshFailure, RefreshOptions, RefreshResult } from './refresh.ts';
export type * from './statistics.ts';
