// Longer than 300 lines: a table, one entry a metric, read by searching for its name.

import type {
  DiskActivity,
  NetworkAdapterActivity,
  PartitionActivity,
  PartitionDescription,
  ProcessorActivity,
} from '../../inspector/activity.ts';
import type { ProcessorTime } from '../../inspector/partition/processor-time.ts';
import type { Counter } from '../../pcm/model.ts';
import {
  diskAttributes,
  fixedDiskAttributes,
  fixedNetworkAttributes,
  lateAdapterAttributes,
  lateDiskAttributes,
  lateNetworkAttributes,
  networkAttributes,
  present,
} from '../attributes/adapter-attributes.ts';
import type { AttributeCache, PointAttributes } from '../attributes/attribute-cache.ts';
import type {
  DirectedAttributes,
  MetricDefinition,
  PointTime,
  PresentAdapters,
  SelectionContext,
} from '../definition.ts';
import {
  DISK_DIRECTION,
  diskAttributesOf,
  NETWORK_DIRECTION,
  networkAttributesOf,
  observeEthernetBytes,
  observeEthernetPackets,
  observeStorageBytes,
  observeStorageOperations,
} from './directions.ts';

const partitionInfoAttributes = [
  'powervm.lpar.number',
  'powervm.lpar.name',
  'powervm.lpar.type',
  'powervm.lpar.sharing_mode',
  'powervm.pool.id',
  'os.type',
] as const;

const CAPPED: PointAttributes = { 'cpu.mode': 'capped' };
const UNCAPPED: PointAttributes = { 'cpu.mode': 'uncapped' };

