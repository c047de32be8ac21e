import { parseUuid } from '../../base/text/uuid.ts';
import {
  counterField,
  counterFieldOf,
  hasSection,
  integerField,
  type JsonObject,
  listedOnce,
  numberField,
  objects,
  type Problems,
  section,
  textField,
} from '../json/fields.ts';
import type {
  HypervisorSample,
  Listing,
  MemoryPoolSample,
  PartitionSample,
  PartitionType,
  PhysicalPoolSample,
  PhysicalPortSample,
  SharedPoolSample,
} from '../model.ts';
import {
  ethernetCounters,
  sriovPorts,
  virtualEthernetAdapters,
  virtualFibreChannelClients,
  virtualScsiClients,
} from './adapters.ts';
import { notSuchDocument, openEnvelope } from './envelope.ts';

const DOCUMENT_NAME = 'a phyp document';
const SAMPLE = 'systemUtil.utilSample';

/**
 * Reads a phyp document (docs/reference/pcm-documents.md#hypervisor-the-system).
 * @throws {PcmDocumentError} for what is not a phyp document; a bad part of one is left out and noted
 */
export function parseHypervisorDocument(text: string): HypervisorSample {
  const { info, sample, time, status, errors, problems } = openEnvelope(text, DOCUMENT_NAME);
  // A vios document has the same envelope: only the hypervisor knows the timebase or lists partitions.
  if (
    sample.timeBasedCycles === undefined &&
    !('lparsUtil' in sample) &&
    !hasSection(sample, 'processor') &&
    status === 0
  ) {
    throw notSuchDocument(DOCUMENT_NAME, 'it has neither timeBasedCycles nor lparsUtil');
  }
  const processor = section(sample, 'processor', problems);
  const memory = section(sample, 'memory', problems);
  const firmware = section(sample, 'systemFirmware', problems);
  const lpars = objects(sample, 'lparsUtil', problems);
  const vioses = objects(sample, 'viosUtil', problems);
  const hypervisor = {
    kind: 'phyp' as const,
    time,
    status,
    errors,
    systemName: textField(info, 'name', problems),
    mtms: textField(info, 'mtms', problems),
    timebaseCycles: counterField(sample, 'timeBasedCycles', problems),
    cyclesPerSecond: frequency(numberField(processor, 'procCyclesPerSecond', problems)),
    firmware: {
      consumedCycles: counterField(firmware, 'utilizedProcCycles', problems),
      memoryMib: numberField(firmware, 'assignedMem', problems),
    },
    processor: {
      installed: numberField(processor, 'totalProcUnits', problems),
      configurable: numberField(processor, 'configurableProcUnits', problems),
      available: numberField(processor, 'availableProcUnits', problems),
    },
    memory: {
      installedMib: numberField(memory, 'totalMem', problems),
      configurableMib: numberField(memory, 'configurableMem', problems),
      availableMib: numberField(memory, 'availableMem', problems),
    },
    physicalPool: readPhysicalPool(sample, problems),
    sharedPools: listedOnce(readSharedPools(sample, problems), ({ id }) => `${id}`, 'sharedProcessorPool', problems),
    memoryPools: listedOnce(readMemoryPools(sample, problems), ({ id }) => `${id}`, 'sharedMemoryPool', problems),
    physicalPorts: listedOnce(
      readPhysicalPorts(sample, problems),
      ({ adapterId, portId, location }) => `${adapterId} ${portId} ${location}`,
      'physicalPorts',
      problems,
    ),
    hasInputOutput: [...lpars, ...vioses].some((one) => hasSection(one, 'network') || hasSection(one, 'storage')),
    ...readPartitions(sample, lpars, vioses, problems),
  };
  return { ...hypervisor, problems: problems.found };
}

