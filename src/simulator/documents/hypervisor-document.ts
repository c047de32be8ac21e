import {
  CYCLES_PER_SECOND,
  cycles,
  everyone,
  processorCounters,
  sumOfTraffic,
  type TrafficCounters,
  trafficCounters,
} from '../estate/counters.ts';
import type {
  SimulatedLogicalPort,
  SimulatedPartition,
  SimulatedPool,
  SimulatedSystem,
  SimulatedVios,
} from '../estate/model.ts';
import { bigInteger, jsonText, scientific } from './json-text.ts';
import { sampleTimeText } from './time-text.ts';

/** The phyp document of one instant (powervm-rest-api.md 5.1 to 5.3). */
export function hypervisorDocument(system: SimulatedSystem, time: number): string {
  const elapsed = (time - system.bootTime) / 1000;
  return jsonText({
    systemUtil: {
      utilInfo: { version: '1.3.0', metricType: 'Raw', monitoringType: 'LTM', mtms: system.mtms, name: system.name },
      utilSample: {
        timeStamp: sampleTimeText(time),
        status: 0,
        errorInfo: [],
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
          availableMem: system.memoryMib - system.firmwareMemoryMib - assignedMemory(system),
          configurableMem: system.memoryMib,
        },
        physicalProcessorPool: physicalPool(system, time),
        sharedProcessorPool: system.pools.map((pool) => sharedPool(system, pool, time)),
        network: { sriovAdapters: sriovAdapters(system, time) },
        lparsUtil: system.partitions.map((partition) => ({
          ...common(partition, time),
          type: partition.kind === 'ibmi' ? 'OS400' : 'aixlinux',
          memory: { logicalMem: partition.memoryMib, backedPhysicalMem: partition.memoryMib },
        })),
        viosUtil: system.vioses.map((vios) => ({
          ...common(vios, time),
          memory: { assignedMem: vios.memoryMib },
        })),
      },
    },
  });
}

function common(partition: SimulatedPartition, time: number) {
  const { capped, uncapped, idle, donated, entitled } = processorCounters(partition, time);
  return {
    id: partition.number,
    uuid: partition.id.toUpperCase(),
    name: partition.name,
    state: partition.state,
    affinityScore: partition.affinityScore,
    processor: {
      ...(partition.poolId === undefined ? {} : { poolId: partition.poolId }),
      mode: partition.mode,
      maxVirtualProcessors: partition.virtualProcessors * 2,
      maxProcUnits: partition.entitlement * 2,
      ...(partition.weight === undefined ? {} : { weight: partition.weight }),
      entitledProcCycles: entitled,
      utilizedCappedProcCycles: capped,
      utilizedUnCappedProcCycles: uncapped,
      idleProcCycles: idle,
      donatedProcCycles: donated,
      timeSpentWaitingForDispatch: Math.floor(uncapped / 50),
      totalInstructions: Math.floor((capped + uncapped) * 6.5),
      totalInstructionsExecutionTime: capped + uncapped,
    },
    network: {
      virtualEthernetAdapters: partition.ethernet.map((adapter) => {
        const traffic = trafficCounters(partition, adapter.bytesPerWork, time);
        return {
          physicalLocation: adapter.location,
          isPortVLANID: true,
          vlanId: adapter.vlanId,
          vswitchId: adapter.switchId,
          ...traffic,
          ...externalPart(traffic),
        };
      }),
      sriovLogicalPorts: partition.logicalPorts.map((port) => logicalPort(partition, port, time)),
    },
    storage: {
      genericVirtualAdapters: partition.scsi.map((adapter) => ({
        physicalLocation: adapter.location,
        viosId: adapter.viosNumber,
        viosAdapterSlotId: adapter.serverSlot,
      })),
      virtualFiberChannelAdapters: partition.fibreChannel.map((adapter) => ({
        physicalLocation: adapter.location,
        viosId: adapter.viosNumber,
        wwpnPair: adapter.wwpns.map(bigInteger),
      })),
    },
  };
}

/** Half of what a virtual adapter carries leaves the frame. */
export function externalPart({ receivedBytes, sentBytes, receivedPackets, sentPackets }: TrafficCounters) {
  return {
    receivedPhysicalBytes: Math.floor(receivedBytes / 2),
    sentPhysicalBytes: Math.floor(sentBytes / 2),
    receivedPhysicalPackets: Math.floor(receivedPackets / 2),
    sentPhysicalPackets: Math.floor(sentPackets / 2),
    droppedPhysicalPackets: 0,
  };
}

