// Longer than 300 lines: types and one constant, all that PCM documents contain, document by document.

/**
 * What the documents of Performance and Capacity Monitoring say, after parsing and before any formula.
 *
 * Conventions of this model: every field is always there and is `undefined` where the document did not say it;
 * times are milliseconds since 1970; memory is in MiB as PCM counts it; counters are the raw cumulative values.
 * Sources: `docs/numbers.md` and the PCM raw metric specifications of IBM.
 */

/** PCM takes a sample of every document each 30 s, so no two instants of one document are nearer than this. */
export const SAMPLE_INTERVAL = 30_000;

/** A cumulative raw counter: a `number` while it is exact (up to 2^53), a `bigint` above. */
export type Counter = number | bigint;

/** One entry of `errorInfo`: what PCM itself could not collect. */
export interface SampleError {
  readonly id: string;
  readonly message: string;
}

/** A part of a document that was unusable and was left out; the rest of the document is good. */
export interface DocumentProblem {
  /** Where, as a JSON path: `systemUtil.utilSample.lparsUtil[3].memory`. */
  readonly path: string;
  readonly reason: string;
}

/** `utilSample.status`: 0 everything collected, 1 nothing, 2 a part. */
export type SampleStatus = number;

interface Sample {
  /** The document's own time stamp, which is the time of its values. */
  readonly time: number;
  readonly status: SampleStatus;
  readonly errors: readonly SampleError[];
  readonly problems: readonly DocumentProblem[];
}

/** The phyp document: the frame and all its partitions as the hypervisor sees them. */
export interface HypervisorSample extends Sample {
  readonly kind: 'phyp';
  readonly systemName: string | undefined;
  /** `8247-22L*2125D4A` */
  readonly mtms: string | undefined;
  /** Timebase of one processor since the frame started. */
  readonly timebaseCycles: Counter | undefined;
  /** Frequency of that timebase, 512 MHz on every known frame. Not the core clock. */
  readonly cyclesPerSecond: number | undefined;
  readonly firmware: { readonly consumedCycles: Counter | undefined; readonly memoryMib: number | undefined };
  /** Processor units (cores). */
  readonly processor: {
    readonly installed: number | undefined;
    readonly configurable: number | undefined;
    readonly available: number | undefined;
  };
  readonly memory: {
    readonly installedMib: number | undefined;
    readonly configurableMib: number | undefined;
    readonly availableMib: number | undefined;
  };
  readonly physicalPool: PhysicalPoolSample | undefined;
  readonly sharedPools: readonly SharedPoolSample[];
  readonly memoryPools: readonly MemoryPoolSample[];
  readonly physicalPorts: readonly PhysicalPortSample[];
  /** Partitions and VIOSes; one that the document lists twice (with and without dashes) is here once. */
  readonly partitions: readonly PartitionSample[];
  /** How much of them the document lists: what is missing from a list is missing from every sum over it. */
  readonly listing: { readonly lpars: Listing; readonly vioses: Listing };
  /** False under compute-only monitoring (`ComputeLTMEnabled`): no partition has a network or storage section. */
  readonly hasInputOutput: boolean;
}

/**
 * `whole`: every entry of the list could be read. `absent`: there is no list, which is how a frame that has none may say
 * so. `partial`: the list is `null` or no list, or an entry of it does not say which partition it is.
 */
export type Listing = 'whole' | 'absent' | 'partial';

export interface PhysicalPoolSample {
  readonly totalCycles: Counter | undefined;
  readonly consumedCycles: Counter | undefined;
  readonly configurable: number | undefined;
  readonly available: number | undefined;
  readonly borrowed: number | undefined;
}

export interface SharedPoolSample {
  readonly id: number;
  readonly name: string | undefined;
  readonly assignedCycles: Counter | undefined;
  readonly consumedCycles: Counter | undefined;
  readonly maximum: number | undefined;
  readonly borrowed: number | undefined;
}

/** An Active Memory Sharing pool. */
export interface MemoryPoolSample {
  readonly id: number;
  readonly name: string | undefined;
  readonly totalMib: number | undefined;
  readonly assignedMib: number | undefined;
  readonly firmwareMib: number | undefined;
  readonly totalIoMib: number | undefined;
  readonly mappedIoMib: number | undefined;
}

