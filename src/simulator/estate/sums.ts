import type { StorageCounters, TrafficCounters } from './model.ts';

export const NO_TRAFFIC: TrafficCounters = {
  receivedBytes: 0,
  sentBytes: 0,
  receivedPackets: 0,
  sentPackets: 0,
  droppedPackets: 0,
};

export const NO_STORAGE: StorageCounters = { numOfReads: 0, numOfWrites: 0, readBytes: 0, writeBytes: 0 };

/** What several adapters did together: what passes through the port, bridge or disk under them. */
export function sumOfTraffic(counters: readonly TrafficCounters[]): TrafficCounters {
  return counters.reduce(plusTraffic, NO_TRAFFIC);
}

export function sumOfStorage(counters: readonly StorageCounters[]): StorageCounters {
  return counters.reduce(plusStorage, NO_STORAGE);
}

export function plusTraffic(one: TrafficCounters, other: TrafficCounters): TrafficCounters {
  return {
    receivedBytes: one.receivedBytes + other.receivedBytes,
    sentBytes: one.sentBytes + other.sentBytes,
    receivedPackets: one.receivedPackets + other.receivedPackets,
    sentPackets: one.sentPackets + other.sentPackets,
    droppedPackets: one.droppedPackets + other.droppedPackets,
  };
}

export function plusStorage(one: StorageCounters, other: StorageCounters): StorageCounters {
  return {
    numOfReads: one.numOfReads + other.numOfReads,
    numOfWrites: one.numOfWrites + other.numOfWrites,
    readBytes: one.readBytes + other.readBytes,
    writeBytes: one.writeBytes + other.writeBytes,
  };
}

/** Every counter with the other sign: adding it takes away. */
export function negative<Counters extends object>(counters: Counters): Counters {
  return Object.fromEntries(Object.entries(counters).map(([name, value]) => [name, -value])) as Counters;
}

export function byName<Item, Value>(
  items: readonly Item[],
  entry: (item: Item, index: number) => readonly [string, Value],
): Readonly<Record<string, Value>> {
  return Object.fromEntries(items.map(entry));
}
