export { examineFleet, examineMembers } from './examine.ts';
export { Fleet } from './fleet.ts';
export type { FleetOptions, GroupReader, HeldGroup } from './fleet-options.ts';
export type { FleetReport } from './report.ts';
export { FleetSessionStore } from './session-store.ts';
