import { burstWork, steadyWork } from './load.ts';
import type {
  CycleCounters,
  SimulatedPartition,
  SimulatedSystem,
  SimulatedVios,
  StorageCounters,
  TrafficCounters,
} from './model.ts';

/** The timebase of every Power server that PCM knows, in Hz. */
export const CYCLES_PER_SECOND = 512_000_000;
const BYTES_PER_PACKET = 900;
const BYTES_PER_OPERATION = 32_768;

/** What a partition has counted at `time` (milliseconds since 1970), which may begin its next phase. */
export function cycleCountersAt(partition: SimulatedPartition, time: number): CycleCounters {
  const { cycleCounters, load } = partition;
  if (!isDispatched(partition)) return cycleCounters.since === time ? cycleCounters : { ...cycleCounters, since: time };
  const from = cycleCounters.since / 1000;
  const to = time / 1000;
  const steady = steadyWork(load, from, to);
  const burst = burstWork(load, from, to);
  const capped = cycles(steady);
  const entitled = cycles(partition.entitlement * (to - from));
  const isDonating = partition.mode === 'share_idle_procs';
  return {
    since: time,
    capped: cycleCounters.capped + capped,
    uncapped: cycleCounters.uncapped + cycles(burst),
    idle: cycleCounters.idle + (tellsIdle(partition) ? Math.floor(capped * load.idleShare) : 0),
    // A dedicated partition lends what it does not use.
    donated: cycleCounters.donated + (isDonating ? entitled - capped : 0),
    entitled: cycleCounters.entitled + entitled,
    work: cycleCounters.work + (hasGuest(partition) ? steady + burst : 0),
  };
}

/** Processor seconds of the partition's whole life; without a running guest none are added. */
export function workAt(partition: SimulatedPartition, time: number): number {
  const { cycleCounters, load } = partition;
  if (!hasGuest(partition)) return cycleCounters.work;
  const from = cycleCounters.since / 1000;
  const to = time / 1000;
  return cycleCounters.work + (steadyWork(load, from, to) + burstWork(load, from, to));
}

/** Whether the hypervisor gives it processors. */
export function isDispatched({ state, isPlaceholder }: SimulatedPartition): boolean {
  return !isPlaceholder && (hasGuestState(state) || state === 'Open Firmware' || state === 'Starting');
}

/** Whether an operating system runs in it, so that there is traffic. */
export function hasGuest({ state, isPlaceholder }: SimulatedPartition): boolean {
  return !isPlaceholder && hasGuestState(state);
}

/** Idle time is what the guest reports: one that is down, or a failing VIOS, seems busy all the time. */
function tellsIdle(partition: SimulatedPartition): boolean {
  return hasGuest(partition) && partition.problem === undefined;
}

function hasGuestState(state: SimulatedPartition['state']): boolean {
  return state === 'Running' || state === 'Migrating Running' || state === 'Shutting Down';
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
  return allPartitions(system)
    .filter(isDispatched)
    .reduce((sum, { load }) => sum + steadyWork(load, second - 1, second) + burstWork(load, second - 1, second), 0);
}

export function allPartitions(system: SimulatedSystem): readonly (SimulatedPartition | SimulatedVios)[] {
  return [...system.partitions, ...system.vioses];
}

export function cycles(seconds: number): number {
  return Math.floor(seconds * CYCLES_PER_SECOND);
}
