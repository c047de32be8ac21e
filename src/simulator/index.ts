/** `otel-powervm/simulator`: a Power estate to develop and test against. */

export type { ListedDocument } from './documents/retrieval.ts';
export type { LoadProfile } from './estate/load.ts';
export type {
  CycleCounters,
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
export type { FaultPreset } from './faults/preset-names.ts';
export type { SimulatedConsole } from './http/console.ts';
export type { ConsoleRequestLog, HandledRequest } from './http/request-log.ts';
export type { MonitoringFlags } from './http/resources/preferences.ts';
export type { SessionStatistics, UserSessions } from './http/sessions.ts';
export type {
  PowerVmSimulatorOptions,
  SimulatedConsoleOptions,
  SimulatedFault,
  SimulatedRequest,
} from './options.ts';
export { type Bundle, readBundle } from './replay/bundle.ts';
export { PowerVmReplay, type ReplayOptions } from './replay/replay.ts';
export { readScenario, type ScenarioOptions } from './scenario/scenario.ts';
export { ScenarioError } from './scenario/scenario-error.ts';
export { PowerVmSimulator } from './simulator.ts';