/** Counters that every kind of Ethernet adapter has. */
export interface EthernetCounters {
  readonly receivedBytes: Counter | undefined;
  readonly sentBytes: Counter | undefined;
  readonly receivedPackets: Counter | undefined;
  readonly sentPackets: Counter | undefined;
}

/** A physical SR-IOV or (POWER7) HEA port of the frame. */
export interface PhysicalPortSample extends EthernetCounters {
  readonly type: 'sriov' | 'hea';
  /** `drcIndex` of the adapter. */
  readonly adapterId: string | undefined;
  readonly portId: string | undefined;
  readonly location: string | undefined;
  readonly droppedPackets: Counter | undefined;
  readonly receiveErrors: Counter | undefined;
  readonly sendErrors: Counter | undefined;
}

/** `aix_linux`, `ibm_i` and `vios` are known; anything else comes through in snake case. */
export type PartitionType = 'aix_linux' | 'ibm_i' | 'vios' | (string & {});

export interface PartitionSample {
  /** UUID, lower case and dashed. */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: PartitionType;
  /** As PCM writes it: `Running`, `Not Activated`, `Open Firmware`, … */
  readonly state: string | undefined;
  readonly gauges: PartitionGauges;
  readonly memory: {
    /** `logicalMem`; of a VIOS `assignedMem`. */
    readonly logicalMib: number | undefined;
    readonly backedMib: number | undefined;
  };
  readonly processor: PartitionProcessorSample;
  readonly virtualEthernetAdapters: readonly VirtualEthernetSample[];
  readonly sriovPorts: readonly SriovPortSample[];
  readonly virtualScsiAdapters: readonly VirtualScsiClientSample[];
  readonly virtualFibreChannelAdapters: readonly VirtualFibreChannelClientSample[];
}

/** Values of a partition of which nothing is computed: the inspector passes them on as they are. */
export interface PartitionGauges {
  readonly affinityScore: number | undefined;
}

/** Processor counters are timebase cycles. */
export interface PartitionProcessorSample {
  readonly poolId: number | undefined;
  /** `cap`, `uncap`, `share_idle_procs`, … as PCM writes it. */
  readonly mode: string | undefined;
  readonly maxVirtualProcessors: number | undefined;
  readonly maxProcessorUnits: number | undefined;
  readonly weight: number | undefined;
  readonly entitledCycles: Counter | undefined;
  readonly cappedCycles: Counter | undefined;
  readonly uncappedCycles: Counter | undefined;
  /** Inside capped and uncapped. */
  readonly idleCycles: Counter | undefined;
  /** Outside capped and uncapped. */
  readonly donatedCycles: Counter | undefined;
  readonly dispatchWait: Counter | undefined;
  readonly instructions: Counter | undefined;
}

export interface VirtualEthernetSample extends EthernetCounters {
  /** `U8247.22L.2125D4A-V2-C2` */
  readonly location: string;
  readonly vlanId: number | undefined;
  readonly vswitchId: number | undefined;
  /** Dropped packets, direction unknown. */
  readonly droppedPackets: Counter | undefined;
  /** The part of the traffic that went through the bridge to the outside. */
  readonly externalReceivedBytes: Counter | undefined;
  readonly externalSentBytes: Counter | undefined;
}

export interface SriovPortSample extends EthernetCounters {
  readonly drcIndex: string | undefined;
  readonly location: string;
  readonly physicalAdapterId: string | undefined;
  readonly physicalPortId: string | undefined;
  readonly vnicDeviceMode: string | undefined;
  /** On a port of a VIOS that backs a vNIC: the partition that uses it. */
  readonly clientPartitionId: string | undefined;
  readonly droppedReceivedPackets: Counter | undefined;
  readonly droppedSentPackets: Counter | undefined;
  readonly receiveErrors: Counter | undefined;
  readonly sendErrors: Counter | undefined;
}

/** The client end of a virtual SCSI adapter; its counters are in the document of its VIOS. */
export interface VirtualScsiClientSample {
  readonly location: string;
  readonly viosNumber: number;
  readonly viosSlot: number;
}

/** The client end of a virtual Fibre Channel (NPIV) adapter; its counters are in the document of its VIOS. */
export interface VirtualFibreChannelClientSample {
  readonly location: string;
  readonly viosNumber: number;
  /** 16 lower-case hexadecimal digits each. */
  readonly wwpns: readonly string[];
}

