import type { JoinedStorageAdapter, StorageJoin } from '../../pcm/assembly/adapter-join.ts';
import type { PartitionSample } from '../../pcm/model.ts';
import type { DiskActivity, ViosReference } from '../activity.ts';
import type { Baselines } from '../counters/baselines.ts';
import { counterKinds } from '../counters/counter-kinds.ts';
import type { DocumentStamp } from '../counters/elapsed.ts';
import { type StartTimes, viosSource } from '../counters/timed.ts';
import { storageRates } from './storage.ts';

const NONE: readonly DiskActivity[] = [];

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

/**
 * The storage adapters of a partition, with the time of the VIOS documents that count them.
 * @param owner UUID of the partition
 */
export function diskActivities(
  owner: string,
  partition: PartitionSample,
  context: DiskContext,
): readonly DiskActivity[] {
  const adapters = context.join.adaptersOf(partition);
  if (adapters.length === 0) return NONE;
  const disks: DiskActivity[] = [];
  for (const adapter of adapters) {
    // Two entries of a document may lead to one adapter of a VIOS.
    const isKnown = disks.some((disk) => isSameDisk(disk, adapter));
    if (!isKnown) disks.push(diskActivity(owner, adapter, context));
  }
  return disks;
}

function isSameDisk(disk: DiskActivity, { type, id, vios, clientLocation }: JoinedStorageAdapter): boolean {
  return disk.id === id && disk.type === type && disk.vios.number === vios.number && disk.location === clientLocation;
}

function diskActivity(owner: string, adapter: JoinedStorageAdapter, context: DiskContext): DiskActivity {
  const previous = context.lastKnown(owner, adapter.vios.number, adapter.id);
  // Two VIOSes that serve one partition both have a vhost0: only together with the VIOS the name is an identity.
  const device = previous?.device ?? `vios${adapter.vios.number}.${adapter.id}`;
  const location = previous?.location === adapter.clientLocation ? previous.location : adapter.clientLocation;
  const { time } = adapter.vios;
  const fresh = context.freshVioses.has(adapter.vios.number);
  if (previous && !fresh && previous.time === time) return { ...previous, fresh: false };
  const { counters } = adapter;
  const group = {
    owner,
    kind: counterKinds.disk,
    id: device,
    location,
    source: viosSource(adapter.vios.number),
    time,
    counters,
  };
  const before = previous && { stamp: stampAt(previous.time), counters: previous };
  const comparison = context.baselines.compare(group, before, stampAt(time));
  const { restarted } = comparison;
  return {
    time,
    startTime: context.starts.startOf(group, { previous, restarted }),
    fresh,
    type: adapter.type,
    device,
    id: adapter.id,
    location,
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

/** Documents of a VIOS have no timebase: their time stamps are what rates divide by. */
function stampAt(time: number): DocumentStamp {
  return { time, timebaseCycles: undefined, cyclesPerSecond: 1 };
}
