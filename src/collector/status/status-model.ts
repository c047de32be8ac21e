/**
 * What the status page knows, as JSON: `/status.json` is a {@link StatusReport}, `/history.json` a {@link FrameHistories},
 * `/frame.json?id=…` a {@link FrameDetail}, `/partition.json?id=…` a {@link PartitionDetail}. The page in the browser is
 * compiled against the same shapes. What PCM did not say is not there. Times are milliseconds since 1970, memory in bytes,
 * processors in processors, traffic in bytes per second.
 */
export interface StatusReport {
  readonly version: string;
  readonly time: number;
  /** Other pages of this collector. */
  readonly links: readonly PageLink[];
  /** What an operator should know, the worst first; empty when all is well. */
  readonly issues: readonly Issue[];
  readonly frames: readonly FrameStatus[];
  readonly partitions: readonly PartitionStatus[];
  readonly consoles: readonly ConsoleStatus[];
  readonly receivers: readonly ReceiverStatus[];
  readonly exporters: readonly ExporterStatus[];
  readonly extensions: readonly ExtensionStatus[];
  /** Where consoles are shared with other collectors. */
  readonly fleets?: readonly FleetStatus[] | undefined;
}

export interface FleetStatus {
  readonly members: readonly {
    readonly name: string;
    readonly version: string;
    readonly groups: number;
    readonly partitions: number;
    /** Milliseconds that the oldest of its newest samples is old. */
    readonly lag?: number | undefined;
  }[];
  readonly groups: readonly {
    readonly group: string;
    readonly owner?: string | undefined;
    /** Other groups whose consoles see systems of this one. */
    readonly joinedWith: readonly string[];
    readonly since?: number | undefined;
    readonly takeovers: number;
    readonly takenOverAt?: number | undefined;
  }[];
}

export interface PageLink {
  readonly title: string;
  /** As it is configured: a host that means this machine is the one at which the reader found this page. */
  readonly url: string;
}

