// Longer than 300 lines: types only, all that the inspector returns, entity by entity.

import type { SystemSample } from '../pcm/assembly/system-sample.ts';
import type { Counter, PartitionGauges, PartitionType, SampleError, SampleStatus } from '../pcm/model.ts';
import type { ClientAdapterInventory, SystemDescription } from './inventory.ts';

/**
 * What a managed system and everything on it did between two consecutive samples.
 *
 * Counters are the raw cumulative values. Everything else is computed here and nowhere else, over the sample's own
 * time. What the documents did not say, what needs a previous sample and has none, and what a guard masks
 * (docs/numbers.md#when-there-is-no-number) is `undefined`.
 */
export interface FrameActivity {
  readonly system: SystemActivity;
  /** Partitions and VIOSes, in the order of the document. */
  readonly partitions: readonly PartitionActivity[];
  readonly storagePools: readonly StoragePoolActivity[];
  /** Time of the hypervisor sample. */
  readonly time: number;
  /** Time of the hypervisor sample before it; the span of all rates that come from the hypervisor. */
  readonly previousTime: number | undefined;
  /** The documents behind it. */
  readonly sample: SystemSample;
}

/**
 * A group of values that come from one document and restart together. Every group of an activity carries its own
 * time: documents of one instant are not taken at the same moment.
 */
export interface Timed {
  /** Of the document, milliseconds since 1970. */
  readonly time: number;
  /** When the present run of its counters was first seen: moves to `time` when a counter has fallen. */
  readonly startTime: number;
  /** Whether this activity brings the document for the first time, or repeats it for the sake of a joined view. */
  readonly fresh: boolean;
}

/** What a managed system did as a whole between two samples. */
export interface SystemActivity extends Timed {
  readonly description: SystemDescription;
  /** That of the sample before, when it was another. */
  readonly previousDescription: SystemDescription | undefined;
  readonly status: SampleStatus;
  readonly errors: readonly SampleError[];
  readonly processor: SystemProcessorActivity;
  readonly memory: SystemMemoryActivity;
  readonly physicalPool: PhysicalPoolActivity | undefined;
  readonly sharedPools: readonly SharedPoolActivity[];
  readonly memoryPools: readonly MemoryPoolActivity[];
  readonly physicalPorts: readonly PhysicalPortActivity[];
  readonly energy: EnergyActivity | undefined;
  /** How many partitions of each type are in each state; nothing of a type of which one is not known. */
  readonly partitionCounts: readonly PartitionCount[];
  /** VIOSes without busy time, which makes the busy time of the system unknown. */
  readonly masked: readonly ViosReference[];
  /** Which lists of partitions the frame has had so far. */
  readonly listed: PartitionLists;
}

/** The two lists of partitions that a hypervisor document has. */
export interface PartitionLists {
  readonly lpars: boolean;
  readonly vioses: boolean;
}

/** In processors. */
export interface SystemProcessorActivity {
  readonly installed: number | undefined;
  readonly configurable: number | undefined;
  /** Unassigned, which is not idle. */
  readonly available: number | undefined;
  readonly consumed: number | undefined;
  readonly busy: number | undefined;
  /** Whether `busy` and `utilization` are new: they wait for the documents of the VIOSes. */
  readonly isBusyFresh: boolean;
  readonly firmware: number | undefined;
  /** (busy + firmware) ÷ configurable */
  readonly utilization: number | undefined;
  /** (consumed + firmware) ÷ configurable */
  readonly consumedUtilization: number | undefined;
}

/** In bytes. */
export interface SystemMemoryActivity {
  readonly installed: number | undefined;
  readonly configurable: number | undefined;
  readonly available: number | undefined;
  readonly firmware: number | undefined;
}

/** In processors. */
export interface PhysicalPoolActivity {
  readonly size: number | undefined;
  readonly consumed: number | undefined;
  readonly configurable: number | undefined;
  readonly available: number | undefined;
  readonly borrowed: number | undefined;
  readonly utilization: number | undefined;
}

/** In processors. */
export interface SharedPoolActivity {
  readonly id: number;
  readonly name: string | undefined;
  /** That of the sample before, when it was another. */
  readonly previousName: string | undefined;
  readonly size: number | undefined;
  readonly consumed: number | undefined;
  readonly limit: number | undefined;
  readonly borrowed: number | undefined;
  readonly utilization: number | undefined;
}

/** In bytes. */
export interface MemoryPoolActivity {
  readonly id: number;
  readonly name: string | undefined;
  /** That of the sample before, when it was another. */
  readonly previousName: string | undefined;
  readonly size: number | undefined;
  readonly assigned: number | undefined;
  readonly firmware: number | undefined;
  readonly ioSize: number | undefined;
  readonly ioMapped: number | undefined;
}

/** Counters of an Ethernet adapter. */
export interface EthernetActivity {
  readonly receivedBytes: Counter | undefined;
  readonly sentBytes: Counter | undefined;
  readonly receivedPackets: Counter | undefined;
  readonly sentPackets: Counter | undefined;
  /** Dropped, direction unknown. */
  readonly droppedPackets: Counter | undefined;
}

