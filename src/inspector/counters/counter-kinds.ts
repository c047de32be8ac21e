import type { Counter } from '../../pcm/model.ts';
import { hasDecreased } from './counters.ts';

/** The counters of everything that counts, as samples and activities name them. */
export type CounterName =
  | 'receivedBytes'
  | 'sentBytes'
  | 'receivedPackets'
  | 'sentPackets'
  | 'droppedPackets'
  | 'droppedReceivedPackets'
  | 'droppedSentPackets'
  | 'receiveErrors'
  | 'sendErrors'
  | 'externalReceivedBytes'
  | 'externalSentBytes'
  | 'reads'
  | 'writes'
  | 'readBytes'
  | 'writtenBytes'
  | 'cappedCycles'
  | 'uncappedCycles'
  | 'idleCycles'
  | 'donatedCycles'
  | 'entitledCycles'
  | 'dispatchWait'
  | 'instructions'
  | 'totalCycles'
  | 'assignedCycles'
  | 'consumedCycles';

/** Something that counts: a sample or an activity as it is, so that nothing need be built to remember what it counted. */
export type CounterValues = { readonly [name in CounterName]?: Counter | undefined };

/**
 * Counters that begin again together. What is asked of thousands of things with every sample is written out for each set: V8
 * takes ten times as long to read a counter by a variable name.
 */
interface CounterSet {
  /** In the order in which they are written down. */
  readonly counters: readonly CounterName[];
  /** Whether all of them are known. */
  readonly isWhole: (values: CounterValues) => boolean;
  /** Whether any of them is lower than before. */
  readonly hasDecreased: (current: CounterValues, before: CounterValues) => boolean;
}

/** A kind of group of counters. */
export interface CounterKind extends CounterSet {
  /** One word. */
  readonly name: string;
}

/** Which group of counters it is. */
export interface GroupKey {
  /** Whose it is: a partition, a VIOS, the system. What becomes of the owner becomes of its groups. */
  readonly owner: string;
  readonly kind: CounterKind;
  /** Unique in a document among the groups of that kind and owner; empty where there is but one. */
  readonly id: string;
  /** Where what bears the id may change its place: at another place it is another group. */
  readonly location?: string | undefined;
}

/** What a group is called where it is written down. Unique within its owner. */
export function groupName({ kind, id, location }: GroupKey): string {
  return [kind.name, ...(id === '' ? [] : [id]), ...(location === undefined ? [] : [location])].join(' ');
}

const none: CounterSet = { counters: [], isWhole: () => true, hasDecreased: () => false };

const firmware: CounterSet = {
  counters: ['consumedCycles'],
  isWhole: (values) => values.consumedCycles !== undefined,
  hasDecreased: (current, before) => hasDecreased(current.consumedCycles, before.consumedCycles),
};

const physicalPool: CounterSet = {
  counters: ['totalCycles', 'consumedCycles'],
  isWhole: (values) => values.totalCycles !== undefined && values.consumedCycles !== undefined,
  hasDecreased: (current, before) =>
    hasDecreased(current.totalCycles, before.totalCycles) ||
    hasDecreased(current.consumedCycles, before.consumedCycles),
};

const sharedPool: CounterSet = {
  counters: ['assignedCycles', 'consumedCycles'],
  isWhole: (values) => values.assignedCycles !== undefined && values.consumedCycles !== undefined,
  hasDecreased: (current, before) =>
    hasDecreased(current.assignedCycles, before.assignedCycles) ||
    hasDecreased(current.consumedCycles, before.consumedCycles),
};

const cycles: CounterSet = {
  counters: ['cappedCycles', 'uncappedCycles', 'idleCycles', 'donatedCycles', 'entitledCycles'],
  isWhole: (values) =>
    values.cappedCycles !== undefined &&
    values.uncappedCycles !== undefined &&
    values.idleCycles !== undefined &&
    values.donatedCycles !== undefined &&
    values.entitledCycles !== undefined,
  hasDecreased: (current, before) =>
    hasDecreased(current.cappedCycles, before.cappedCycles) ||
    hasDecreased(current.uncappedCycles, before.uncappedCycles) ||
    hasDecreased(current.idleCycles, before.idleCycles) ||
    hasDecreased(current.donatedCycles, before.donatedCycles) ||
    hasDecreased(current.entitledCycles, before.entitledCycles),
};

const dispatch: CounterSet = {
  counters: ['dispatchWait', 'instructions'],
  isWhole: (values) => values.dispatchWait !== undefined && values.instructions !== undefined,
  hasDecreased: (current, before) =>
    hasDecreased(current.dispatchWait, before.dispatchWait) || hasDecreased(current.instructions, before.instructions),
};

