import { allPartitions } from '../../estate/counters.ts';
import type {
  SimulatedEthernet,
  SimulatedLogicalPort,
  SimulatedPartition,
  SimulatedSystem,
} from '../../estate/model.ts';
import { type InventoryObject, leaf } from './atom-text.ts';

const STATE = 'operating';

export function systemObject(system: SimulatedSystem): InventoryObject {
  return {
    type: 'ManagedSystem',
    id: system.id,
    properties:
      leaf('SystemName', system.name) +
      leaf('State', STATE) +
      leaf('ActivatedServicePackNameAndLevel', system.firmware) +
      `<MachineTypeModelAndSerialNumber>${leaf('MachineType', system.machineType)}${leaf('Model', system.model)}` +
      `${leaf('SerialNumber', system.serialNumber)}</MachineTypeModelAndSerialNumber>` +
      `<AssociatedSystemMemoryConfiguration>${leaf('InstalledSystemMemory', system.memoryMib)}</AssociatedSystemMemoryConfiguration>` +
      `<AssociatedSystemProcessorConfiguration>${leaf('InstalledSystemProcessorUnits', system.installedCores)}</AssociatedSystemProcessorConfiguration>`,
  };
}

/** The quick form: loose types on purpose, as consoles have them (docs/reference/console-api.md#quick-properties). */
export function systemQuick(system: SimulatedSystem) {
  return {
    UUID: system.id,
    SystemName: system.name,
    MTMS: system.mtms,
    State: STATE,
    ActivatedServicePackNameAndLevel: system.firmware,
    InstalledSystemMemory: String(system.memoryMib),
    InstalledSystemProcessorUnits: `${system.installedCores}.0`,
    CapacityOnDemandMemoryCapable: 'true',
    MergedReferenceCode: null,
    SystemType: 'fsp',
  };
}

export function partitionObject(partition: SimulatedPartition): InventoryObject {
  const isDedicated = partition.poolId === undefined;
  return {
    type: partition.kind === 'vios' ? 'VirtualIOServer' : 'LogicalPartition',
    id: partition.id.toUpperCase(),
    properties:
      leaf('AllowPerformanceDataCollection', false) +
      leaf('OperatingSystemVersion', partition.operatingSystem) +
      leaf('PartitionID', partition.number) +
      leaf('PartitionName', partition.name) +
      leaf('PartitionState', partition.state.toLowerCase()) +
      leaf('PartitionType', partitionType(partition)) +
      leaf('PartitionUUID', partition.id.toUpperCase()) +
      leaf('ResourceMonitoringControlState', partition.rmcState) +
      `<PartitionMemoryConfiguration>${leaf('CurrentMemory', partition.memoryMib)}</PartitionMemoryConfiguration>` +
      `<PartitionProcessorConfiguration>${leaf('HasDedicatedProcessors', isDedicated)}${processors(partition)}</PartitionProcessorConfiguration>`,
  };
}

function processors(partition: SimulatedPartition): string {
  return partition.poolId === undefined
    ? `<CurrentDedicatedProcessorConfiguration>${leaf('CurrentProcessors', partition.entitlement)}</CurrentDedicatedProcessorConfiguration>`
    : `<CurrentSharedProcessorConfiguration>${leaf('AllocatedVirtualProcessors', partition.virtualProcessors)}` +
        `${leaf('CurrentProcessingUnits', partition.entitlement)}${leaf('CurrentSharedProcessorPoolID', partition.poolId)}</CurrentSharedProcessorConfiguration>`;
}

export function partitionQuick(partition: SimulatedPartition, system: SimulatedSystem, base: string) {
  const isDedicated = partition.poolId === undefined;
  return {
    UUID: partition.id.toUpperCase(),
    PartitionID: partition.number,
    PartitionName: partition.name,
    PartitionState: partition.state.toLowerCase(),
    PartitionType: partitionType(partition),
    OperatingSystemVersion: partition.operatingSystem,
    RMCState: partition.rmcState,
    CurrentMemory: `${partition.memoryMib}.0`,
    HasDedicatedProcessors: String(isDedicated),
    AllocatedVirtualProcessors: isDedicated ? 0 : partition.virtualProcessors,
    CurrentProcessors: isDedicated ? partition.entitlement : null,
    CurrentProcessingUnits: isDedicated ? null : partition.entitlement,
    AssociatedManagedSystem: `${base}/rest/api/uom/ManagedSystem/${system.id}`,
    Description: null,
  };
}

export function ethernetObject(owner: SimulatedPartition, adapter: SimulatedEthernet): InventoryObject {
  return {
    type: 'ClientNetworkAdapter',
    id: childId(owner, adapter.slot),
    properties:
      leaf('DynamicReconfigurationConnectorName', adapter.location) +
      leaf('LocationCode', adapter.location) +
      leaf('LocalPartitionID', owner.number) +
      leaf('VirtualSlotNumber', adapter.slot) +
      leaf('MACAddress', adapter.mac) +
      leaf('PortVLANID', adapter.vlanId) +
      leaf('TrunkPriority', adapter.trunkPriority) +
      leaf('VirtualSwitchID', adapter.switchId),
  };
}

export function logicalPortObject(owner: SimulatedPartition, port: SimulatedLogicalPort): InventoryObject {
  return {
    type: 'SRIOVEthernetLogicalPort',
    id: childId(owner, Number(port.drcIndex)),
    properties:
      leaf('AdapterID', port.adapterDrcIndex) +
      leaf('LogicalPortID', port.drcIndex) +
      leaf('PhysicalPortID', port.physicalPortId) +
      leaf('LocationCode', port.location) +
      leaf('MACAddress', port.mac) +
      leaf('CurrentMACAddress', port.mac.toLowerCase()) +
      leaf('VNICPortUsage', port.clientId !== undefined ? 'DEDICATED_VNIC' : 'NOT_VNIC'),
  };
}

export function findPartition(systems: readonly SimulatedSystem[], id: string): SimulatedPartition | undefined {
  return systems.flatMap(allPartitions).find((partition) => partition.id === id.toLowerCase());
}

function partitionType({ kind }: SimulatedPartition): string {
  return kind === 'vios' ? 'Virtual IO Server' : kind === 'ibmi' ? 'OS400' : 'AIX/Linux';
}

/** Unique and the same with every question. */
function childId(owner: SimulatedPartition, number: number): string {
  return `${owner.id.slice(0, 24)}${number.toString(16).padStart(12, '0')}`;
}
