/**
 * What the status page knows, as JSON: `/status.json` is a {@link StatusReport}, `/partition.json?id=…` a
 * {@link PartitionHistory}. The page in the browser is compiled against the same shapes. What PCM did not say is not there.
 * Times are milliseconds since 1970, memory in bytes, processors in processors, traffic in bytes per second.
 */
export interface StatusReport {
  readonly version: string;
  readonly time: number;
  /** What an operator should know, the worst first; empty when all is well. */
  readonly troubles: readonly Trouble[];
  readonly frames: readonly FrameStatus[];
  readonly partitions: readonly PartitionStatus[];
  readonly consoles: readonly ConsoleStatus[];
  readonly receivers: readonly ReceiverStatus[];
  readonly exporters: readonly ExporterStatus[];
}

export interface Trouble {
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

export interface FrameStatus {
  readonly id: string;
  readonly name: string;
  readonly mtms?: string | undefined;
  /** Of the newest sample. */
  readonly sampleTime: number;
  readonly processor: {
    readonly configurable?: number | undefined;
    readonly consumed?: number | undefined;
    readonly busy?: number | undefined;
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

/** One partition in full: its newest values, its adapters, and the last half hour. */
export interface PartitionHistory {
  readonly partition: PartitionStatus;
  readonly facts: readonly Fact[];
  readonly adapters: readonly AdapterStatus[];
  /** Oldest first, one for each sample. */
  readonly times: readonly number[];
  readonly series: Readonly<Record<HistoryValue, readonly (number | null)[]>>;
}

export const historyValues = ['entitlement', 'consumed', 'busy', 'network', 'disk'] as const;
export type HistoryValue = (typeof historyValues)[number];

export interface Fact {
  readonly label: string;
  readonly text: string;
}

export interface AdapterStatus {
  readonly kind: string;
  readonly name: string;
  /** Which VIOS, shared Ethernet adapter or port serves it, in words. */
  readonly servedBy?: string | undefined;
  readonly incoming?: number | undefined;
  readonly outgoing?: number | undefined;
}

export interface ConsoleStatus {
  readonly address: string;
  readonly up?: boolean | undefined;
  /** Whether it can be asked; `refused`: it refused the logon. */
  readonly state?: 'working' | 'failing' | 'refused' | undefined;
  readonly requests: number;
  /** Seconds that its clock is ahead of ours. */
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
  readonly sent: number;
  readonly failed: number;
  readonly queueSize: number;
  readonly queueCapacity: number;
}