const traffic: CounterSet = {
  counters: ['receivedBytes', 'sentBytes', 'receivedPackets', 'sentPackets'],
  isWhole: (values) =>
    values.receivedBytes !== undefined &&
    values.sentBytes !== undefined &&
    values.receivedPackets !== undefined &&
    values.sentPackets !== undefined,
  hasDecreased: (current, before) =>
    hasDecreased(current.receivedBytes, before.receivedBytes) ||
    hasDecreased(current.sentBytes, before.sentBytes) ||
    hasDecreased(current.receivedPackets, before.receivedPackets) ||
    hasDecreased(current.sentPackets, before.sentPackets),
};

const storage: CounterSet = {
  counters: ['reads', 'writes', 'readBytes', 'writtenBytes'],
  isWhole: (values) =>
    values.reads !== undefined &&
    values.writes !== undefined &&
    values.readBytes !== undefined &&
    values.writtenBytes !== undefined,
  hasDecreased: (current, before) =>
    hasDecreased(current.reads, before.reads) ||
    hasDecreased(current.writes, before.writes) ||
    hasDecreased(current.readBytes, before.readBytes) ||
    hasDecreased(current.writtenBytes, before.writtenBytes),
};

const trafficAndDrops: CounterSet = {
  counters: [...traffic.counters, 'droppedPackets'],
  isWhole: (values) => values.droppedPackets !== undefined && traffic.isWhole(values),
  hasDecreased: (current, before) =>
    hasDecreased(current.droppedPackets, before.droppedPackets) || traffic.hasDecreased(current, before),
};

const virtualEthernet: CounterSet = {
  counters: [...trafficAndDrops.counters, 'externalReceivedBytes', 'externalSentBytes'],
  isWhole: (values) =>
    values.externalReceivedBytes !== undefined &&
    values.externalSentBytes !== undefined &&
    trafficAndDrops.isWhole(values),
  hasDecreased: (current, before) =>
    hasDecreased(current.externalReceivedBytes, before.externalReceivedBytes) ||
    hasDecreased(current.externalSentBytes, before.externalSentBytes) ||
    trafficAndDrops.hasDecreased(current, before),
};

const logicalPort: CounterSet = {
  counters: [...traffic.counters, 'droppedReceivedPackets', 'droppedSentPackets', 'receiveErrors', 'sendErrors'],
  isWhole: (values) =>
    values.droppedReceivedPackets !== undefined &&
    values.droppedSentPackets !== undefined &&
    values.receiveErrors !== undefined &&
    values.sendErrors !== undefined &&
    traffic.isWhole(values),
  hasDecreased: (current, before) =>
    hasDecreased(current.droppedReceivedPackets, before.droppedReceivedPackets) ||
    hasDecreased(current.droppedSentPackets, before.droppedSentPackets) ||
    hasDecreased(current.receiveErrors, before.receiveErrors) ||
    hasDecreased(current.sendErrors, before.sendErrors) ||
    traffic.hasDecreased(current, before),
};

const physicalPort: CounterSet = {
  counters: [...trafficAndDrops.counters, 'receiveErrors', 'sendErrors'],
  isWhole: (values) =>
    values.receiveErrors !== undefined && values.sendErrors !== undefined && trafficAndDrops.isWhole(values),
  hasDecreased: (current, before) =>
    hasDecreased(current.receiveErrors, before.receiveErrors) ||
    hasDecreased(current.sendErrors, before.sendErrors) ||
    trafficAndDrops.hasDecreased(current, before),
};

/** All kinds. Their names are those of the registry's records: another name is another series. */
export const counterKinds = {
  itself: { name: 'itself', ...none },
  firmware: { name: 'firmware', ...firmware },
  physicalPool: { name: 'physical-pool', ...physicalPool },
  sharedPool: { name: 'shared-pool', ...sharedPool },
  processor: { name: 'processor', ...cycles },
  dispatch: { name: 'dispatch', ...dispatch },
  virtualEthernet: { name: 'vea', ...virtualEthernet },
  sriov: { name: 'sriov', ...logicalPort },
  vnic: { name: 'vnic', ...logicalPort },
  physicalPort: { name: 'port', ...physicalPort },
  disk: { name: 'disk', ...storage },
  viosShared: { name: 'shared', ...trafficAndDrops },
  viosPhysical: { name: 'physical', ...trafficAndDrops },
  viosVirtual: { name: 'virtual', ...trafficAndDrops },
  viosFibreChannel: { name: 'fc', ...storage },
  viosStorage: { name: 'storage', ...storage },
  viosScsi: { name: 'vscsi', ...storage },
  poolClient: { name: 'vios', ...storage },
} as const satisfies Readonly<Record<string, CounterKind>>;
