export { afterClockStep, assemble } from './assembly/assembly.ts';
export { type AssemblyState, emptyAssembly } from './assembly/assembly-state.ts';
export { firstInstants, newEntries } from './assembly/download-plan.ts';
export { parseEnergyDocument } from './documents/energy.ts';
export { parseGuestMemoryDocument } from './documents/guest-memory.ts';
export { parseHypervisorDocument } from './documents/hypervisor.ts';
export { parseViosDocument } from './documents/vios.ts';