/** A physical port of an SR-IOV or host Ethernet adapter. */
export interface PhysicalPortActivity extends Timed, EthernetActivity {
  readonly adapterId: string | undefined;
  readonly portId: string | undefined;
  readonly location: string | undefined;
  readonly receiveErrors: Counter | undefined;
  readonly sendErrors: Counter | undefined;
}

/** Power and temperatures of a managed system. */
export interface EnergyActivity extends Timed {
  readonly powerWatts: number | undefined;
  readonly temperatures: readonly TemperatureActivity[];
}

/** One sensor. */
export interface TemperatureActivity {
  readonly location: 'inlet' | 'cpu' | 'baseboard';
  readonly instance: string;
  readonly celsius: number;
}

/** How many partitions of a type are in a state. */
export interface PartitionCount {
  readonly type: PartitionType;
  readonly state: string;
  readonly count: number;
}

/**
 * What a partition is like now. It may come late and change, so it is not part of the identity. What was known is kept
 * while a document omits it.
 */
export interface PartitionDescription {
  readonly name: string;
  readonly sharingMode: string | undefined;
  /** Undefined for dedicated processors. */
  readonly poolId: number | undefined;
  /** `linux`, `aix`, `ibmi`, where the inventory has it. */
  readonly operatingSystemType: string | undefined;
}

/** What an LPAR or VIOS did between two samples. */
export interface PartitionActivity extends Timed {
  /** UUID. */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: PartitionType;
  readonly state: string | undefined;
  /** The newest state of a document. */
  readonly knownState: string | undefined;
  /** The previous state, when this sample has another. */
  readonly previousState: string | undefined;
  readonly description: PartitionDescription;
  /** That of the sample before, when it was another. */
  readonly previousDescription: PartitionDescription | undefined;
  readonly gauges: PartitionGauges;
  readonly processor: ProcessorActivity;
  readonly memory: MemoryActivity;
  /** From inside the guest, through RMC. */
  readonly guestMemory: GuestMemoryActivity | undefined;
  readonly networkAdapters: readonly NetworkAdapterActivity[];
  readonly disks: readonly DiskActivity[];
  /** VIOSes behind adapters of this partition that do not report them at present: their traffic is unknown. */
  readonly unreportedVioses: { readonly network: readonly ViosReference[]; readonly disks: readonly ViosReference[] };
  /** What a VIOS does for others; undefined for other partitions and while its document is missing. */
  readonly vios: ViosActivity | undefined;
}

/** The time of its values is the partition's. */
export interface ProcessorActivity {
  readonly poolId: number | undefined;
  readonly mode: string | undefined;
  /** Of the timebase: seconds = cycles ÷ this. */
  readonly cyclesPerSecond: number | undefined;
  readonly cappedCycles: Counter | undefined;
  readonly uncappedCycles: Counter | undefined;
  readonly idleCycles: Counter | undefined;
  readonly donatedCycles: Counter | undefined;
  readonly entitledCycles: Counter | undefined;
  readonly dispatchWait: Counter | undefined;
  readonly instructions: Counter | undefined;
  /** Since when these two run: they may fall alone. */
  readonly dispatchStartTime: number;
  /** Processors: (Δcapped + Δuncapped) ÷ T. `lparstat`'s physc. */
  readonly consumed: number | undefined;
  /** Processors: (Δcapped + Δuncapped − Δidle) ÷ T. `lparstat`'s physb. */
  readonly busy: number | undefined;
  /** Whether `busy` and `utilization` are new: of a VIOS they wait for its document. */
  readonly isBusyFresh: boolean;
  /** Processors: Δentitled ÷ T. */
  readonly entitlement: number | undefined;
  /** busy ÷ entitlement; may exceed 1 when uncapped. */
  readonly utilization: number | undefined;
  /** consumed ÷ entitlement. */
  readonly consumedUtilization: number | undefined;
  /** Virtual processors it has now, from the inventory. */
  readonly virtualProcessors: number | undefined;
  /** Whole processors of its own, from the inventory; undefined for a partition that shares them. */
  readonly dedicatedProcessors: number | undefined;
  /** consumed ÷ virtual processors. */
  readonly virtualProcessorUtilization: number | undefined;
  readonly maxVirtualProcessors: number | undefined;
  readonly maxProcessorUnits: number | undefined;
  readonly weight: number | undefined;
}

/** In bytes, as the hypervisor sees it. The time of its values is the partition's. */
export interface MemoryActivity {
  readonly limit: number | undefined;
  readonly backed: number | undefined;
}

/** In bytes; rates in pages per second. */
export interface GuestMemoryActivity extends Timed {
  /** What the guest sees in total. */
  readonly limit: number | undefined;
  /** Cache counted as available. */
  readonly usage: number | undefined;
  readonly utilization: number | undefined;
  /** Cache counted as used. */
  readonly free: number | undefined;
  readonly pageInRate: number | undefined;
  readonly pageOutRate: number | undefined;
  readonly swapInRate: number | undefined;
  readonly swapOutRate: number | undefined;
  readonly swapLimit: number | undefined;
  readonly swapUsage: number | undefined;
}