/** What LPARs and VIOSes did; the formulas are in docs/numbers.md. */
export const partitionMetrics: readonly MetricDefinition<PartitionActivity>[] = [
  {
    name: 'powervm.lpar.cpu.time',
    kind: 'counter',
    unit: 's',
    description:
      'Processor time that the hypervisor gave to the partition, within its entitlement (capped) and beyond (uncapped)',
    attributes: ['cpu.mode'],
    entity: 'lpar',
    default: true,
    source: 'utilizedCappedProcCycles, utilizedUnCappedProcCycles ÷ procCyclesPerSecond',
    valueType: 'double',
    select: (partition, observe) => {
      const { processor } = partition;
      const { cappedCycles, uncappedCycles } = processor;
      observe(partition, seconds(cappedCycles, processor), CAPPED, processorTime(cappedCycles, processor));
      observe(partition, seconds(uncappedCycles, processor), UNCAPPED, processorTime(uncappedCycles, processor));
    },
  },
  {
    name: 'powervm.lpar.cpu.idle.time',
    kind: 'counter',
    unit: 's',
    description: 'Part of powervm.lpar.cpu.time in which the operating system had nothing to do',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'idleProcCycles ÷ procCyclesPerSecond; inside cpu.time',
    valueType: 'double',
    select: (partition, observe) => observe(partition, seconds(partition.processor.idleCycles, partition.processor)),
  },
  {
    name: 'powervm.lpar.cpu.donated.time',
    kind: 'counter',
    unit: 's',
    description: 'Time of dedicated processors that was lent to others',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'donatedProcCycles ÷ procCyclesPerSecond; outside cpu.time: never subtract',
    valueType: 'double',
    select: (partition, observe) => observe(partition, seconds(partition.processor.donatedCycles, partition.processor)),
  },
  {
    name: 'powervm.lpar.cpu.entitled.time',
    kind: 'counter',
    unit: 's',
    description: 'Processor time that the partition was entitled to',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'entitledProcCycles ÷ procCyclesPerSecond',
    valueType: 'double',
    select: (partition, observe) =>
      observe(partition, seconds(partition.processor.entitledCycles, partition.processor)),
  },
  {
    name: 'powervm.lpar.cpu.dispatch_wait',
    kind: 'counter',
    unit: '{cycle}',
    description: 'Time that the partition waited to be dispatched, as PCM gives it',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'timeSpentWaitingForDispatch as it comes; its unit is unproven and not converted',
    valueType: 'int',
    select: (partition, observe) => observe(sinceDispatch(partition), partition.processor.dispatchWait),
  },
  {
    name: 'powervm.lpar.cpu.instructions',
    kind: 'counter',
    unit: '{instruction}',
    description: 'Instructions completed',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'totalInstructions',
    valueType: 'int',
    select: (partition, observe) => observe(sinceDispatch(partition), partition.processor.instructions),
  },
  {
    name: 'powervm.lpar.cpu.consumed',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors that the partition occupied (physc)',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: "(Δcapped + Δuncapped) ÷ ΔtimeBasedCycles; lparstat's physc",
    valueType: 'double',
    select: (partition, observe) => observe(partition, partition.processor.consumed),
  },
  {
    name: 'powervm.lpar.cpu.busy',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors that did work (physb)',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: "(Δcapped + Δuncapped − Δidle) ÷ ΔtimeBasedCycles; lparstat's physb",
    valueType: 'double',
    select: (partition, observe) => observe(withBusy(partition), partition.processor.busy),
  },
  {
    name: 'powervm.lpar.cpu.entitlement',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors that the partition was entitled to',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'Δentitled ÷ ΔtimeBasedCycles',
    valueType: 'double',
    select: (partition, observe) => observe(partition, partition.processor.entitlement),
  },
  {
    name: 'powervm.lpar.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Busy part of the entitlement; above 1 when uncapped',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'busy ÷ entitlement; absent when nothing was entitled',
    valueType: 'double',
    select: (partition, observe) => observe(withBusy(partition), partition.processor.utilization),
  },
  {
    name: 'powervm.lpar.cpu.consumed_utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Occupied part of the entitlement (%entc)',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: "consumed ÷ entitlement; lparstat's %entc",
    valueType: 'double',
    select: (partition, observe) => observe(partition, partition.processor.consumedUtilization),
  },
  {
    name: 'powervm.lpar.cpu.virtual_processor.count',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Virtual processors that the partition has now',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'AllocatedVirtualProcessors of the inventory; absent if unknown',
    valueType: 'int',
    select: (partition, observe) => observe(partition, partition.processor.virtualProcessors),
  },
  {
    name: 'powervm.lpar.cpu.dedicated_processor.count',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Whole processors that the partition has for itself now',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'CurrentProcessors of the inventory; absent for partitions that share processors, and if unknown',
    valueType: 'int',
    select: (partition, observe) => observe(partition, partition.processor.dedicatedProcessors),
  },
  {
    name: 'powervm.lpar.cpu.virtual_processor.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Occupied part of the virtual processors',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'consumed ÷ current virtual processors',
    valueType: 'double',
    select: (partition, observe) => observe(partition, partition.processor.virtualProcessorUtilization),
  },
  {
    name: 'powervm.lpar.cpu.virtual_processor.max',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Virtual processors: the maximum of the profile on an HMC, the current number on NovaLink',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'maxVirtualProcessors',
    valueType: 'int',
    select: (partition, observe) => observe(partition, partition.processor.maxVirtualProcessors),
  },
  {
    name: 'powervm.lpar.cpu.processor_unit.max',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processor units: the maximum of the profile on an HMC, the current number on NovaLink',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'maxProcUnits',
    valueType: 'double',
    select: (partition, observe) => observe(partition, partition.processor.maxProcessorUnits),
  },
  {
    name: 'powervm.lpar.cpu.weight',
    kind: 'gauge',
    unit: '1',
    description: 'Weight of an uncapped partition',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'weight; absent for dedicated processors',
    valueType: 'int',
    select: (partition, observe) => observe(partition, partition.processor.weight),
  },
  {
    name: 'powervm.lpar.memory.limit',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of the partition',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'logicalMem (VIOS: assignedMem) × 2^20',
    valueType: 'int',
    select: (partition, observe) => observe(partition, partition.memory.limit),
  },
  {
    name: 'powervm.lpar.memory.backed',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of the partition that is backed by physical memory',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'backedPhysicalMem × 2^20',
    valueType: 'int',
    select: (partition, observe) => observe(partition, partition.memory.backed),
  },
  {
    name: 'powervm.lpar.memory.os.limit',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory that the operating system sees',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'realMemSizeBytes of RMC',
    valueType: 'int',
    select: ({ guestMemory }, observe) => guestMemory && observe(guestMemory, guestMemory.limit),
  },
  {
    name: 'powervm.lpar.memory.usage',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory in use, the file cache not counted',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'realMemSizeBytes × (1 − pctRealMemAvbl ÷ 100) of RMC; VIOS: utilizedMem × 2^20',
    valueType: 'int',
    select: ({ type, guestMemory, vios }, observe) => {
      if (vios) observe(vios, vios.memory.usage);
      else if (guestMemory && type !== 'vios') observe(guestMemory, guestMemory.usage);
    },
  },
  {
    name: 'powervm.lpar.memory.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Part of the memory in use',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'usage ÷ memory.os.limit (VIOS: memory.limit)',
    valueType: 'double',
    select: ({ type, guestMemory, vios }, observe) => {
      if (vios) observe(vios, vios.memory.utilization);
      else if (guestMemory && type !== 'vios') observe(guestMemory, guestMemory.utilization);
    },
  },
  {
    name: 'powervm.lpar.memory.free',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory that is not in use, the file cache counted as used',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'realMemSizeBytes × pctRealMemFree ÷ 100 of RMC',
    valueType: 'int',
    select: ({ guestMemory }, observe) => guestMemory && observe(guestMemory, guestMemory.free),
  },
  {
    name: 'powervm.lpar.memory.paging.rate',
    kind: 'gauge',
    unit: '{page}/s',
    description: 'Pages moved between memory and disk',
    attributes: ['powervm.paging.direction', 'powervm.paging.space'],
    entity: 'lpar',
    default: false,
    source: 'vmPgInRate, vmPgOutRate, vmPgSpInRate, vmPgSpOutRate of RMC; −1 means unknown: absent',
    valueType: 'double',
    select: ({ guestMemory }, observe) => {
      if (!guestMemory) return;
      observe(guestMemory, guestMemory.pageInRate, paging('in', 'file'));
      observe(guestMemory, guestMemory.pageOutRate, paging('out', 'file'));
      observe(guestMemory, guestMemory.swapInRate, paging('in', 'swap'));
      observe(guestMemory, guestMemory.swapOutRate, paging('out', 'swap'));
    },
  },
  {
    name: 'powervm.lpar.memory.swap.limit',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Size of the paging space',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'totalPgSpSizeCount × 4096 of RMC',
    valueType: 'int',
    select: ({ guestMemory }, observe) => guestMemory && observe(guestMemory, guestMemory.swapLimit),
  },
  {
    name: 'powervm.lpar.memory.swap.usage',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Used part of the paging space',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: '(totalPgSpSizeCount − totalPgSpFreeCount) × 4096 of RMC',
    valueType: 'int',
    select: ({ guestMemory }, observe) => guestMemory && observe(guestMemory, guestMemory.swapUsage),
  },
  {
    name: 'powervm.lpar.network.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through the network adapters of the partition',
    attributes: [NETWORK_DIRECTION, ...fixedNetworkAttributes],
    entity: 'lpar',
    default: true,
    source: 'receivedBytes, sentBytes of virtual Ethernet and SR-IOV; a vNIC on its client only',
    valueType: 'int',
    select: (partition, observe, context) => {
      for (const [adapter, attributes] of reportedAdapters(partition, context)) {
        observeEthernetBytes(observe, adapter, attributes);
      }
    },
  },
  {
    name: 'powervm.lpar.network.packet.count',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets through the network adapters of the partition',
    attributes: [NETWORK_DIRECTION, ...fixedNetworkAttributes],
    entity: 'lpar',
    default: true,
    source: 'receivedPackets, sentPackets',
    valueType: 'int',
    select: (partition, observe, context) => {
      for (const [adapter, attributes] of reportedAdapters(partition, context)) {
        observeEthernetPackets(observe, adapter, attributes);
      }
    },
  },
  {
    name: 'powervm.lpar.network.packet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets dropped; with a direction only where the source has one',
    attributes: [NETWORK_DIRECTION, ...fixedNetworkAttributes],
    entity: 'lpar',
    default: true,
    source: 'droppedPackets (virtual Ethernet); droppedReceivedPackets, droppedSentPackets (SR-IOV)',
    valueType: 'int',
    select: (partition, observe, context) => {
      for (const [adapter, attributes] of reportedAdapters(partition, context)) {
        observe(adapter, adapter.droppedPackets, attributes.plain);
        observe(adapter, adapter.droppedReceivedPackets, attributes.in);
        observe(adapter, adapter.droppedSentPackets, attributes.out);
      }
    },
  },
  {
    name: 'powervm.lpar.network.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Errors of the network adapters',
    attributes: [NETWORK_DIRECTION, ...fixedNetworkAttributes],
    entity: 'lpar',
    default: true,
    source: 'errorIn, errorOut (SR-IOV)',
    valueType: 'int',
    select: (partition, observe, context) => {
      for (const [adapter, attributes] of reportedAdapters(partition, context)) {
        observe(adapter, adapter.receiveErrors, attributes.in);
        observe(adapter, adapter.sendErrors, attributes.out);
      }
    },
  },
  {
    name: 'powervm.lpar.network.external.io',
    kind: 'counter',
    unit: 'By',
    description: 'Part of powervm.lpar.network.io that went through the bridge',
    attributes: [NETWORK_DIRECTION, ...fixedNetworkAttributes],
    entity: 'lpar',
    default: false,
    source: 'receivedPhysicalBytes, sentPhysicalBytes (virtual Ethernet)',
    valueType: 'int',
    select: (partition, observe, context) => {
      for (const [adapter, attributes] of reportedAdapters(partition, context)) {
        observe(adapter, adapter.externalReceivedBytes, attributes.in);
        observe(adapter, adapter.externalSentBytes, attributes.out);
      }
    },
  },
  {
    name: 'powervm.lpar.disk.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes read and written through the storage adapters of the partition',
    attributes: [DISK_DIRECTION, ...fixedDiskAttributes],
    entity: 'lpar',
    default: true,
    source: 'readBytes, writeBytes of the adapter on its VIOS',
    valueType: 'int',
    select: (partition, observe, context) => {
      for (const [disk, attributes] of reportedDisks(partition, context))
        observeStorageBytes(observe, disk, attributes);
    },
  },
  {
    name: 'powervm.lpar.disk.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Reads and writes through the storage adapters of the partition',
    attributes: [DISK_DIRECTION, ...fixedDiskAttributes],
    entity: 'lpar',
    default: true,
    source: 'numOfReads, numOfWrites of the adapter on its VIOS',
    valueType: 'int',
    select: (partition, observe, context) => {
      for (const [disk, attributes] of reportedDisks(partition, context))
        observeStorageOperations(observe, disk, attributes);
    },
  },
  {
    name: 'powervm.lpar.adapter.link',
    kind: 'gauge',
    unit: '1',
    description: 'Always 1: which VIOS, port, VLAN, MAC address and WWPN an adapter has now',
    attributes: [...fixedDiskAttributes, ...lateAdapterAttributes],
    entity: 'lpar',
    default: true,
    source: 'joined from the documents and the inventory',
    valueType: 'int',
    select: (partition, observe, context) => {
      // One that begins without its MAC address would be a second series when that is known.
      for (const [adapter, attributes] of reportedAdapters(partition, context)) {
        if (adapter.isDescribed) observe(adapter, 1, attributes.link);
      }
      for (const [disk, attributes] of reportedDisks(partition, context)) observe(disk, 1, attributes.link);
    },
  },
  {
    name: 'powervm.lpar.info',
    kind: 'gauge',
    unit: '1',
    description:
      'What the partition is like: 1 for the present description, 0 once for the one that it has just replaced',
    attributes: partitionInfoAttributes,
    entity: 'lpar',
    default: true,
    source: 'name, type, processor.mode, processor.poolId; operating system of the inventory',
    valueType: 'int',
    select: (partition, observe, { attributeCache }) => {
      const { description, previousDescription } = partition;
      observe(partition, 1, informationOf(partition, description, attributeCache));
      if (previousDescription) observe(partition, 0, informationOf(partition, previousDescription, attributeCache));
    },
  },
  {
    name: 'powervm.lpar.status',
    kind: 'updowncounter',
    unit: '1',
    description: '1 for the state that the partition is in, 0 once for the state that it has just left',
    attributes: ['powervm.lpar.state'],
    entity: 'lpar',
    default: true,
    source: 'state',
    valueType: 'int',
    select: (partition, observe, { attributeCache }) => {
      const { state, previousState } = partition;
      if (state !== undefined) observe(partition, 1, attributeCache.single('powervm.lpar.state', state));
      if (previousState !== undefined)
        observe(partition, 0, attributeCache.single('powervm.lpar.state', previousState));
    },
  },
  {
    name: 'powervm.lpar.affinity_score',
    kind: 'gauge',
    unit: '1',
    description: 'How near memory and processors of the partition are to each other, 0 to 100',
    attributes: [],
    entity: 'lpar',
    default: false,
    source: 'affinityScore',
    valueType: 'int',
    select: (partition, observe) => observe(partition, partition.gauges.affinityScore),
  },
];

