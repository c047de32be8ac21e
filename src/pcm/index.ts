export { type AssemblyState, afterClockStep, assemble, emptyAssembly } from './assembly.ts';
export { parseEnergyDocument } from './documents/energy.ts';
export { parseGuestMemoryDocument } from './documents/guest-memory.ts';
export { parseHypervisorDocument } from './documents/hypervisor.ts';
export { parseViosDocument } from './documents/vios.ts';
export { firstInstants, newEntries } from './download-plan.ts';
