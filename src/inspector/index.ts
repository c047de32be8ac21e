export type * from './activity.ts';
export { inspectFrame } from './inspect-frame.ts';
export { inspectionReport, stringifyReport } from './inspection-report.ts';
export {
  emptyInventory,
  type FrameInventory,
} from './inventory.ts';
export { type PortTraffic, portTraffic } from './port-traffic.ts';
export { InspectorSnapshot, PowerVmInspector } from './powervm-inspector.ts';
export { type ProcessorTime, processorNanoseconds } from './processor-time.ts';
export type { SampleSource } from './sample-source.ts';
export { diskTraffic, networkTraffic, type Traffic, viosLabel, wholeOf } from './traffic.ts';
export type {
  DiskIops,
  DiskRates,
  DiskStatistics,
  InstanceStatistics,
  VnicRates,
  VnicStatistics,
} from './virt-statistics.ts';
