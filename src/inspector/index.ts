export type * from './activity.ts';
export { type FrameHistory, type Inspection, inspectFrame } from './inspect-frame.ts';
export { type InspectionReport, inspectionReport, stringifyReport } from './inspection-report.ts';
export {
  type ClientAdapterInventory,
  emptyInventory,
  type FrameInventory,
  type PartitionInventory,
  type SystemDescription,
} from './inventory.ts';
export { PowerVmInspector } from './powervm-inspector.ts';
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
