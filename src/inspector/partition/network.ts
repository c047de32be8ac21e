import { type BackingPort, type BridgeJoin, withoutPortSuffix } from '../../pcm/assembly/adapter-join.ts';
import type { PartitionSample, SriovPortSample, VirtualEthernetSample } from '../../pcm/model.ts';
import type { NetworkAdapterActivity, PartitionActivity, ViosReference } from '../activity.ts';
import type { Baselines, Comparison } from '../counters/baselines.ts';
import { type CounterValues, counterKinds } from '../counters/counter-kinds.ts';
import type { DocumentStamp } from '../counters/elapsed.ts';
import { type CounterGroup, HYPERVISOR, type StartTimes } from '../counters/timed.ts';
import type { PartitionInventory } from '../inventory.ts';
import { ethernetRates } from '../system/ethernet.ts';

const NONE: readonly NetworkAdapterActivity[] = [];
const NO_VIOSES: readonly ViosReference[] = [];
const KINDS = { vea: counterKinds.virtualEthernet, sriov: counterKinds.sriov, vnic: counterKinds.vnic } as const;

export interface NetworkContext {
  /** UUID of the partition. */
  readonly owner: string;
  readonly time: number;
  readonly starts: StartTimes;
  /** Whether the counters of the partition went up by what was not done here: nothing of it continues. */
  readonly jumped: boolean;
  readonly fresh: boolean;
  readonly baselines: Baselines;
  /** Of the document that the adapters before are of. */
  readonly previousStamp: DocumentStamp | undefined;
  readonly inventory: PartitionInventory | undefined;
  readonly awaitsAdapters: boolean;
  readonly bridges: BridgeJoin;
  readonly viosReference: (number: number, name: string | undefined) => ViosReference;
  /** vNIC ports on VIOSes that carry this partition's traffic. */
  readonly backingPorts: readonly BackingPort[];
}

/**
 * The network adapters of a partition: virtual Ethernet, SR-IOV logical ports, and its vNICs, whose bytes a VIOS counts
 * but the client owns. A VIOS's own list excludes ports that back a vNIC, so no byte is counted twice.
 */
export function networkActivities(
  partition: PartitionSample,
  previous: readonly NetworkAdapterActivity[] | undefined,
  context: NetworkContext,
): readonly NetworkAdapterActivity[] {
  const adapters: NetworkAdapterActivity[] = [];
  for (const adapter of partition.virtualEthernetAdapters) {
    adapters.push(virtualEthernetActivity(partition, adapter, find(previous, 'vea', adapter.location), context));
  }
  for (const port of partition.sriovPorts) {
    if (port.clientPartitionId !== undefined) continue;
    adapters.push(sriovActivity(port, 'sriov', undefined, find(previous, 'sriov', port.location), context));
  }
  for (const { vios, port } of context.backingPorts) {
    const reference = { id: vios.id, number: vios.number, name: vios.name };
    adapters.push(sriovActivity(port, 'vnic', reference, find(previous, 'vnic', port.location), context));
  }
  leaveOutMissing(previous, adapters, context);
  return adapters;
}

/**
 * VIOSes that carried vNICs of a partition and are not listed any more: their ports would hold the counters.
 * @param vioses that are listed, by partition number
 */
export function missingViosesOfNetwork(
  previous: PartitionActivity | undefined,
  vioses: ReadonlyMap<number, PartitionSample>,
): readonly ViosReference[] {
  const isOnVios =
    previous?.networkAdapters.some(({ type }) => type === 'vnic') || previous?.unreportedVioses.network.length;
  if (!previous || !isOnVios) return NO_VIOSES;
  const carryingVioses = previous.networkAdapters.flatMap(({ type, vios }) => (type === 'vnic' && vios ? [vios] : []));
  const missing = [...carryingVioses, ...previous.unreportedVioses.network].filter(({ number }) => !vioses.has(number));
  return [...new Map(missing.map((vios) => [vios.number, vios])).values()];
}

function find(
  adapters: readonly NetworkAdapterActivity[] | undefined,
  type: NetworkAdapterActivity['type'],
  location: string,
): NetworkAdapterActivity | undefined {
  for (const adapter of adapters ?? NONE) if (adapter.type === type && adapter.location === location) return adapter;
  return undefined;
}