/** Counters that every kind of storage adapter has. */
export interface StorageCounters {
  readonly reads: Counter | undefined;
  readonly writes: Counter | undefined;
  readonly readBytes: Counter | undefined;
  readonly writtenBytes: Counter | undefined;
}

/** The document of one VIOS: what it does for its clients. */
export interface ViosSample extends Sample {
  readonly kind: 'vios';
  /** Partition number. The document has no UUID. */
  readonly number: number;
  readonly name: string | undefined;
  readonly mtms: string | undefined;
  readonly usedMemoryMib: number | undefined;
  readonly ethernetAdapters: readonly ViosEthernetSample[];
  readonly sharedEthernetAdapters: readonly SharedEthernetSample[];
  readonly fibreChannelAdapters: readonly FibreChannelSample[];
  readonly physicalStorageAdapters: readonly ViosStorageAdapterSample[];
  readonly virtualScsiServers: readonly ViosStorageAdapterSample[];
  readonly storagePools: readonly StoragePoolSample[];
}

export interface ViosEthernetSample extends EthernetCounters {
  /** `ent0` */
  readonly id: string;
  readonly type: 'physical' | 'virtual' | (string & {});
  readonly location: string | undefined;
  readonly droppedPackets: Counter | undefined;
}

export interface SharedEthernetSample extends ViosEthernetSample {
  /** The adapters it bridges, `ent3` and `ent5`. */
  readonly bridgedAdapters: readonly string[];
}

export interface FibreChannelSample extends StorageCounters {
  /** `fcs0` */
  readonly id: string;
  readonly wwpn: string | undefined;
  readonly location: string | undefined;
  /** Gbit/s as reported by PCM; 17 means 16, 0 no link. */
  readonly speedGbit: number | undefined;
  readonly ports: readonly FibreChannelPortSample[];
}

/** An NPIV port on a physical Fibre Channel port: the server end of a client's virtual adapter. */
export interface FibreChannelPortSample extends StorageCounters {
  /** `vfchost3` (`vfc1` in some releases) */
  readonly id: string;
  /** The client's, 16 lower-case hexadecimal digits. */
  readonly wwpn: string | undefined;
  readonly location: string | undefined;
}

export interface ViosStorageAdapterSample extends StorageCounters {
  /** `sissas0`, `vhost3` */
  readonly id: string;
  readonly type: string | undefined;
  readonly location: string | undefined;
}

/** A shared storage pool as one VIOS sees it. */
export interface StoragePoolSample extends StorageCounters {
  readonly id: string;
  readonly name: string | undefined;
  readonly totalMib: number | undefined;
  readonly usedMib: number | undefined;
}

/** The lpar document: memory inside the guests, asked through RMC every two minutes (NovaLink). */
export interface GuestMemoryDocument {
  readonly kind: 'lpar';
  readonly partitions: ReadonlyMap<string, GuestMemorySample>;
  readonly problems: readonly DocumentProblem[];
}

export interface GuestMemorySample {
  readonly partitionId: string;
  readonly time: number | undefined;
  /** 6001 partition not running, 6003 RMC inactive; then there are no values. */
  readonly error: SampleError | undefined;
  readonly totalBytes: number | undefined;
  /** Percent, cache counted as available (new RSCT only). */
  readonly availablePercent: number | undefined;
  /** Percent, cache counted as used. */
  readonly freePercent: number | undefined;
  /** Pages per second. */
  readonly pageInRate: number | undefined;
  readonly pageOutRate: number | undefined;
  readonly swapInRate: number | undefined;
  readonly swapOutRate: number | undefined;
  /** Pages of 4 KiB. */
  readonly swapTotalPages: number | undefined;
  readonly swapFreePages: number | undefined;
}

/** The energy document: power and temperatures of the frame. */
export interface EnergySample extends Sample {
  readonly kind: 'energy';
  readonly powerWatts: number | undefined;
  readonly temperatures: readonly TemperatureSample[];
}

export interface TemperatureSample {
  readonly location: 'inlet' | 'cpu' | 'baseboard';
  readonly instance: string;
  readonly celsius: number;
}

/** Any parsed document. */
export type PcmDocument = HypervisorSample | ViosSample | GuestMemoryDocument | EnergySample;

/** The kinds of documents; `documents/document-kinds.ts` says what they differ in. */
export type DocumentKind = PcmDocument['kind'];
