import type { LoadProfile } from './load.ts';

/**
 * A managed system as it is until the next event changes it. Counters are computed from it and the time: a pure
 * function of the instant.
 */
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
  readonly memoryPools: readonly SimulatedMemoryPool[];
  readonly physicalPorts: readonly SimulatedPhysicalPort[];
  readonly partitions: readonly SimulatedPartition[];
  readonly vioses: readonly SimulatedVios[];
  readonly storagePoolId: string;
  /** Raw energy is not there on every release; processed energy is. */
  readonly energy: 'raw' | 'processed' | undefined;
  readonly collection: SimulatedCollection;
  readonly counterOffsets: CounterOffsets;
}

/** How PCM collects from a system: with all of it empty or false it does its work. */
export interface SimulatedCollection {
  /** 0: all was collected, 1: nothing, 2: a part. Of the hypervisor's document. */
  readonly status: 0 | 1 | 2;
  readonly errors: readonly SimulatedError[];
  /** No sample of anything is taken. */
  readonly isPaused: boolean;
  /** Energy pauses for a quarter of an hour after five errors. */
  readonly isEnergyPaused: boolean;
  /** Processors and memory only, as `ComputeLTMEnabled` has it. */
  readonly isComputeOnly: boolean;
  /** UUIDs of partitions that the hypervisor lists once more, without dashes. */
  readonly listedTwice: readonly string[];
}

/** An entry of a document's `errorInfo`. */
export interface SimulatedError {
  readonly id: string;
  readonly message: string;
}

/** A shared processor pool. */
export interface SimulatedPool {
  readonly id: number;
  readonly name: string;
  /** 0: not in use. */
  readonly maximumUnits: number;
}

/** An Active Memory Sharing pool. */
export interface SimulatedMemoryPool {
  readonly id: number;
  readonly name: string;
  readonly memoryMib: number;
}

/** A physical port of an SR-IOV adapter, or of a host Ethernet adapter on old frames. */
export interface SimulatedPhysicalPort {
  readonly kind: 'sriov' | 'hea';
  readonly adapterDrcIndex: string;
  readonly id: number;
  readonly location: string;
  /** What passes through it besides the logical ports that are simulated, in bytes a second. */
  readonly bytesPerSecond: number;
}

/** The states of a partition, in PCM's words. */
export type PartitionState =
  | 'Running'
  | 'Not Activated'
  | 'Open Firmware'
  | 'Starting'
  | 'Shutting Down'
  | 'Suspended'
  | 'Migrating Running'
  | 'Migrating Not Active'
  | 'Error';

/** What LPARs and VIOSes have in common. */
export interface SimulatedPartition {
  /** UUID, lower case. */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly kind: 'aixlinux' | 'ibmi' | 'vios';
  readonly state: PartitionState;
  /** Of the processors: shared capped, shared uncapped, dedicated donating. */
  readonly mode: 'cap' | 'uncap' | 'share_idle_procs';
  readonly poolId: number | undefined;
  readonly weight: number | undefined;
  /** Processor units. */
  readonly entitlement: number;
  readonly virtualProcessors: number;
  readonly memoryMib: number;
  /** Of the pool of shared memory, and how much of it is backed; undefined for dedicated memory. */
  readonly sharedMemory: { readonly poolId: number; readonly backedMib: number } | undefined;
  readonly cycleCounters: CycleCounters;
  readonly load: LoadProfile;
  readonly rmcState: 'active' | 'inactive' | 'none';
  readonly operatingSystem: string;
  readonly affinityScore: number;
  /** Of a VIOS: error 4002 or 4005 is in its document, or there is none at all. */
  readonly problem: '4002' | '4005' | 'missing' | undefined;
  /** A placeholder of a partition that is migrating in, or has just migrated out. */
  readonly isPlaceholder: boolean;
  readonly ethernet: readonly SimulatedEthernet[];
  readonly logicalPorts: readonly SimulatedLogicalPort[];
  readonly scsi: readonly SimulatedScsi[];
  readonly fibreChannel: readonly SimulatedFibreChannel[];
}

