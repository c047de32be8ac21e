/** Small PCM documents of our own making, with the field names of docs/reference/pcm-documents.md. */
const CYCLES_PER_SECOND = 512_000_000;
export const PARTITION_ID = '1A2B3C4D-0000-4000-8000-00000000000A';
const VIOS_ID = '2A2B3C4D-0000-4000-8000-00000000000B';
export const START = Date.parse('2026-03-04T12:00:00Z');

type Fields = Record<string, unknown>;

function stamp(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}+0000`;
}

/** A partition whose counters grow by `processors` of each kind for every second since {@link START}. */
export function lpar(time: number, overrides: Fields = {}): Fields {
  const seconds = (time - START) / 1000;
  const cycles = (processors: number) => Math.round((1000 + seconds * processors) * CYCLES_PER_SECOND);
  return {
    id: 5,
    uuid: PARTITION_ID,
    type: 'aixlinux',
    name: 'db1',
    state: 'Running',
    affinityScore: 90,
    memory: { logicalMem: 4096, backedPhysicalMem: 4096 },
    processor: {
      poolId: 0,
      mode: 'uncap',
      maxVirtualProcessors: 4,
      maxProcUnits: 2,
      weight: 128,
      entitledProcCycles: cycles(1),
      utilizedCappedProcCycles: cycles(0.5),
      utilizedUnCappedProcCycles: cycles(0.25),
      idleProcCycles: cycles(0.15),
      donatedProcCycles: 0,
      timeSpentWaitingForDispatch: 7,
      totalInstructions: 8,
      totalInstructionsExecutionTime: 9,
    },
    ...overrides,
  };
}

export function vea(location: string, counters: Fields = {}): Fields {
  return {
    physicalLocation: location,
    vlanId: 1,
    vswitchId: 0,
    isPortVLANID: true,
    receivedPackets: 10,
    sentPackets: 20,
    droppedPackets: 3,
    receivedBytes: 1000,
    sentBytes: 2000,
    receivedPhysicalBytes: 100,
    sentPhysicalBytes: 200,
    ...counters,
  };
}

export interface PhypParts {
  readonly lpars?: readonly Fields[];
  readonly vioses?: readonly Fields[];
  readonly sample?: Fields;
}

export function phyp(time: number, { lpars, vioses, sample }: PhypParts = {}): string {
  return JSON.stringify({
    systemUtil: {
      utilInfo: { version: '1.3.0', metricType: 'Raw', monitoringType: 'LTM', mtms: '9009-42A*ZZ1', name: 'frame' },
      utilSample: {
        timeStamp: stamp(time),
        status: 0,
        errorInfo: [],
        timeBasedCycles: (5000 + (time - START) / 1000) * CYCLES_PER_SECOND,
        systemFirmware: { utilizedProcCycles: 1000, assignedMem: 1024 },
        processor: {
          totalProcUnits: 16,
          configurableProcUnits: 16,
          availableProcUnits: 8,
          procCyclesPerSecond: CYCLES_PER_SECOND,
        },
        memory: { totalMem: 65536, availableMem: 1024, configurableMem: 65536 },
        sharedProcessorPool: [],
        lparsUtil: lpars ?? [lpar(time)],
        viosUtil: vioses ?? [],
        ...sample,
      },
    },
  });
}

export function vios(time: number, overrides: Fields = {}, number = '1'): string {
  return JSON.stringify({
    systemUtil: {
      utilInfo: { version: '1.0.0', metricType: 'Raw', monitoringType: 'LTM', mtms: '9009-42A*ZZ1' },
      utilSample: {
        timeStamp: stamp(time),
        viosUtil: [
          { id: number, name: `vios${number}`, memory: { utilizedMem: 2048 }, network: {}, storage: {}, ...overrides },
        ],
        status: 0,
        errorInfo: [],
      },
    },
  });
}

export function viosPartition(time: number, overrides: Fields = {}): Fields {
  const { type: _type, ...common } = lpar(time);
  return { ...common, id: 1, uuid: VIOS_ID, name: 'vios1', memory: { assignedMem: 4096 }, ...overrides };
}

export function storage(
  counters: Partial<Record<'numOfReads' | 'numOfWrites' | 'readBytes' | 'writeBytes', number>> = {},
) {
  return { numOfReads: 1, numOfWrites: 2, readBytes: 512, writeBytes: 1024, ...counters };
}
