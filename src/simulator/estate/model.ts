import type { LoadProfile } from './load.ts';

/** Everything that is fixed about a managed system. What moves is computed from it and the time. */
export interface SimulatedSystem {
  /** UUID, lower case. */
  readonly id: string;
  readonly name: string;
  readonly machineType: string;
  readonly model: string;
  readonly serialNumber: string;
  /** `9009-42A*ZZ00107` */
  readonly mtms: string;
  readonly firmware: string;
  /** Milliseconds since 1970. */
  readonly bootTime: number;
  /** Milliseconds after the full half minute at which PCM samples this system. */
  readonly samplingOffset: number;
  readonly installedCores: number;
  readonly configurableCores: number;
  readonly memoryMib: number;
  readonly firmwareMemoryMib: number;
  readonly pools: readonly SimulatedPool[];
  readonly physicalPorts: readonly SimulatedPhysicalPort[];
  readonly partitions: readonly SimulatedPartition[];
  readonly vioses: readonly SimulatedVios[];
  readonly storagePoolId: string;
}

export interface SimulatedPool {
  readonly id: number;
  readonly name: string;
  /** 0: not in use. */
  readonly maximumUnits: number;
}

/** A physical SR-IOV port. */
export interface SimulatedPhysicalPort {
  readonly adapterDrcIndex: string;
  readonly id: number;
  readonly location: string;
}

/** What LPARs and VIOSes have in common. */
export interface SimulatedPartition {
  /** UUID, lower case. */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly kind: 'aixlinux' | 'ibmi' | 'vios';
  readonly state: 'Running' | 'Not Activated' | 'Open Firmware';
  /** Of the processors: shared capped, shared uncapped, dedicated donating. */
  readonly mode: 'cap' | 'uncap' | 'share_idle_procs';
  readonly poolId: number | undefined;
  readonly weight: number | undefined;
  /** Processor units. */
  readonly entitlement: number;
  readonly virtualProcessors: number;
  readonly memoryMib: number;
  readonly bootTime: number;
  readonly load: LoadProfile;
  readonly rmcState: 'active' | 'inactive' | 'none';
  readonly operatingSystem: string;
  readonly affinityScore: number;
  readonly ethernet: readonly SimulatedEthernet[];
  readonly logicalPorts: readonly SimulatedLogicalPort[];
  readonly scsi: readonly SimulatedScsi[];
  readonly fibreChannel: readonly SimulatedFibreChannel[];
}

/** A virtual Ethernet adapter. */
export interface SimulatedEthernet {
  readonly slot: number;
  readonly location: string;
  /** Twelve hex digits, upper case. */
  readonly mac: string;
  readonly vlanId: number;
  readonly switchId: number;
  /** Bytes for each second of processor time. */
  readonly bytesPerWork: number;
}

export interface SimulatedLogicalPort {
  readonly drcIndex: string;
  readonly adapterDrcIndex: string;
  readonly physicalPortId: number;
  readonly location: string;
  readonly mac: string;
  readonly bytesPerWork: number;
  /** The partition whose vNIC it backs; undefined when it is its owner's own. */
  readonly client: SimulatedPartition | undefined;
}

/** A virtual SCSI adapter and its server on a VIOS. */
export interface SimulatedScsi {
  readonly location: string;
  readonly viosNumber: number;
  readonly serverSlot: number;
  readonly bytesPerWork: number;
}

/** A virtual Fibre Channel (NPIV) adapter. */
export interface SimulatedFibreChannel {
  readonly location: string;
  readonly viosNumber: number;
  /** Two 64-bit numbers: the second is for live partition mobility. */
  readonly wwpns: readonly [bigint, bigint];
  /** Index of the physical port on the VIOS. */
  readonly portIndex: number;
  readonly bytesPerWork: number;
}

export interface SimulatedVios extends SimulatedPartition {
  readonly physicalEthernetLocation: string;
  readonly fibreChannelPorts: readonly {
    readonly wwpn: string;
    readonly location: string;
    readonly gigabits: number;
  }[];
  readonly storageLocation: string;
}
