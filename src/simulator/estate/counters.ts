import { burstWork, steadyWork } from './load.ts';
import type { SimulatedPartition, SimulatedSystem, SimulatedVios } from './model.ts';

/** The timebase of every Power server that PCM knows, in Hz. */
export const CYCLES_PER_SECOND = 512_000_000;
const BYTES_PER_PACKET = 900;
const BYTES_PER_OPERATION = 32_768;

/** Whole cycles since the partition was started. */
export interface ProcessorCounters {
  readonly capped: number;
  readonly uncapped: number;
  readonly idle: number;
  readonly donated: number;
  readonly entitled: number;
}

/** @param time milliseconds since 1970 */
export function processorCounters(partition: SimulatedPartition, time: number): ProcessorCounters {
  if (partition.state === 'Not Activated') return { capped: 0, uncapped: 0, idle: 0, donated: 0, entitled: 0 };
  const { from, to } = span(partition, time);
  const capped = cycles(steadyWork(partition.load, from, to));
  const uncapped = cycles(burstWork(partition.load, from, to));
  const entitled = cycles(partition.entitlement * (to - from));
  const isDonating = partition.mode === 'share_idle_procs';
  return {
    capped,
    uncapped,
    idle: Math.floor(capped * partition.load.idleShare),
    // A dedicated partition lends what it does not use.
    donated: isDonating ? entitled - capped : 0,
    entitled,
  };
}

export interface TrafficCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
  readonly droppedPackets: number;
}

/** @param bytesPerWork bytes for each second of processor time */
export function trafficCounters(partition: SimulatedPartition, bytesPerWork: number, time: number): TrafficCounters {
  const bytes = work(partition, time) * bytesPerWork;
  const receivedPackets = Math.floor((bytes * 0.6) / BYTES_PER_PACKET);
  const sentPackets = Math.floor((bytes * 0.4) / BYTES_PER_PACKET);
  return {
    receivedBytes: receivedPackets * BYTES_PER_PACKET,
    sentBytes: sentPackets * BYTES_PER_PACKET,
    receivedPackets,
    sentPackets,
    droppedPackets: Math.floor(receivedPackets / 2_000_000),
  };
}

export interface StorageCounters {
  readonly numOfReads: number;
  readonly numOfWrites: number;
  readonly readBytes: number;
  readonly writeBytes: number;
}

export function storageCounters(partition: SimulatedPartition, bytesPerWork: number, time: number): StorageCounters {
  const operations = (work(partition, time) * bytesPerWork) / BYTES_PER_OPERATION;
  const numOfReads = Math.floor(operations * 0.7);
  const numOfWrites = Math.floor(operations * 0.3);
  return {
    numOfReads,
    numOfWrites,
    readBytes: numOfReads * BYTES_PER_OPERATION,
    writeBytes: numOfWrites * BYTES_PER_OPERATION,
  };
}

/** What several adapters did together: what passes through the port, bridge or disk under them. */
export function sumOfStorage(counters: readonly StorageCounters[]): StorageCounters {
  return counters.reduce(
    (sum, one) => ({
      numOfReads: sum.numOfReads + one.numOfReads,
      numOfWrites: sum.numOfWrites + one.numOfWrites,
      readBytes: sum.readBytes + one.readBytes,
      writeBytes: sum.writeBytes + one.writeBytes,
    }),
    { numOfReads: 0, numOfWrites: 0, readBytes: 0, writeBytes: 0 },
  );
}

export function sumOfTraffic(counters: readonly TrafficCounters[]): TrafficCounters {
  return counters.reduce(
    (sum, one) => ({
      receivedBytes: sum.receivedBytes + one.receivedBytes,
      sentBytes: sum.sentBytes + one.sentBytes,
      receivedPackets: sum.receivedPackets + one.receivedPackets,
      sentPackets: sum.sentPackets + one.sentPackets,
      droppedPackets: sum.droppedPackets + one.droppedPackets,
    }),
    { receivedBytes: 0, sentBytes: 0, receivedPackets: 0, sentPackets: 0, droppedPackets: 0 },
  );
}

/** Processor seconds of everybody on the frame per second, right now: what heats it. */
export function presentLoad(system: SimulatedSystem, time: number): number {
  return everyone(system)
    .filter(({ state }) => state !== 'Not Activated')
    .reduce((sum, { load }) => {
      const second = time / 1000;
      return sum + steadyWork(load, second - 1, second) + burstWork(load, second - 1, second);
    }, 0);
}

export function everyone(system: SimulatedSystem): readonly (SimulatedPartition | SimulatedVios)[] {
  return [...system.partitions, ...system.vioses];
}

export function cycles(seconds: number): number {
  return Math.floor(seconds * CYCLES_PER_SECOND);
}

function work(partition: SimulatedPartition, time: number): number {
  if (partition.state !== 'Running') return 0;
  const { from, to } = span(partition, time);
  return steadyWork(partition.load, from, to) + burstWork(partition.load, from, to);
}

function span(partition: SimulatedPartition, time: number): { readonly from: number; readonly to: number } {
  return { from: partition.bootTime / 1000, to: time / 1000 };
}