/**
 * What a partition had counted when its present phase began. A phase ends when something changes how fast it counts:
 * a start, a stop, another entitlement.
 */
export interface CycleCounters {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Cycles. */
  readonly capped: number;
  readonly uncapped: number;
  readonly idle: number;
  readonly donated: number;
  readonly entitled: number;
  /** Processor seconds of its whole life: restarts do not set it back. Traffic is counted from it. */
  readonly work: number;
}

/** What is common to adapters whose counters grow with the work of the partition they serve. */
interface SimulatedTraffic {
  /** Bytes for each second of processor time. */
  readonly bytesPerWork: number;
  /** The work of its partition (see {@link CycleCounters.work}) when its counters stood at zero. */
  readonly origin: number;
}

/** A virtual Ethernet adapter; on a VIOS the trunk of a bridge. */
export interface SimulatedEthernet extends SimulatedTraffic {
  readonly slot: number;
  readonly location: string;
  /** Twelve hex digits, upper case. */
  readonly mac: string;
  readonly vlanId: number;
  readonly switchId: number;
  /** Of a trunk: of several in one VLAN the running VIOS with the lowest bridges. */
  readonly trunkPriority: number | undefined;
}

/** An SR-IOV logical port, of a partition or of a VIOS that serves a vNIC. */
export interface SimulatedLogicalPort extends SimulatedTraffic {
  readonly drcIndex: string;
  readonly adapterDrcIndex: string;
  readonly physicalPortId: number;
  readonly location: string;
  readonly mac: string;
  /** UUID of the partition whose vNIC it backs; undefined when it is its owner's own. */
  readonly clientId: string | undefined;
}

/** A virtual SCSI adapter and its server on a VIOS, where it is counted. */
export interface SimulatedScsi extends SimulatedTraffic {
  readonly location: string;
  readonly viosNumber: number;
  readonly serverSlot: number;
}

/** A virtual Fibre Channel (NPIV) adapter, counted on the VIOS. */
export interface SimulatedFibreChannel extends SimulatedTraffic {
  readonly location: string;
  readonly viosNumber: number;
  /** Two 64-bit numbers: live partition mobility changes from one to the other. */
  readonly wwpns: readonly [bigint, bigint];
  readonly activeWwpn: 0 | 1;
  /** Index of the physical port on the VIOS. */
  readonly portIndex: number;
}

/** A VIOS with what it has for its clients. */
export interface SimulatedVios extends SimulatedPartition {
  readonly physicalEthernetLocation: string;
  readonly fibreChannelPorts: readonly {
    /** Sixteen hex digits; all zero for a port without data. */
    readonly wwpn: string;
    readonly location: string;
    /** Gbit/s; 0: no link. */
    readonly gigabits: number;
  }[];
  readonly storageLocation: string;
}

/**
 * What pools, ports, bridges and disks have counted for members that are gone or were restarted: their own counters
 * continue when a member leaves. Names: the id of a pool, the location of a port.
 */
export interface CounterOffsets {
  /** Milliseconds since 1970: when the sizes of the pools last changed. */
  readonly since: number;
  /** Cycles that the pools had been given until then. */
  readonly poolSize: Readonly<Record<string, number>>;
  /** Cycles. */
  readonly poolUse: Readonly<Record<string, bigint>>;
  readonly ports: Readonly<Record<string, TrafficCounters>>;
  readonly trunks: Readonly<Record<string, TrafficCounters>>;
  readonly fibreChannel: Readonly<Record<string, StorageCounters>>;
  readonly disks: Readonly<Record<string, StorageCounters>>;
}

export interface TrafficCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
  readonly droppedPackets: number;
}

export interface StorageCounters {
  readonly numOfReads: number;
  readonly numOfWrites: number;
  readonly readBytes: number;
  readonly writeBytes: number;
}
