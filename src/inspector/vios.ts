import type {
  PartitionSample,
  StorageCounters,
  ViosEthernetSample,
  ViosSample,
  ViosStorageAdapterSample,
} from '../pcm/model.ts';
import type {
  FibreChannelActivity,
  Timed,
  ViosActivity,
  ViosEthernetActivity,
  ViosStorageActivity,
} from './activity.ts';
import { bytesOf, hasFallen, ratio } from './counters.ts';
import { ethernetPairs } from './ethernet.ts';
import { storageCountersOf, storagePairs } from './storage.ts';
import { continueFrom } from './timed.ts';

/** PCM says 17 Gbit/s for the 16 Gbit/s generation of Fibre Channel. */
const SPEED_WRITTEN_FOR_16 = 17;

/** What a VIOS did for its clients, from its own document (catalog.md, "VIOS only"). */
export function viosActivity(
  partition: PartitionSample,
  document: ViosSample,
  previous: ViosActivity | undefined,
  { fresh, isMasked }: { readonly fresh: boolean; readonly isMasked: boolean },
): ViosActivity {
  if (previous && !fresh && previous.time === document.time) return markStale(previous);
  const { time } = document;
  const usage = isMasked ? undefined : bytesOf(document.usedMemoryMib);
  const ethernet = (adapters: readonly ViosEthernetSample[], before: readonly ViosEthernetActivity[] | undefined) =>
    adapters.map((adapter) => ethernetActivity(adapter, findById(before, adapter.id), { time, fresh }));
  const storage = (adapters: readonly ViosStorageAdapterSample[], before: readonly ViosStorageActivity[] | undefined) =>
    adapters.map((adapter) => ({
      ...storageTimes(adapter, findById(before, adapter.id), { time, fresh }),
      id: adapter.id,
      location: adapter.location,
      ...storageCountersOf(adapter),
    }));
  return {
    ...continueFrom(previous, { time, fresh }, false),
    memory: { usage, utilization: ratio(usage, bytesOf(partition.memory.logicalMib)) },
    sharedEthernetAdapters: ethernet(document.sharedEthernetAdapters, previous?.sharedEthernetAdapters),
    physicalEthernetAdapters: ethernet(
      document.ethernetAdapters.filter((adapter) => adapter.type === 'physical'),
      previous?.physicalEthernetAdapters,
    ),
    virtualEthernetAdapters: ethernet(
      document.ethernetAdapters.filter((adapter) => adapter.type === 'virtual'),
      previous?.virtualEthernetAdapters,
    ),
    fibreChannelAdapters: document.fibreChannelAdapters
      // An all-zero WWPN is an adapter without data; the parser has made it `undefined`.
      .filter((adapter) => adapter.wwpn !== undefined)
      .map(
        (adapter): FibreChannelActivity => ({
          ...storageTimes(adapter, findById(previous?.fibreChannelAdapters, adapter.id), { time, fresh }),
          id: adapter.id,
          wwpn: adapter.wwpn,
          location: adapter.location,
          bitsPerSecond: bitsPerSecond(adapter.speedGbit),
          ...storageCountersOf(adapter),
        }),
      ),
    physicalStorageAdapters: storage(
      // `fscsi0` is `fcs0` once more, seen by the SCSI layer.
      document.physicalStorageAdapters.filter((adapter) => !/^fscsi\d+$/.test(adapter.id)),
      previous?.physicalStorageAdapters,
    ),
    virtualScsiServers: storage(document.virtualScsiServers, previous?.virtualScsiServers),
  };
}

interface Moment {
  readonly time: number;
  readonly fresh: boolean;
}

function ethernetActivity(
  adapter: ViosEthernetSample,
  previous: ViosEthernetActivity | undefined,
  moment: Moment,
): ViosEthernetActivity {
  const restarted = previous !== undefined && hasFallen(ethernetPairs(adapter, previous));
  const { id, location, receivedBytes, sentBytes, receivedPackets, sentPackets, droppedPackets } = adapter;
  return {
    ...continueFrom(previous, moment, restarted),
    id,
    location,
    receivedBytes,
    sentBytes,
    receivedPackets,
    sentPackets,
    droppedPackets,
  };
}

function storageTimes(
  adapter: StorageCounters,
  previous: (StorageCounters & Timed) | undefined,
  moment: Moment,
): Timed {
  return continueFrom(previous, moment, previous !== undefined && hasFallen(storagePairs(adapter, previous)));
}

function bitsPerSecond(gigabits: number | undefined): number | undefined {
  if (gigabits === undefined) return undefined;
  return (gigabits === SPEED_WRITTEN_FOR_16 ? 16 : gigabits) * 1e9;
}

function findById<Adapter extends { readonly id: string }>(
  adapters: readonly Adapter[] | undefined,
  id: string,
): Adapter | undefined {
  return adapters?.find((adapter) => adapter.id === id);
}

/** The same activity, told again for the sake of a joined view: none of its groups makes points. */
function markStale(activity: ViosActivity): ViosActivity {
  const stale = <Group extends Timed>(groups: readonly Group[]): readonly Group[] =>
    groups.map((group) => ({ ...group, fresh: false }));
  return {
    ...activity,
    fresh: false,
    sharedEthernetAdapters: stale(activity.sharedEthernetAdapters),
    physicalEthernetAdapters: stale(activity.physicalEthernetAdapters),
    virtualEthernetAdapters: stale(activity.virtualEthernetAdapters),
    fibreChannelAdapters: stale(activity.fibreChannelAdapters),
    physicalStorageAdapters: stale(activity.physicalStorageAdapters),
    virtualScsiServers: stale(activity.virtualScsiServers),
  };
}