function readPhysicalPool(sample: JsonObject, problems: Problems): PhysicalPoolSample | undefined {
  if (!hasSection(sample, 'physicalProcessorPool')) return undefined;
  const pool = section(sample, 'physicalProcessorPool', problems);
  return {
    totalCycles: counterField(pool, 'totalPoolCycles', problems),
    consumedCycles: counterFieldOf(pool, 'utilizedPoolCycles', 'utilizedProcCycles', problems),
    configurable: numberField(pool, 'configurablePoolProcUnits', problems),
    available: numberField(pool, 'currAvailablePoolProcUnits', problems),
    borrowed: numberField(
      pool,
      pool.borrowedPoolProcUnits === undefined ? 'borrowedProcUnits' : 'borrowedPoolProcUnits',
      problems,
    ),
  };
}

function readSharedPools(sample: JsonObject, problems: Problems): readonly SharedPoolSample[] {
  return objects(sample, 'sharedProcessorPool', problems).flatMap((pool, index) => {
    problems.enter(`${SAMPLE}.sharedProcessorPool`, index);
    const id = integerField(pool, 'id', problems);
    if (id === undefined) return [];
    return [
      {
        id,
        name: textField(pool, 'name', problems),
        assignedCycles: counterField(pool, 'assignedProcCycles', problems),
        consumedCycles: counterFieldOf(pool, 'utilizedPoolCycles', 'utilizedProcCycles', problems),
        maximum: numberField(pool, 'maxProcUnits', problems),
        borrowed: numberField(
          pool,
          pool.borrowedPoolProcUnits === undefined ? 'borrowedProcUnits' : 'borrowedPoolProcUnits',
          problems,
        ),
      },
    ];
  });
}

function readMemoryPools(sample: JsonObject, problems: Problems): readonly MemoryPoolSample[] {
  return objects(sample, 'sharedMemoryPool', problems).flatMap((pool, index) => {
    problems.enter(`${SAMPLE}.sharedMemoryPool`, index);
    const id = integerField(pool, 'id', problems);
    if (id === undefined) return [];
    return [
      {
        id,
        name: textField(pool, 'name', problems),
        totalMib: numberField(pool, 'totalMem', problems),
        assignedMib: numberField(pool, 'assignedMemToLpars', problems),
        firmwareMib: numberField(pool, 'assignedMemToSysFirmware', problems),
        totalIoMib: numberField(pool, 'totalIOMem', problems),
        mappedIoMib: numberField(pool, 'mappedIOMemToLpars', problems),
      },
    ];
  });
}

function readPhysicalPorts(sample: JsonObject, problems: Problems): readonly PhysicalPortSample[] {
  problems.enter(SAMPLE);
  const network = section(sample, 'network', problems);
  const readPorts = (type: PhysicalPortSample['type'], list: string) =>
    objects(network, list, problems).flatMap((adapter, index) => {
      problems.enter(`${SAMPLE}.network.${list}`, index);
      const adapterId = textField(adapter, 'drcIndex', problems);
      return objects(adapter, 'physicalPorts', problems).flatMap((port) =>
        readPhysicalPort(type, adapterId, port, problems),
      );
    });
  return [...readPorts('sriov', 'sriovAdapters'), ...readPorts('hea', 'heAdapters')];
}

/** A port without id and location cannot be identified. */
function readPhysicalPort(
  type: PhysicalPortSample['type'],
  adapterId: string | undefined,
  port: JsonObject,
  problems: Problems,
): [PhysicalPortSample] | [] {
  const portId = textField(port, 'id', problems);
  const location = textField(port, 'physicalLocation', problems);
  if (portId === undefined && location === undefined) {
    problems.note('physicalPorts', 'has a port that does not say which it is');
    return [];
  }
  return [
    {
      type,
      adapterId,
      portId,
      location,
      ...ethernetCounters(port, problems),
      droppedPackets: counterField(port, 'droppedPackets', problems),
      receiveErrors: counterField(port, 'errorIn', problems),
      sendErrors: counterField(port, 'errorOut', problems),
    },
  ];
}

