/** `otel-powervm/simulator`: a Power estate to develop and test against. */

export type { LoadProfile } from './estate/load.ts';
export type {
  Ledger,
  PartitionState,
  SimulatedCollection,
  SimulatedError,
  SimulatedEthernet,
  SimulatedFibreChannel,
  SimulatedLogicalPort,
  SimulatedMemoryPool,
  SimulatedPartition,
  SimulatedPhysicalPort,
  SimulatedPool,
  SimulatedScsi,
  SimulatedSystem,
  SimulatedVios,
} from './estate/model.ts';
export type { MonitoringFlags } from './http/preferences.ts';
export type { SessionStatistics } from './http/sessions.ts';
export type { PowerVmSimulatorOptions, SimulatedFault, SimulatedRequest } from './options.ts';
export { type AnsweredRequest, PowerVmSimulator } from './simulator.ts';
