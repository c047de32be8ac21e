import { physicalPortTraffic, poolCounters, trunkTraffic } from '../estate/aggregates.ts';
import { CYCLES_PER_SECOND, cycles } from '../estate/counters.ts';
import type { SimulatedPartition, SimulatedSystem, TrafficCounters } from '../estate/model.ts';
import { Reading } from '../estate/reading.ts';
import { jsonText, scientific } from './json-text.ts';
import { partitionSection } from './partition-section.ts';
import { memoryPoolSection, physicalPoolSection, sharedPoolSection, unassignedCores } from './pool-sections.ts';
import { errorInfo, sampleTimeText } from './sample-text.ts';

/** Error of an SR-IOV adapter that did not report statistics (docs/reference/pcm-documents.md#errors-in-documents). */
export const PORTS_FAILED = '3004';

/**
 * The phyp document of one instant (docs/reference/pcm-documents.md#envelope).
 * @param stamp what the console's clock showed then
 */
export function hypervisorDocument(system: SimulatedSystem, time: number, stamp: number): string {
  const { status, errors } = system.collection;
  const head = { timeStamp: sampleTimeText(stamp), status, errorInfo: errorInfo(errors) };
  return jsonText({
    systemUtil: {
      utilInfo: { version: '1.3.0', metricType: 'Raw', monitoringType: 'LTM', mtms: system.mtms, name: system.name },
      // Status 1: nothing was collected.
      utilSample: status === 1 ? head : { ...head, ...frame(new Reading(system, time)) },
    },
  });
}

function frame(reading: Reading) {
  const { system, time } = reading;
  const elapsed = (time - system.bootTime) / 1000;
  const cycleTotals = reading.allPartitions.map((partition) => ({
    partition,
    cycleCounters: reading.cycleCounters(partition),
  }));
  const pools = poolCounters(reading, cycleTotals);
  return {
    timeBasedCycles: scientific(cycles(elapsed)),
    systemFirmware: { utilizedProcCycles: cycles(elapsed * 0.05), assignedMem: system.firmwareMemoryMib },
    processor: {
      totalProcUnits: system.installedCores,
      configurableProcUnits: system.configurableCores,
      availableProcUnits: unassignedCores(system),
      procCyclesPerSecond: CYCLES_PER_SECOND,
    },
    memory: {
      totalMem: system.memoryMib,
      availableMem: system.memoryMib - system.firmwareMemoryMib - assignedMemory(reading),
      configurableMem: system.memoryMib,
    },
    ...(system.memoryPools.length === 0
      ? {}
      : { sharedMemoryPool: system.memoryPools.map((pool) => memoryPoolSection(reading, pool)) }),
    physicalProcessorPool: physicalPoolSection(system, pools.physical),
    sharedProcessorPool: system.pools.map((pool) => sharedPoolSection(system, pool, pools.shared.get(pool.id))),
    ...networkSection(reading),
    ...partitionSections(reading, cycleTotals),
  };
}

function partitionSections(reading: Reading, cycleTotals: Parameters<typeof poolCounters>[1]) {
  const { system } = reading;
  const cycleCountersOf = new Map(cycleTotals.map(({ partition, cycleCounters }) => [partition, cycleCounters]));
  const section = (partition: SimulatedPartition, trunks: Readonly<Record<string, TrafficCounters>>) =>
    partitionSection(reading, partition, cycleCountersOf.get(partition) ?? partition.cycleCounters, trunks);
  return {
    lparsUtil: system.partitions.flatMap((partition) => {
      const { memoryMib, sharedMemory } = partition;
      const lpar = {
        ...section(partition, {}),
        type: partition.kind === 'ibmi' ? 'OS400' : 'aixlinux',
        memory: {
          logicalMem: memoryMib,
          backedPhysicalMem: sharedMemory?.backedMib ?? memoryMib,
          ...(sharedMemory ? { poolId: sharedMemory.poolId, weight: 128, totalIOMem: 256, mappedIOMem: 64 } : {}),
        },
      };
      const isListedTwice = system.collection.listedTwice.includes(partition.id);
      return isListedTwice ? [lpar, { ...lpar, uuid: lpar.uuid.replaceAll('-', '') }] : [lpar];
    }),
    viosUtil: system.vioses.map((vios) => ({
      ...section(vios, trunkTraffic(reading, vios)),
      memory: { assignedMem: vios.memoryMib },
    })),
  };
}

function networkSection(reading: Reading) {
  const { physicalPorts, collection } = reading.system;
  if (collection.isComputeOnly || physicalPorts.length === 0) return {};
  const traffic = physicalPortTraffic(reading);
  const adapters = (kind: 'sriov' | 'hea') => {
    const ports = physicalPorts.filter((port) => port.kind === kind);
    return [...new Set(ports.map(({ adapterDrcIndex }) => adapterDrcIndex))].map((drcIndex) => ({
      drcIndex,
      physicalPorts: ports
        .filter(({ adapterDrcIndex }) => adapterDrcIndex === drcIndex)
        .map(({ id, location }) => ({
          id,
          physicalLocation: location,
          ...traffic[location],
          ...(kind === 'sriov' ? { errorIn: 0, errorOut: 0 } : {}),
        })),
    }));
  };
  const hostEthernet = adapters('hea');
  const isFailed = collection.errors.some(({ id }) => id === PORTS_FAILED);
  return {
    network: {
      ...(isFailed ? {} : { sriovAdapters: adapters('sriov') }),
      ...(hostEthernet.length === 0 ? {} : { heAdapters: hostEthernet }),
    },
  };
}

function assignedMemory({ allPartitions }: Reading): number {
  return allPartitions.reduce((sum, { memoryMib, isPlaceholder }) => sum + (isPlaceholder ? 0 : memoryMib), 0);
}
