import { allPartitions, hasGuest } from '../estate/counters.ts';
import type { SimulatedPartition, SimulatedSystem } from '../estate/model.ts';
import { jsonText } from './json-text.ts';
import { compactTimeText } from './sample-text.ts';

const MIB = 2 ** 20;

/** The lpar document: memory inside the guests, as RMC reports it (docs/reference/pcm-documents.md#guest-memory). */
export function guestMemoryDocument(system: SimulatedSystem, time: number, stamp: number): string {
  return jsonText({ lparUtil: allPartitions(system).map((partition) => guest(partition, time, stamp)) });
}

function guest(partition: SimulatedPartition, time: number, stamp: number) {
  const identity = { uuid: partition.id.toUpperCase(), id: String(partition.number), name: partition.name };
  if (!hasGuest(partition)) {
    return { ...identity, timeStamp: null, errorInfo: { errorId: '6001', message: 'Partition is not running' } };
  }
  if (partition.rmcState !== 'active') {
    return { ...identity, timeStamp: null, errorInfo: { errorId: '6003', message: 'RMC connection is inactive' } };
  }
  const swapPages = (partition.memoryMib / 4) * (MIB / 4_096);
  // Between 35 and 75 per cent, slowly up and down.
  const available = 55 + 20 * Math.sin(time / 3_600_000 + partition.number);
  return {
    ...identity,
    timeStamp: compactTimeText(stamp),
    memory: {
      pctRealMemAvbl: Math.round(available),
      pctRealMemFree: Math.round(available / 2),
      totalPgSpSizeCount: swapPages,
      totalPgSpFreeCount: Math.floor(swapPages * 0.98),
      vmActivePgCount: Math.floor((partition.memoryMib * MIB * 0.4) / 4_096),
      // What the kernel keeps for itself is not seen from inside.
      realMemSizeBytes: partition.memoryMib * MIB - 64 * MIB,
      vmPgInRate: partition.number % 3,
      vmPgOutRate: 0,
      vmPgSpInRate: 0,
      vmPgSpOutRate: -1,
    },
  };
}
