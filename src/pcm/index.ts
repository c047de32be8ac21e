export { type Assembly, type AssemblyState, assemble, emptyAssembly } from './assembly.ts';
export { parseEnergyDocument, parseProcessedEnergyDocument } from './documents/energy.ts';
export { parseGuestMemoryDocument } from './documents/guest-memory.ts';
export { parseHypervisorDocument } from './documents/hypervisor.ts';
export { parseViosDocument } from './documents/vios.ts';
export { type DownloadPlanOptions, newEntries } from './download-plan.ts';
