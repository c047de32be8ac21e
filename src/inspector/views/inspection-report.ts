import type { Counter } from '../../pcm/model.ts';
import type { FrameActivity, PartitionActivity } from '../activity.ts';
import {
  type DiskIops,
  type DiskRates,
  type DiskStatistics,
  diskIops,
  diskRates,
  diskStatistics,
  type InstanceStatistics,
  instanceStatistics,
  present,
  type VnicRates,
  type VnicStatistics,
  vnicRates,
  vnicStatistics,
} from './virt-statistics.ts';

/** What `otel-powervm inspect --format json` prints: a contract with other programs. */
export interface InspectionReport {
  readonly systems: readonly SystemReport[];
}

export interface SystemReport {
  readonly id: string;
  readonly name?: string;
  readonly mtms?: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly sample_time: string;
  readonly previous_sample_time?: string;
  readonly status: number;
  /** By partition number. */
  readonly partitions: readonly PartitionReport[];
}

export interface PartitionReport {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly state?: string;
  readonly instance: InstanceStatistics;
  /** Processors. */
  readonly cpu: { readonly entitlement?: number; readonly consumed?: number; readonly busy?: number };
  /** Raw counters. */
  readonly cycles: {
    readonly capped?: Counter;
    readonly uncapped?: Counter;
    readonly idle?: Counter;
    readonly donated?: Counter;
    readonly entitled?: Counter;
  };
  readonly vnics: readonly VnicStatistics[];
  readonly vnic_rates: readonly VnicRates[];
  readonly disks: readonly DiskStatistics[];
  readonly disk_rates: readonly DiskRates[];
  readonly disk_iops: readonly DiskIops[];
}

export function inspectionReport(frames: readonly FrameActivity[]): InspectionReport {
  return { systems: frames.map(systemReport) };
}

function systemReport({ system, time, previousTime, partitions }: FrameActivity): SystemReport {
  return present({
    id: system.description.id,
    name: system.description.name,
    mtms: system.description.mtms,
    sample_time: new Date(time).toISOString(),
    previous_sample_time: previousTime === undefined ? undefined : new Date(previousTime).toISOString(),
    status: system.status,
    partitions: [...partitions].sort((left, right) => left.number - right.number).map(partitionReport),
  });
}

function partitionReport(partition: PartitionActivity): PartitionReport {
  const { processor } = partition;
  return present({
    id: partition.id,
    number: partition.number,
    name: partition.name,
    type: partition.type,
    state: partition.state,
    instance: instanceStatistics(partition),
    cpu: present({ entitlement: processor.entitlement, consumed: processor.consumed, busy: processor.busy }),
    cycles: present({
      capped: processor.cappedCycles,
      uncapped: processor.uncappedCycles,
      idle: processor.idleCycles,
      donated: processor.donatedCycles,
      entitled: processor.entitledCycles,
    }),
    vnics: vnicStatistics(partition),
    vnic_rates: vnicRates(partition),
    disks: diskStatistics(partition),
    disk_rates: diskRates(partition),
    disk_iops: diskIops(partition),
  });
}

/** Marks an integer on its way through `JSON.stringify`, which knows no `bigint`. */
const INTEGER_MARK = '\u0001integer:';

/** JSON with every integer written in full, also above 2^53. */
export function stringifyReport(report: InspectionReport, indentation?: number): string {
  const text = JSON.stringify(
    report,
    (_, value: unknown) => (typeof value === 'bigint' ? `${INTEGER_MARK}${value}` : value),
    indentation,
  );
  return text.replaceAll(/"\\u0001integer:(-?\d+)"/g, '$1');
}
