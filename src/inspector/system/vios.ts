import type {
  PartitionSample,
  StorageCounters,
  ViosEthernetSample,
  ViosSample,
  ViosStorageAdapterSample,
} from '../../pcm/model.ts';
import type {
  FibreChannelActivity,
  Timed,
  ViosActivity,
  ViosEthernetActivity,
  ViosStorageActivity,
} from '../activity.ts';
import { type CounterKind, type CounterValues, counterKinds } from '../counters/counter-kinds.ts';
import { bytesOf, ratio } from '../counters/counters.ts';
import { type StartTimes, viosSource } from '../counters/timed.ts';

/** PCM says 17 Gbit/s for the 16 Gbit/s generation of Fibre Channel. */
const SPEED_WRITTEN_FOR_16 = 17;

/** What a VIOS did for its clients, from its own document (docs/reference/pcm-documents.md#vios-documents). */
export function viosActivity(
  partition: PartitionSample,
  document: ViosSample,
  previous: ViosActivity | undefined,
  { fresh, isMasked, starts }: { readonly fresh: boolean; readonly isMasked: boolean; readonly starts: StartTimes },
): ViosActivity {
  if (previous && !fresh && previous.time === document.time) return markStale(previous);
  const { time } = document;
  // A VIOS that uses no memory at all is one that RMC does not reach.
  const usage = isMasked || document.usedMemoryMib === 0 ? undefined : bytesOf(document.usedMemoryMib);
  const source = viosSource(document.number);
  const startOf: StartOf = (kind, { id, location }, counters, before, restarted) =>
    starts.startOf({ owner: source, kind, id, location, source, time, counters }, { previous: before, restarted });
  const moment = { time, fresh, startOf };
  const ethernet = (
    kind: CounterKind,
    adapters: readonly ViosEthernetSample[],
    before: readonly ViosEthernetActivity[] | undefined,
  ) => {
    const known = lookUp(before);
    return adapters.map((adapter, index) => ethernetActivity(kind, adapter, known(adapter.id, index), moment));
  };
  const storage = (
    kind: CounterKind,
    adapters: readonly ViosStorageAdapterSample[],
    before: readonly ViosStorageActivity[] | undefined,
  ) => {
    const known = lookUp(before);
    return adapters.map((adapter, index) => storageActivity(kind, adapter, known(adapter.id, index), moment));
  };
  const knownFibreChannel = lookUp(previous?.fibreChannelAdapters);
  return {
    time,
    startTime: startOf(counterKinds.itself, ITSELF, {}, previous, false),
    fresh,
    memory: { usage, utilization: ratio(usage, bytesOf(partition.memory.logicalMib)) },
    sharedEthernetAdapters: ethernet(
      counterKinds.viosShared,
      document.sharedEthernetAdapters,
      previous?.sharedEthernetAdapters,
    ),
    physicalEthernetAdapters: ethernet(
      counterKinds.viosPhysical,
      document.ethernetAdapters.filter((adapter) => adapter.type === 'physical'),
      previous?.physicalEthernetAdapters,
    ),
    virtualEthernetAdapters: ethernet(
      counterKinds.viosVirtual,
      document.ethernetAdapters.filter((adapter) => adapter.type === 'virtual'),
      previous?.virtualEthernetAdapters,
    ),
    fibreChannelAdapters: document.fibreChannelAdapters
      // An all-zero WWPN is an adapter without data; the parser has made it `undefined`.
      .filter((adapter) => adapter.wwpn !== undefined)
      .map(
        (adapter, index): FibreChannelActivity => ({
          ...storageActivity(counterKinds.viosFibreChannel, adapter, knownFibreChannel(adapter.id, index), moment),
          wwpn: adapter.wwpn,
          bitsPerSecond: bitsPerSecond(adapter.speedGbit),
        }),
      ),
    physicalStorageAdapters: storage(
      counterKinds.viosStorage,
      // `fscsi0` is `fcs0` once more, seen by the SCSI layer.
      document.physicalStorageAdapters.filter((adapter) => !/^fscsi\d+$/.test(adapter.id)),
      previous?.physicalStorageAdapters,
    ),
    virtualScsiServers: storage(counterKinds.viosScsi, document.virtualScsiServers, previous?.virtualScsiServers),
  };
}

type StartOf = (
  kind: CounterKind,
  place: { readonly id: string; readonly location: string | undefined },
  counters: CounterValues,
  previous: Timed | undefined,
  restarted: boolean,
) => number;

const ITSELF = { id: '', location: undefined };

interface Moment {
  readonly time: number;
  readonly fresh: boolean;
  readonly startOf: StartOf;
}

function ethernetActivity(
  kind: CounterKind,
  adapter: ViosEthernetSample,
  previous: ViosEthernetActivity | undefined,
  { time, fresh, startOf }: Moment,
): ViosEthernetActivity {
  const restarted = previous !== undefined && kind.hasDecreased(adapter, previous);
  const { id, location, receivedBytes, sentBytes, receivedPackets, sentPackets, droppedPackets } = adapter;
  return {
    time,
    startTime: startOf(kind, adapter, adapter, previous, restarted),
    fresh,
    id,
    location,
    receivedBytes,
    sentBytes,
    receivedPackets,
    sentPackets,
    droppedPackets,
  };
}

function storageActivity(
  kind: CounterKind,
  adapter: StorageCounters & Pick<ViosStorageActivity, 'id' | 'location'>,
  previous: (StorageCounters & Timed) | undefined,
  { time, fresh, startOf }: Moment,
): ViosStorageActivity {
  const { id, location, reads, writes, readBytes, writtenBytes } = adapter;
  const restarted = previous !== undefined && kind.hasDecreased(adapter, previous);
  const startTime = startOf(kind, adapter, adapter, previous, restarted);
  return { time, startTime, fresh, id, location, reads, writes, readBytes, writtenBytes };
}

function bitsPerSecond(gigabits: number | undefined): number | undefined {
  if (gigabits === undefined) return undefined;
  return (gigabits === SPEED_WRITTEN_FOR_16 ? 16 : gigabits) * 1e9;
}

/**
 * Finds the adapter of the document before. It is nearly always at the same index; where it is not, a map is made,
 * since a VIOS of a large frame has hundreds of adapters.
 */
function lookUp<Adapter extends { readonly id: string }>(
  adapters: readonly Adapter[] = [],
): (id: string, index: number) => Adapter | undefined {
  let byId: ReadonlyMap<string, Adapter> | undefined;
  return (id, index) => {
    const expected = adapters[index];
    if (expected?.id === id) return expected;
    byId ??= new Map(adapters.map((adapter) => [adapter.id, adapter]));
    return byId.get(id);
  };
}

/** The same activity, repeated for a joined view: none of its groups makes points. */
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
