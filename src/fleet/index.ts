export { examineFleet, examineMembers } from './examine.ts';
export { Fleet, type FleetOptions, type GroupReader, type HeldGroup } from './fleet.ts';
export type { FleetReport } from './report.ts';
export { FleetSessionMemory } from './session-memory.ts';
