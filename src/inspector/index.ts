export type * from './activity.ts';
export { inspectFrame } from './inspect-frame.ts';
export {
  emptyInventory,
  type FrameInventory,
} from './inventory.ts';
export type { ProcessorTime } from './partition/processor-time.ts';
export { type PortTraffic, portTraffic } from './system/port-traffic.ts';
export { diskTraffic, networkTraffic, type Traffic, viosLabel, wholeOf } from './system/traffic.ts';
export { inspectionReport, stringifyReport } from './views/inspection-report.ts';
export { InspectorSnapshot, PowerVmInspector } from './views/powervm-inspector.ts';
export type { SampleSource } from './views/sample-source.ts';
export type {
  DiskIops,
  DiskRates,
  DiskStatistics,
  InstanceStatistics,
  VnicRates,
  VnicStatistics,
} from './views/virt-statistics.ts';
