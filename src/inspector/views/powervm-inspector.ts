import { InspectorError } from '../../base/errors/errors.ts';
import { normalizeUuid, partitionUuidOfInstance } from '../../base/text/uuid.ts';
import type { FrameActivity, PartitionActivity } from '../activity.ts';
import type { SampleSource } from './sample-source.ts';
import {
  type DiskIops,
  type DiskRates,
  type DiskStatistics,
  diskIops,
  diskRates,
  diskStatistics,
  type InstanceStatistics,
  instanceStatistics,
  type VnicRates,
  type VnicStatistics,
  vnicRates,
  vnicStatistics,
} from './virt-statistics.ts';

/**
 * The newest sample of every partition in the words of Ceilometer's virt inspector. A thin view of a
 * {@link SampleSource}: synchronous, no request, no state of its own.
 *
 * Partitions are asked for by their own UUID or by the UUID of the OpenStack instance that runs on them, in any
 * spelling. What PCM did not say is left out of the responses.
 */
export class PowerVmInspector {
  readonly #source: SampleSource;

  constructor(source: SampleSource) {
    this.#source = source;
  }

  /** Where this inspector takes its numbers from. */
  get source(): SampleSource {
    return this.#source;
  }

  /** A snapshot for looking up many partitions: it does not change between two calls. */
  snapshot(): InspectorSnapshot {
    return new InspectorSnapshot(this.#source.frames());
  }

  /** Every partition and VIOS with fresh data. */
  partitions(): readonly PartitionActivity[] {
    return this.#source.frames().flatMap((frame) => frame.partitions);
  }

  /** @throws {InspectorError} `POWERVM_UNKNOWN_PARTITION` */
  partition(id: string): PartitionActivity {
    return this.snapshot().partition(id);
  }

  inspectInstance(id: string): InstanceStatistics {
    return instanceStatistics(this.partition(id));
  }

  inspectVnics(id: string): readonly VnicStatistics[] {
    return vnicStatistics(this.partition(id));
  }

  inspectVnicRates(id: string): readonly VnicRates[] {
    return vnicRates(this.partition(id));
  }

  inspectDisks(id: string): readonly DiskStatistics[] {
    return diskStatistics(this.partition(id));
  }

  inspectDiskRates(id: string): readonly DiskRates[] {
    return diskRates(this.partition(id));
  }

  inspectDiskIops(id: string): readonly DiskIops[] {
    return diskIops(this.partition(id));
  }
}

/** The newest sample of every managed system at one moment. */
export class InspectorSnapshot {
  readonly frames: readonly FrameActivity[];
  #partitions: Map<string, PartitionActivity> | undefined;

  constructor(frames: readonly FrameActivity[]) {
    this.frames = frames;
  }

  /** @throws {InspectorError} `POWERVM_UNKNOWN_PARTITION` */
  partition(id: string): PartitionActivity {
    const uuid = normalizeUuid(id);
    const found = this.#byId.get(uuid) ?? this.#byId.get(partitionUuidOfInstance(uuid));
    if (found) return found;
    throw new InspectorError('POWERVM_UNKNOWN_PARTITION', `no managed system has a partition or instance ${id}`, {
      context: { partition: id },
    });
  }

  /** Of a partition that two frames have, as while it migrates, the first. */
  get #byId(): ReadonlyMap<string, PartitionActivity> {
    if (this.#partitions) return this.#partitions;
    const partitions = new Map<string, PartitionActivity>();
    for (const frame of this.frames) {
      for (const partition of frame.partitions) {
        if (!partitions.has(partition.id)) partitions.set(partition.id, partition);
      }
    }
    this.#partitions = partitions;
    return partitions;
  }
}
