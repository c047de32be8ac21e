import type { ReceiverStatistics } from '../receiver/statistics.ts';

/**
 * What a telemetry process knows about itself: the receiver's own counts, and those of the pipelines and the process
 * around it where there are any.
 */
export interface SelfStatistics {
  readonly receiver: ReceiverStatistics;
  readonly points?: PointStatistics;
  readonly exporters?: readonly ExporterStatistics[];
  readonly process?: ProcessStatistics;
}

export interface PointStatistics {
  readonly scrapedPoints: number;
  /** Absent where nobody counts them. */
  readonly erroredPoints?: number;
  readonly acceptedPoints: number;
}

export interface ExporterStatistics {
  readonly name: string;
  readonly sentPoints: number;
  readonly failedPoints: number;
  readonly enqueueFailedPoints: number;
  /** Batches. */
  readonly queueSize: number;
  readonly queueCapacity: number;
}

export interface ProcessStatistics {
  /** Bytes. */
  readonly residentMemory: number;
  readonly cpuSeconds: number;
  /** Seconds. */
  readonly uptime: number;
}
