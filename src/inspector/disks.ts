import type { JoinedStorageAdapter, StorageJoin } from '../pcm/join.ts';
import type { PartitionSample } from '../pcm/model.ts';
import type { DiskActivity, ViosReference } from './activity.ts';
import type { Baselines } from './baselines.ts';
import { storageCounters, storageRates } from './storage.ts';
import { type StartTimes, viosSource } from './timed.ts';

export interface DiskContext {
  readonly join: StorageJoin;
  readonly viosReference: (number: number, name: string | undefined) => ViosReference;
  /** Partition numbers of the VIOSes whose document is new. */
  readonly freshVioses: ReadonlySet<number>;
  readonly starts: StartTimes;
  readonly baselines: Baselines;
  /** The last known activity of an adapter, also from before an instant at which its VIOS was silent. */
  readonly lastKnown: (partitionId: string, viosNumber: number, adapterId: string) => DiskActivity | undefined;
}

/** The storage adapters of a partition, with the time of the VIOS documents that count them. */
export function diskActivities(partition: PartitionSample, context: DiskContext): readonly DiskActivity[] {
  const disks: DiskActivity[] = [];
  for (const adapter of context.join.adaptersOf(partition)) {
    // Two entries of a document may lead to one adapter of a VIOS.
    const isKnown = disks.some((disk) => isSameDisk(disk, adapter));
    if (!isKnown) disks.push(diskActivity(partition, adapter, context));
  }
  return disks;
}

function isSameDisk(disk: DiskActivity, { type, id, vios, clientLocation }: JoinedStorageAdapter): boolean {
  return disk.id === id && disk.type === type && disk.vios.number === vios.number && disk.location === clientLocation;
}

function diskActivity(partition: PartitionSample, adapter: JoinedStorageAdapter, context: DiskContext): DiskActivity {
  const previous = context.lastKnown(partition.id, adapter.vios.number, adapter.id);
  // Two VIOSes that serve one partition both have a vhost0: only together with the VIOS the name is an identity.
  const device = previous?.device ?? `vios${adapter.vios.number}.${adapter.id}`;
  const { time } = adapter.vios;
  const fresh = context.freshVioses.has(adapter.vios.number);
  if (previous && !fresh && previous.time === time) return { ...previous, fresh: false };
  const { counters } = adapter;
  // These documents have no timebase: the time stamps are what rates divide by.
  const stampAt = (moment: number) => ({ time: moment, timebaseCycles: undefined, cyclesPerSecond: 1 });
  const comparison = context.baselines.compare(
    `disk ${partition.id} ${device} ${adapter.clientLocation}`,
    storageCounters(counters),
    previous && { stamp: stampAt(previous.time), counters: storageCounters(previous) },
    stampAt(time),
  );
  const { restarted } = comparison;
  return {
    time,
    startTime: context.starts.startOf(
      {
        owner: partition.id,
        name: `disk ${device} ${adapter.clientLocation}`,
        source: viosSource(adapter.vios.number),
        time,
        counters: storageCounters(counters),
      },
      { previous, restarted },
    ),
    fresh,
    type: adapter.type,
    device,
    id: adapter.id,
    location: adapter.clientLocation,
    vios: context.viosReference(adapter.vios.number, adapter.vios.name),
    wwpn: adapter.wwpn,
    fibreChannelAdapterId: adapter.fibreChannelAdapterId,
    reads: counters.reads,
    writes: counters.writes,
    readBytes: counters.readBytes,
    writtenBytes: counters.writtenBytes,
    rates: restarted ? undefined : storageRates(comparison, counters),
  };
}