export interface Issue {
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

export interface FrameStatus {
  readonly id: string;
  readonly name: string;
  readonly mtms?: string | undefined;
  /** Of the newest sample; not there when none has come yet. */
  readonly sampleTime?: number | undefined;
  /** That its newest sample says nothing of the present any more. */
  readonly isOld?: boolean | undefined;
  /** Why it cannot be read. */
  readonly reason?: string | undefined;
  readonly partitions: { readonly running: number; readonly total: number };
  readonly processor: {
    readonly configurable?: number | undefined;
    /** What its partitions are entitled to together. */
    readonly entitlement?: number | undefined;
    readonly consumed?: number | undefined;
    readonly busy?: number | undefined;
    /** Unassigned, which is not idle. */
    readonly available?: number | undefined;
    readonly utilization?: number | undefined;
    /** VIOSes that do not report: busy and utilization are not known then. */
    readonly busyWithout?: readonly string[] | undefined;
  };
  readonly memory: { readonly configurable?: number | undefined; readonly unassigned?: number | undefined };
  readonly powerWatts?: number | undefined;
  readonly pools: readonly PoolStatus[];
}

export interface PoolStatus {
  readonly id: number;
  readonly name?: string | undefined;
  readonly size?: number | undefined;
  readonly consumed?: number | undefined;
  readonly utilization?: number | undefined;
}

export interface PartitionStatus {
  /** UUID. */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly state?: string | undefined;
  readonly frame: string;
  readonly frameId: string;
  /** That the newest sample of its frame says nothing of the present any more. */
  readonly isOld?: boolean | undefined;
  readonly entitlement?: number | undefined;
  readonly consumed?: number | undefined;
  readonly busy?: number | undefined;
  readonly consumedUtilization?: number | undefined;
  readonly memory?: number | undefined;
  readonly memoryUsed?: number | undefined;
  readonly network?: number | undefined;
  /** Whose part is not in it: VIOSes that do not report, adapters whose counters could not be read. */
  readonly networkWithout?: readonly string[] | undefined;
  readonly disk?: number | undefined;
  readonly diskWithout?: readonly string[] | undefined;
}

export const frameValues = [
  'entitlement',
  'consumed',
  'busy',
  'available',
  'memory',
  'memoryAssigned',
  'watts',
] as const;
export type FrameValue = (typeof frameValues)[number];

export const partitionValues = ['entitlement', 'consumed', 'busy', 'memory', 'memoryUsed', 'network', 'disk'] as const;
export type PartitionValue = (typeof partitionValues)[number];

/** One value for each sample, oldest first. */
export interface ValuesOverTime<Name extends string> {
  readonly times: readonly number[];
  readonly series: Readonly<Record<Name, readonly (number | null)[]>>;
}

export interface TrafficOverTime {
  readonly incoming: readonly (number | null)[];
  readonly outgoing: readonly (number | null)[];
}

/** By id of the frame. */
export type FrameHistories = Readonly<Record<string, ValuesOverTime<FrameValue>>>;

/** One frame in full: its newest values, its parts, and the last half hour. */
export interface FrameDetail extends ValuesOverTime<FrameValue> {
  readonly frame: FrameStatus;
  readonly facts: readonly Fact[];
  readonly storagePools: readonly StoragePoolStatus[];
  readonly temperatures: readonly { readonly location: string; readonly celsius: number }[];
}

export interface StoragePoolStatus {
  readonly name: string;
  readonly size?: number | undefined;
  readonly usage?: number | undefined;
}

/** One partition in full: its newest values, its adapters, and the last half hour. */
export interface PartitionDetail extends ValuesOverTime<PartitionValue> {
  readonly partition: PartitionStatus;
  readonly sampleTime: number;
  readonly facts: readonly Fact[];
  readonly adapters: readonly AdapterStatus[];
  /** Of a VIOS: by what it reaches the outside. */
  readonly ports: readonly AdapterStatus[];
  /** Of a VIOS: whom it serves, and by which of its ports. */
  readonly clients: readonly ClientStatus[];
}

export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** An adapter of a partition or a port of a VIOS, with the last half hour of it. */
export interface AdapterStatus {
  readonly kind: string;
  readonly name: string;
  readonly vios?: { readonly id?: string | undefined; readonly name: string } | undefined;
  /** On the VIOS: shared Ethernet adapter or Fibre Channel port. */
  readonly port?: string | undefined;
  /** What else is known of it: its VLAN, its place. */
  readonly remark?: string | undefined;
  readonly incoming?: number | undefined;
  readonly outgoing?: number | undefined;
  readonly history: TrafficOverTime;
}

/** An adapter of another partition that a VIOS serves. */
export interface ClientStatus {
  readonly partition: { readonly id: string; readonly name: string };
  readonly kind: string;
  readonly adapter: string;
  readonly port?: string | undefined;
  readonly incoming?: number | undefined;
  readonly outgoing?: number | undefined;
}

export interface ConsoleStatus {
  readonly address: string;
  readonly up?: boolean | undefined;
  /** Whether it can be asked; `refused`: it refused the logon. */
  readonly state?: 'working' | 'failing' | 'refused' | undefined;
  readonly requests: number;
  /** Seconds that its clock is ahead of the local one. */
  readonly clockSkew?: number | undefined;
}

export interface ReceiverStatus {
  readonly id: string;
  readonly systems: number;
  readonly samples: number;
  readonly backfilled: number;
  readonly lost: number;
  readonly documentErrors: number;
}

export interface ExporterStatus {
  readonly name: string;
  readonly state?: 'working' | 'failing' | 'refused' | undefined;
  readonly sent: number;
  readonly failed: number;
  readonly queueSize: number;
  readonly queueCapacity: number;
}

export interface ExtensionStatus {
  readonly name: string;
  readonly state: 'working' | 'failing' | 'refused';
}