function informationOf(
  { number, type }: PartitionActivity,
  { name, sharingMode, poolId, operatingSystemType }: PartitionDescription,
  attributeCache: AttributeCache,
): PointAttributes {
  const key = `info lpar\0${number}\0${name}\0${type}\0${sharingMode}\0${poolId}\0${operatingSystemType}`;
  return attributeCache.recall(key, () =>
    present({
      'powervm.lpar.number': number,
      'powervm.lpar.name': name,
      'powervm.lpar.type': type,
      'powervm.lpar.sharing_mode': sharingMode,
      'powervm.pool.id': poolId,
      'os.type': operatingSystemType,
    }),
  );
}

function processorTime(cycles: Counter | undefined, { cyclesPerSecond }: ProcessorActivity): ProcessorTime | undefined {
  return cycles === undefined || cyclesPerSecond === undefined ? undefined : { cycles, cyclesPerSecond };
}

function seconds(cycles: Counter | undefined, { cyclesPerSecond }: ProcessorActivity): number | undefined {
  if (cycles === undefined || cyclesPerSecond === undefined) return undefined;
  return Number(cycles) / cyclesPerSecond;
}

/** The time of two counters that may restart alone. */
function sinceDispatch({ time, fresh, processor }: PartitionActivity): PointTime {
  return { time, fresh, startTime: processor.dispatchStartTime };
}