function portTraffic(owner: SimulatedPartition, port: SimulatedLogicalPort, time: number): TrafficCounters {
  return trafficCounters(port.client ?? owner, port.bytesPerWork, time);
}

function logicalPort(owner: SimulatedPartition, port: SimulatedLogicalPort, time: number) {
  const { droppedPackets, ...traffic } = portTraffic(owner, port, time);
  return {
    drcIndex: port.drcIndex,
    physicalDrcIndex: port.adapterDrcIndex,
    physicalPortId: port.physicalPortId,
    physicalLocation: port.location,
    configurationType: 'Ethernet',
    vnicDeviceMode: port.client ? 'Dedicated' : 'NonVNIC',
    // Without dashes, as consoles write it here and nowhere else.
    ...(port.client ? { clientPartitionUUID: port.client.id.replaceAll('-', '').toUpperCase() } : {}),
    ...traffic,
    droppedSentPackets: 0,
    droppedReceivedPackets: droppedPackets,
    errorIn: 0,
    errorOut: 0,
  };
}

/** A physical port carries what its logical ports carry. */
function sriovAdapters(system: SimulatedSystem, time: number) {
  const drcIndexes = new Set(system.physicalPorts.map(({ adapterDrcIndex }) => adapterDrcIndex));
  return [...drcIndexes].map((drcIndex) => ({
    drcIndex,
    physicalPorts: system.physicalPorts
      .filter(({ adapterDrcIndex }) => adapterDrcIndex === drcIndex)
      .map(({ id, location }) => {
        const carried = everyone(system).flatMap((owner) =>
          owner.logicalPorts
            .filter(({ physicalPortId }) => physicalPortId === id)
            .map((port) => portTraffic(owner, port, time)),
        );
        return { id, physicalLocation: location, ...sumOfTraffic(carried), errorIn: 0, errorOut: 0 };
      }),
  }));
}

function unassignedCores(system: SimulatedSystem): number {
  const assigned = everyone(system)
    .filter(({ state }) => state !== 'Not Activated')
    .reduce((sum, { entitlement }) => sum + entitlement, 0);
  return Math.round((system.configurableCores - assigned) * 100) / 100;
}

function assignedMemory(system: SimulatedSystem): number {
  return everyone(system).reduce((sum, { memoryMib }) => sum + memoryMib, 0);
}

/** Exact: the sum over a large frame is beyond 2^53. */
function usedCycles(members: readonly (SimulatedPartition | SimulatedVios)[], time: number): string {
  const sum = members.reduce((total, member) => {
    const { capped, uncapped } = processorCounters(member, time);
    return total + BigInt(capped + uncapped);
  }, 0n);
  return bigInteger(sum);
}

/** What the shared partitions of all pools use, out of the cores that nobody has for himself. */
function physicalPool(system: SimulatedSystem, time: number) {
  const shared = everyone(system).filter(({ poolId }) => poolId !== undefined);
  const cores = sharedCores(system);
  return {
    totalPoolCycles: scientific(cycles(cores * ((time - system.bootTime) / 1000))),
    utilizedPoolCycles: usedCycles(shared, time),
    configurablePoolProcUnits: cores,
    currAvailablePoolProcUnits: unassignedCores(system),
    borrowedPoolProcUnits: 0,
  };
}

function sharedPool(system: SimulatedSystem, pool: SimulatedPool, time: number) {
  const members = everyone(system).filter(({ poolId }) => poolId === pool.id);
  const size = pool.id === 0 ? sharedCores(system) : pool.maximumUnits;
  return {
    id: pool.id,
    name: pool.name,
    assignedProcCycles: scientific(cycles(size * ((time - system.bootTime) / 1000))),
    utilizedPoolCycles: usedCycles(members, time),
    maxProcUnits: pool.id === 0 ? sharedCores(system) : pool.maximumUnits,
    borrowedPoolProcUnits: 0,
  };
}

function sharedCores(system: SimulatedSystem): number {
  const dedicated = everyone(system)
    .filter(({ poolId }) => poolId === undefined)
    .reduce((sum, { entitlement }) => sum + entitlement, 0);
  return system.configurableCores - dedicated;
}
