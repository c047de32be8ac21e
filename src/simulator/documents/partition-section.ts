import { externalPart } from '../estate/aggregates.ts';
import { hasGuest, isDispatched } from '../estate/counters.ts';
import type {
  CycleCounters,
  SimulatedEthernet,
  SimulatedLogicalPort,
  SimulatedPartition,
  TrafficCounters,
} from '../estate/model.ts';
import type { Reading } from '../estate/reading.ts';
import { bigInteger } from './json-text.ts';

/** Common fields of LPARs and VIOSes in a phyp document (docs/reference/pcm-documents.md#hypervisor-partitions). */
export function partitionSection(
  reading: Reading,
  partition: SimulatedPartition,
  cycleCounters: CycleCounters,
  trunks: Readonly<Record<string, TrafficCounters>>,
) {
  const common = {
    id: partition.number,
    uuid: partition.id.toUpperCase(),
    name: partition.name,
    state: partition.state,
    affinityScore: partition.affinityScore,
    processor: processorSection(partition, cycleCounters),
  };
  if (!hasAdapters(reading, partition)) return common;
  return {
    ...common,
    network: {
      virtualEthernetAdapters: partition.ethernet.map((adapter) =>
        virtualEthernet(adapter, trunks[adapter.location] ?? reading.traffic(partition, adapter)),
      ),
      sriovLogicalPorts: partition.logicalPorts.map((port) => logicalPort(port, reading.portTraffic(partition, port))),
    },
    storage: storageSection(partition),
  };
}

/** Of what is not running, of a VIOS that is not up, and in compute-only monitoring nothing is said about adapters. */
function hasAdapters({ system }: Reading, partition: SimulatedPartition): boolean {
  const isUp = partition.kind === 'vios' ? hasGuest(partition) : isDispatched(partition);
  return isUp && !system.collection.isComputeOnly;
}

function processorSection(partition: SimulatedPartition, { capped, uncapped, idle, donated, entitled }: CycleCounters) {
  return {
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
  };
}

function virtualEthernet(adapter: SimulatedEthernet, traffic: TrafficCounters) {
  // All that passes a trunk goes outside; of a client's own traffic a part stays in the frame.
  const external = adapter.trunkPriority === undefined ? externalPart(traffic) : traffic;
  return {
    physicalLocation: adapter.location,
    isPortVLANID: true,
    vlanId: adapter.vlanId,
    vswitchId: adapter.switchId,
    ...traffic,
    receivedPhysicalBytes: external.receivedBytes,
    sentPhysicalBytes: external.sentBytes,
    receivedPhysicalPackets: external.receivedPackets,
    sentPhysicalPackets: external.sentPackets,
    droppedPhysicalPackets: external.droppedPackets,
  };
}

function logicalPort(port: SimulatedLogicalPort, { droppedPackets, ...traffic }: TrafficCounters) {
  return {
    drcIndex: port.drcIndex,
    physicalDrcIndex: port.adapterDrcIndex,
    physicalPortId: port.physicalPortId,
    physicalLocation: port.location,
    configurationType: 'Ethernet',
    vnicDeviceMode: port.clientId === undefined ? 'NonVNIC' : 'Dedicated',
    // Without dashes, as consoles write it here and nowhere else.
    ...(port.clientId === undefined ? {} : { clientPartitionUUID: port.clientId.replaceAll('-', '').toUpperCase() }),
    ...traffic,
    droppedSentPackets: 0,
    droppedReceivedPackets: droppedPackets,
    errorIn: 0,
    errorOut: 0,
  };
}

/** The VIOS that serves it; the counters are in its document. */
function storageSection({ scsi, fibreChannel }: SimulatedPartition) {
  return {
    genericVirtualAdapters: scsi.map((adapter) => ({
      physicalLocation: adapter.location,
      viosId: adapter.viosNumber,
      viosAdapterSlotId: adapter.serverSlot,
    })),
    virtualFiberChannelAdapters: fibreChannel.map((adapter) => ({
      physicalLocation: adapter.location,
      viosId: adapter.viosNumber,
      wwpnPair: adapter.wwpns.map(bigInteger),
    })),
  };
}