/** What waits for the document of a VIOS comes when that does, and the rest of the partition does not come twice. */
function withBusy({ time, startTime, processor }: PartitionActivity): PointTime {
  return { time, startTime, fresh: processor.isBusyFresh };
}

function paging(direction: 'in' | 'out', space: 'file' | 'swap'): PointAttributes {
  return { 'powervm.paging.direction': direction, 'powervm.paging.space': space };
}

/** The reported network adapters, with the attributes of their points. */
function reportedAdapters(partition: PartitionActivity, context: SelectionContext): PresentAdapters['network'] {
  const { present: made } = context;
  if (made.networkOf !== partition) {
    made.networkOf = partition;
    made.network = partition.networkAdapters
      .filter(({ trunk }) => !trunk || context.trunkAdapters)
      .map((adapter) => [adapter, networkPoint(adapter, context)]);
  }
  return made.network;
}

function reportedDisks(partition: PartitionActivity, context: SelectionContext): PresentAdapters['disks'] {
  const { present: made } = context;
  if (made.disksOf !== partition) {
    made.disksOf = partition;
    made.disks = partition.disks.map((disk) => [disk, diskPoint(disk, context)]);
  }
  return made.disks;
}

function networkPoint(adapter: NetworkAdapterActivity, context: SelectionContext): DirectedAttributes {
  const { type, location, id, inventory, vlanId, vswitchId, vios, sharedEthernetAdapterId } = adapter;
  const key = `net\0${type}\0${location}\0${id}\0${inventory?.mac}\0${vlanId}\0${vswitchId}\0${vios?.id}\0${vios?.number}\0${vios?.name}\0${sharedEthernetAdapterId}`;
  return networkAttributesOf(context, key, () => ({
    attributes: networkAttributes(adapter),
    late: { ...viosOf(adapter), ...lateNetworkAttributes(adapter) },
  }));
}

function diskPoint(disk: DiskActivity, context: SelectionContext): DirectedAttributes {
  const { type, location, id, vios, wwpn, fibreChannelAdapterId } = disk;
  const key = `disk\0${type}\0${location}\0${id}\0${vios.id}\0${vios.number}\0${vios.name}\0${wwpn}\0${fibreChannelAdapterId}`;
  return diskAttributesOf(context, key, () => ({ attributes: diskAttributes(disk), late: lateDiskAttributes(disk) }));
}

function viosOf({ vios }: NetworkAdapterActivity): PointAttributes {
  return present({ 'powervm.vios.id': vios?.id, 'powervm.vios.number': vios?.number });
}
