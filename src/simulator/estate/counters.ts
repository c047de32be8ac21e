import { burstWork, steadyWork } from './load.ts';
import type { Ledger, SimulatedPartition, SimulatedSystem, SimulatedVios } from './model.ts';

/** The timebase of every Power server that PCM knows, in Hz. */
export const CYCLES_PER_SECOND = 512_000_000;
const BYTES_PER_PACKET = 900;
const BYTES_PER_OPERATION = 32_768;

/** What a partition has counted at `time` (milliseconds since 1970), which may begin its next phase. */
export function ledgerAt(partition: SimulatedPartition, time: number): Ledger {
  const { ledger, load } = partition;
  if (!isDispatched(partition)) return ledger.since === time ? ledger : { ...ledger, since: time };
  const from = ledger.since / 1000;
  const to = time / 1000;
  const steady = steadyWork(load, from, to);
  const burst = burstWork(load, from, to);
  const capped = cycles(steady);
  const entitled = cycles(partition.entitlement * (to - from));
  const isDonating = partition.mode === 'share_idle_procs';
  return {
    since: time,
    capped: ledger.capped + capped,
    uncapped: ledger.uncapped + cycles(burst),
    idle: ledger.idle + (tellsIdle(partition) ? Math.floor(capped * load.idleShare) : 0),
    // A dedicated partition lends what it does not use.
    donated: ledger.donated + (isDonating ? entitled - capped : 0),
    entitled: ledger.entitled + entitled,
    work: ledger.work + (hasGuest(partition) ? steady + burst : 0),
  };
}

/** Processor seconds of the partition's whole life; without a running guest none are added. */
export function workAt(partition: SimulatedPartition, time: number): number {
  const { ledger, load } = partition;
  if (!hasGuest(partition)) return ledger.work;
  const from = ledger.since / 1000;
  const to = time / 1000;
  return ledger.work + (steadyWork(load, from, to) + burstWork(load, from, to));
}

/** Whether the hypervisor gives it processors. */
export function isDispatched({ state, isPlaceholder }: SimulatedPartition): boolean {
  return !isPlaceholder && (hasGuestState(state) || state === 'Open Firmware' || state === 'Starting');
}

/** Whether an operating system runs in it, so that there is traffic. */
export function hasGuest({ state, isPlaceholder }: SimulatedPartition): boolean {
  return !isPlaceholder && hasGuestState(state);
}

/** Idle time is what the guest reports: one that is down, or a VIOS in trouble, seems busy all the time. */
function tellsIdle(partition: SimulatedPartition): boolean {
  return hasGuest(partition) && partition.trouble === undefined;
}

function hasGuestState(state: SimulatedPartition['state']): boolean {
  return state === 'Running' || state === 'Migrating Running' || state === 'Shutting Down';
}

export interface TrafficCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
  readonly droppedPackets: number;
}

/** @param work processor seconds since the counters stood at zero */
export function trafficCounters(work: number, bytesPerWork: number): TrafficCounters {
  const bytes = work * bytesPerWork;
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

/** @param work processor seconds since the counters stood at zero */
export function storageCounters(work: number, bytesPerWork: number): StorageCounters {
  const operations = (work * bytesPerWork) / BYTES_PER_OPERATION;
  const numOfReads = Math.floor(operations * 0.7);
  const numOfWrites = Math.floor(operations * 0.3);
  return {
    numOfReads,
    numOfWrites,
    readBytes: numOfReads * BYTES_PER_OPERATION,
    writeBytes: numOfWrites * BYTES_PER_OPERATION,
  };
}

/** Processor seconds of everybody on the frame per second, right now: what heats it. */
export function presentLoad(system: SimulatedSystem, time: number): number {
  const second = time / 1000;
  return everyone(system)
    .filter(isDispatched)
    .reduce((sum, { load }) => sum + steadyWork(load, second - 1, second) + burstWork(load, second - 1, second), 0);
}

export function everyone(system: SimulatedSystem): readonly (SimulatedPartition | SimulatedVios)[] {
  return [...system.partitions, ...system.vioses];
}

export function cycles(seconds: number): number {
  return Math.floor(seconds * CYCLES_PER_SECOND);
}