/** A network adapter of a partition: virtual Ethernet, SR-IOV logical port, or a vNIC (on its client only). */
export interface NetworkAdapterActivity extends Timed, EthernetActivity {
  readonly type: 'vea' | 'sriov' | 'vnic';
  readonly location: string;
  /** `drcIndex` of an SR-IOV logical port. */
  readonly id: string | undefined;
  readonly vlanId: number | undefined;
  readonly vswitchId: number | undefined;
  /** Whether it is, or may be, the trunk of a bridge, which carries its clients' bytes a second time. */
  readonly trunk: boolean;
  /** From the inventory; undefined until that is known. */
  readonly inventory: ClientAdapterInventory | undefined;
  /** Whether the inventory has said what it knows, or is not asked: until then no one can say which adapter it is. */
  readonly isDescribed: boolean;
  /** The VIOS behind it: of a vNIC the one with the backing port, of virtual Ethernet the one that bridges its VLAN. */
  readonly vios: ViosReference | undefined;
  /** The shared Ethernet adapter that bridges its VLAN, `ent6`, where exactly one fits. */
  readonly sharedEthernetAdapterId: string | undefined;
  readonly droppedReceivedPackets: Counter | undefined;
  readonly droppedSentPackets: Counter | undefined;
  readonly receiveErrors: Counter | undefined;
  readonly sendErrors: Counter | undefined;
  readonly externalReceivedBytes: Counter | undefined;
  readonly externalSentBytes: Counter | undefined;
  /** Per second of sample time; undefined without a previous value and after a reset. */
  readonly rates: NetworkRates | undefined;
}

/** Bytes per second of sample time. */
export interface NetworkRates {
  readonly receivedBytes: number | undefined;
  readonly sentBytes: number | undefined;
}

/** The VIOS that serves an adapter. */
export interface ViosReference {
  /** UUID; undefined while the hypervisor document does not list that VIOS. */
  readonly id: string | undefined;
  readonly number: number;
  readonly name: string | undefined;
}

/** Counters of a storage adapter and what they did per second of sample time. */
export interface StorageActivity {
  readonly reads: Counter | undefined;
  readonly writes: Counter | undefined;
  readonly readBytes: Counter | undefined;
  readonly writtenBytes: Counter | undefined;
}

/** A storage adapter of a partition, joined with its counters in the document of its VIOS. */
export interface DiskActivity extends Timed, StorageActivity {
  readonly type: 'vscsi' | 'npiv';
  /** Unique within the partition: `vios1.vhost0`. */
  readonly device: string;
  /** The adapter on the VIOS: `vhost0`, `vfchost3`. */
  readonly id: string;
  /** The client's slot. */
  readonly location: string;
  readonly vios: ViosReference;
  /** The client's WWPN that matched (NPIV). */
  readonly wwpn: string | undefined;
  /** The physical Fibre Channel port behind it, `fcs1` (NPIV). */
  readonly fibreChannelAdapterId: string | undefined;
  readonly rates: StorageRates | undefined;
}

/** Requests and bytes per second of sample time. */
export interface StorageRates {
  readonly reads: number | undefined;
  readonly writes: number | undefined;
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
}

/** From the document of the VIOS. */
export interface ViosActivity extends Timed {
  readonly memory: { readonly usage: number | undefined; readonly utilization: number | undefined };
  readonly sharedEthernetAdapters: readonly ViosEthernetActivity[];
  readonly physicalEthernetAdapters: readonly ViosEthernetActivity[];
  readonly virtualEthernetAdapters: readonly ViosEthernetActivity[];
  readonly fibreChannelAdapters: readonly FibreChannelActivity[];
  readonly physicalStorageAdapters: readonly ViosStorageActivity[];
  readonly virtualScsiServers: readonly ViosStorageActivity[];
}

/** A physical, virtual or shared Ethernet adapter of a VIOS. */
export interface ViosEthernetActivity extends Timed, EthernetActivity {
  readonly id: string;
  readonly location: string | undefined;
}

/** A Fibre Channel port of a VIOS. */
export interface FibreChannelActivity extends Timed, StorageActivity {
  readonly id: string;
  readonly wwpn: string | undefined;
  readonly location: string | undefined;
  /** Of the link; 0 without one. */
  readonly bitsPerSecond: number | undefined;
}

/** A storage adapter of a VIOS itself. */
export interface ViosStorageActivity extends Timed, StorageActivity {
  readonly id: string;
  readonly location: string | undefined;
}

/** A shared storage pool: its size from one elected VIOS, its traffic from each. In bytes. */
export interface StoragePoolActivity extends Timed {
  readonly id: string;
  readonly name: string | undefined;
  /** That of the sample before, when it was another. */
  readonly previousName: string | undefined;
  /** Partition number of the VIOS that reports the size. */
  readonly elected: number;
  readonly size: number | undefined;
  readonly usage: number | undefined;
  readonly clients: readonly StoragePoolClientActivity[];
}

/** The traffic of a shared storage pool as one VIOS counts it. */
export interface StoragePoolClientActivity extends Timed, StorageActivity {
  readonly vios: ViosReference;
}
