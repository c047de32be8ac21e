import type { Condition } from '../base/condition.ts';
import type { HistogramSnapshot } from '../base/histogram.ts';
import type { ReceiverStatistics } from '../receiver/statistics/statistics.ts';

/**
 * What a telemetry process knows about itself: the receiver's own counts, and those of the pipelines and the process
 * around it where there are any.
 */
export interface SelfStatistics {
  readonly receiver: ReceiverStatistics;
  readonly points?: PointStatistics;
  readonly exporters?: readonly ExporterStatistics[];
  readonly extensions?: readonly ExtensionStatistics[];
  readonly process?: ProcessStatistics;
  /** What extensions know of the instances of a cloud. */
  readonly clouds?: readonly CloudStatistics[];
  /** Fleets in which it shares consoles with others. */
  readonly fleets?: readonly FleetStatistics[];
}

/** What a collector knows of the fleet in which it shares consoles with others. */
export interface FleetStatistics {
  /** Of the extension: `etcd`. */
  readonly name: string;
  readonly members: readonly {
    readonly name: string;
    readonly version: string;
    readonly groups: number;
    readonly partitions: number;
    /** Milliseconds that the oldest of its newest samples is old. */
    readonly lag: number | undefined;
  }[];
  readonly groups: readonly {
    readonly group: string;
    readonly owner: string | undefined;
    /** Other groups whose consoles see systems of this one. */
    readonly joinedWith: readonly string[];
    /** Milliseconds since 1970. */
    readonly since: number | undefined;
    readonly takeovers: number;
    readonly takenOverAt: number | undefined;
  }[];
  readonly consolesHeld: number;
  readonly takeovers: number;
  readonly handovers: number;
  readonly leasesLost: number;
  readonly etcd: readonly (HistogramSnapshot & {
    /** `kv/txn` */
    readonly operation: string;
    readonly errorType: string | undefined;
  })[];
}

/** The directory of instances of one cloud. */
export interface CloudStatistics {
  /** Of the extension: `openstack`, `openstack/eu`. */
  readonly name: string;
  /** Seconds since Nova's newest complete answer; `undefined` before the first one. */
  readonly age: number | undefined;
  readonly instances: number;
}

export interface PointStatistics {
  readonly scrapedPoints: number;
  /** Absent where they are not counted. */
  readonly erroredPoints?: number;
  readonly acceptedPoints: number;
}

export interface ExporterStatistics {
  readonly name: string;
  readonly sentPoints: number;
  readonly failedPoints: number;
  readonly enqueueFailedPoints: number;
  /** Whether the metrics of another receiver already report the exporter as a whole, which is all that follows. */
  readonly isReportedElsewhere?: boolean;
  /** Batches. */
  readonly queueSize: number;
  readonly queueCapacity: number;
  /** Values of partitions that are no instance; of exporters that ask. */
  readonly withoutInstance?: number;
  /** Values that wait until it is known whether their partition is one. */
  readonly undecided?: number;
  /** Whether the destination takes what it gets, and why not; undefined before the first attempt. */
  readonly condition: Condition | undefined;
}

/** A part of the collector beside its pipelines that depends on something outside, such as a cloud. */
export interface ExtensionStatistics {
  /** `openstack` */
  readonly name: string;
  readonly condition: Condition | undefined;
}

export interface ProcessStatistics {
  /** Bytes. */
  readonly residentMemory: number;
  readonly cpuSeconds: number;
  /** Seconds. */
  readonly uptime: number;
}