/** Each costs only itself: one that does not say who it is is left out, one that is listed again too. */
function readPartitions(
  sample: JsonObject,
  lpars: readonly JsonObject[],
  vioses: readonly JsonObject[],
  problems: Problems,
): Pick<HypervisorSample, 'partitions' | 'listing'> {
  const partitions = new Map<string, PartitionSample>();
  const read = (list: string, elements: readonly JsonObject[], isVios: boolean): Listing => {
    let unreadable = 0;
    elements.forEach((element, index) => {
      problems.enter(`${SAMPLE}.${list}`, index);
      const partition = readPartition(element, isVios, problems);
      if (!partition) {
        unreadable += 1;
        return;
      }
      // The original inspector took the last one too: golden case fixture_pair_1_2.
      if (partitions.has(partition.id)) problems.note('uuid', 'is listed twice; the last one counts');
      partitions.set(partition.id, partition);
    });
    const listed = sample[list];
    if (listed === undefined) return 'absent';
    return Array.isArray(listed) && listed.length === elements.length && unreadable === 0 ? 'whole' : 'partial';
  };
  const listing = { lpars: read('lparsUtil', lpars, false), vioses: read('viosUtil', vioses, true) };
  return { partitions: [...partitions.values()], listing };
}

function readPartition(element: JsonObject, isVios: boolean, problems: Problems): PartitionSample | undefined {
  const id = parseUuid(textField(element, 'uuid', problems) ?? '');
  const number = integerField(element, 'id', problems);
  if (id === undefined || number === undefined) {
    problems.note(number === undefined ? 'id' : 'uuid', 'is missing or unusable; the partition is left out');
    return undefined;
  }
  const memory = section(element, 'memory', problems);
  const processor = section(element, 'processor', problems);
  const network = section(element, 'network', problems);
  const storage = section(element, 'storage', problems);
  return {
    id,
    number,
    name: textField(element, 'name', problems) ?? id,
    type: isVios ? 'vios' : partitionType(textField(element, 'type', problems)),
    state: textField(element, 'state', problems),
    gauges: { affinityScore: numberField(element, 'affinityScore', problems) },
    memory: {
      logicalMib: numberField(
        memory,
        isVios && memory.logicalMem === undefined ? 'assignedMem' : 'logicalMem',
        problems,
      ),
      backedMib: numberField(memory, 'backedPhysicalMem', problems),
    },
    processor: {
      poolId: integerField(processor, 'poolId', problems),
      mode: textField(processor, 'mode', problems),
      maxVirtualProcessors: numberField(processor, 'maxVirtualProcessors', problems),
      maxProcessorUnits: numberField(processor, 'maxProcUnits', problems),
      weight: numberField(processor, 'weight', problems),
      entitledCycles: counterField(processor, 'entitledProcCycles', problems),
      cappedCycles: counterField(processor, 'utilizedCappedProcCycles', problems),
      uncappedCycles: counterFieldOf(processor, 'utilizedUnCappedProcCycles', 'utilizedUncappedProcCycles', problems),
      idleCycles: counterField(processor, 'idleProcCycles', problems),
      donatedCycles: counterField(processor, 'donatedProcCycles', problems),
      dispatchWait: counterField(processor, 'timeSpentWaitingForDispatch', problems),
      instructions: counterField(processor, 'totalInstructions', problems),
    },
    virtualEthernetAdapters: virtualEthernetAdapters(network, problems),
    sriovPorts: sriovPorts(network, problems),
    virtualScsiAdapters: virtualScsiClients(storage, problems),
    virtualFibreChannelAdapters: virtualFibreChannelClients(storage, problems),
  };
}

/** `aixlinux`, `AIX/Linux`, `OS400`, `IBMi`, … are two words for two types. */
function partitionType(text: string | undefined): PartitionType {
  if (text === 'aixlinux') return 'aix_linux';
  const letters = (text ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
  if (letters === '' || letters === 'aixlinux' || letters === 'aix' || letters === 'linux') return 'aix_linux';
  if (letters === 'os400' || letters === 'ibmi') return 'ibm_i';
  if (letters === 'virtualioserver' || letters === 'vios') return 'vios';
  return letters;
}

/** Below one cycle a second nothing could be divided by it, in whole numbers. */
function frequency(value: number | undefined): number | undefined {
  return value !== undefined && value >= 1 ? value : undefined;
}