function virtualEthernetActivity(
  partition: PartitionSample,
  adapter: VirtualEthernetSample,
  previous: NetworkAdapterActivity | undefined,
  context: NetworkContext,
): NetworkAdapterActivity {
  const isVios = partition.type === 'vios';
  const bridge = isVios ? undefined : context.bridges.bridgeOf(adapter);
  const location = previous?.location ?? adapter.location;
  const group = groupOf('vea', location, adapter, context);
  const comparison = compare(group, previous, context);
  const restarted = context.jumped || comparison.restarted;
  return {
    time: context.time,
    startTime: context.starts.startOf(group, { previous, restarted }),
    fresh: context.fresh,
    type: 'vea',
    location,
    id: undefined,
    vlanId: adapter.vlanId,
    vswitchId: adapter.vswitchId,
    trunk: isVios && context.bridges.isTrunk(partition.number, adapter.location),
    inventory: context.inventory?.clientAdapters.get(withoutPortSuffix(location)),
    isDescribed: isDescribed(location, context),
    vios: bridge && context.viosReference(bridge.viosNumber, undefined),
    sharedEthernetAdapterId: bridge?.adapter.id,
    receivedBytes: adapter.receivedBytes,
    sentBytes: adapter.sentBytes,
    receivedPackets: adapter.receivedPackets,
    sentPackets: adapter.sentPackets,
    droppedPackets: adapter.droppedPackets,
    droppedReceivedPackets: undefined,
    droppedSentPackets: undefined,
    receiveErrors: undefined,
    sendErrors: undefined,
    externalReceivedBytes: adapter.externalReceivedBytes,
    externalSentBytes: adapter.externalSentBytes,
    rates: restarted ? undefined : ethernetRates(comparison, adapter),
  };
}

function sriovActivity(
  port: SriovPortSample,
  type: 'sriov' | 'vnic',
  vios: ViosReference | undefined,
  previous: NetworkAdapterActivity | undefined,
  context: NetworkContext,
): NetworkAdapterActivity {
  const location = previous?.location ?? port.location;
  const group = groupOf(type, location, port, context);
  const comparison = compare(group, previous, context);
  const restarted = context.jumped || comparison.restarted;
  return {
    time: context.time,
    startTime: context.starts.startOf(group, { previous, restarted }),
    fresh: context.fresh,
    type,
    location,
    id: port.drcIndex,
    vlanId: undefined,
    vswitchId: undefined,
    trunk: false,
    inventory: context.inventory?.clientAdapters.get(withoutPortSuffix(location)),
    // What backs a vNIC is no adapter of the partition's inventory.
    isDescribed: type === 'vnic' || isDescribed(location, context),
    vios,
    sharedEthernetAdapterId: undefined,
    receivedBytes: port.receivedBytes,
    sentBytes: port.sentBytes,
    receivedPackets: port.receivedPackets,
    sentPackets: port.sentPackets,
    droppedPackets: undefined,
    droppedReceivedPackets: port.droppedReceivedPackets,
    droppedSentPackets: port.droppedSentPackets,
    receiveErrors: port.receiveErrors,
    sendErrors: port.sendErrors,
    externalReceivedBytes: undefined,
    externalSentBytes: undefined,
    rates: restarted ? undefined : ethernetRates(comparison, port),
  };
}

/** Whether the inventory has said of an adapter what it will ever say. */
function isDescribed(location: string, { inventory, awaitsAdapters }: NetworkContext): boolean {
  const place = withoutPortSuffix(location);
  return (
    !awaitsAdapters || inventory?.clientAdapters.has(place) === true || inventory?.askedAdapters?.has(place) === true
  );
}

function compare(
  group: CounterGroup,
  previous: NetworkAdapterActivity | undefined,
  { baselines, previousStamp }: NetworkContext,
): Comparison {
  return baselines.compare(group, previous && previousStamp && { stamp: previousStamp, counters: previous });
}

/** An adapter without its location cannot be distinguished from the others, and may be there all the same. */
function leaveOutMissing(
  previous: readonly NetworkAdapterActivity[] | undefined,
  adapters: readonly NetworkAdapterActivity[],
  context: NetworkContext,
): void {
  const { baselines, previousStamp } = context;
  if (!previous || !previousStamp) return;
  for (const [index, adapter] of previous.entries()) {
    const { type, location } = adapter;
    const same = adapters[index];
    if ((same?.type === type && same.location === location) || find(adapters, type, location)) continue;
    baselines.leaveOut(groupOf(type, location, adapter, context), { stamp: previousStamp, counters: adapter });
  }
}

function groupOf(
  type: NetworkAdapterActivity['type'],
  location: string,
  counters: CounterValues,
  { owner, time }: NetworkContext,
): CounterGroup {
  return { owner, kind: KINDS[type], id: location, source: HYPERVISOR, time, counters };
}
