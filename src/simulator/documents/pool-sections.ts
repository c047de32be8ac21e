import { type PoolCounters, poolSize, sharedCores } from '../estate/aggregates.ts';
import { isDispatched } from '../estate/counters.ts';
import type { SimulatedMemoryPool, SimulatedPool, SimulatedSystem } from '../estate/model.ts';
import type { Reading } from '../estate/reading.ts';
import { bigInteger, scientific } from './json-text.ts';

/** What the shared partitions of all pools use, out of the cores without a dedicated owner. */
export function physicalPoolSection(system: SimulatedSystem, { given, used }: PoolCounters) {
  return {
    totalPoolCycles: scientific(given),
    utilizedPoolCycles: bigInteger(used),
    configurablePoolProcUnits: sharedCores(system),
    currAvailablePoolProcUnits: unassignedCores(system),
    borrowedPoolProcUnits: 0,
  };
}

export function sharedPoolSection(system: SimulatedSystem, pool: SimulatedPool, counters: PoolCounters | undefined) {
  return {
    id: pool.id,
    name: pool.name,
    assignedProcCycles: scientific(counters?.given ?? 0),
    utilizedPoolCycles: bigInteger(counters?.used ?? 0n),
    maxProcUnits: poolSize(system, pool.id),
    borrowedPoolProcUnits: 0,
  };
}

/** An Active Memory Sharing pool (docs/reference/pcm-documents.md#hypervisor-the-system). */
export function memoryPoolSection({ allPartitions }: Reading, pool: SimulatedMemoryPool) {
  const backed = allPartitions.reduce(
    (sum, { sharedMemory }) => sum + (sharedMemory?.poolId === pool.id ? sharedMemory.backedMib : 0),
    0,
  );
  return {
    id: pool.id,
    name: pool.name,
    totalMem: pool.memoryMib,
    assignedMemToLpars: backed,
    assignedMemToSysFirmware: 256,
    totalIOMem: 512,
    mappedIOMemToLpars: 128,
  };
}

export function unassignedCores({ configurableCores, partitions, vioses }: SimulatedSystem): number {
  const assigned = [...partitions, ...vioses]
    .filter(isDispatched)
    .reduce((sum, { entitlement }) => sum + entitlement, 0);
  return Math.round((configurableCores - assigned) * 100) / 100;
}
