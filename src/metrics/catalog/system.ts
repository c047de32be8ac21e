// Longer than 300 lines: a table, one entry a metric, read by searching for its name.

import type {
  MemoryPoolActivity,
  PhysicalPortActivity,
  SharedPoolActivity,
  SystemActivity,
} from '../../inspector/activity.ts';
import type { SystemDescription } from '../../inspector/inventory.ts';
import { present } from '../attributes/adapter-attributes.ts';
import type { AttributeCache, PointAttributes } from '../attributes/attribute-cache.ts';
import type { DirectedAttributes, MetricDefinition, Observe, PointTime, SelectionContext } from '../definition.ts';
import { NETWORK_DIRECTION, networkAttributesOf, observeEthernetBytes, observeEthernetPackets } from './directions.ts';

const portAttributeNames = ['powervm.adapter.id', 'powervm.port.id', 'powervm.port.location'] as const;

const systemInfoAttributes = [
  'powervm.system.name',
  'powervm.system.mtms',
  'powervm.system.machine_type',
  'powervm.system.model',
  'powervm.system.serial_number',
  'powervm.system.firmware_version',
] as const;

/** Managed systems, their pools, ports and sensors. */
export const systemMetrics: readonly MetricDefinition<SystemActivity>[] = [
  {
    name: 'powervm.system.cpu.installed',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processors of the frame',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'processor.totalProcUnits',
    valueType: 'double',
    select: (system, observe) => observe(system, system.processor.installed),
  },
  {
    name: 'powervm.system.cpu.configurable',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processors that are licensed; the others are dark',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'processor.configurableProcUnits',
    valueType: 'double',
    select: (system, observe) => observe(system, system.processor.configurable),
  },
  {
    name: 'powervm.system.cpu.available',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processors that no partition has: unassigned, not idle',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'processor.availableProcUnits',
    valueType: 'double',
    select: (system, observe) => observe(system, system.processor.available),
  },
  {
    name: 'powervm.system.cpu.consumed',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors that partitions and VIOSes occupied',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'Σ consumed over those in both samples, without placeholders of incoming migrations',
    valueType: 'double',
    select: (system, observe) => observe(system, system.processor.consumed),
  },
  {
    name: 'powervm.system.cpu.busy',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors on which partitions and VIOSes did work',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'Σ busy, likewise',
    valueType: 'double',
    select: (system, observe) => observe(withBusy(system), system.processor.busy),
  },
  {
    name: 'powervm.system.cpu.firmware',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors that the hypervisor itself used',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'ΔsystemFirmware.utilizedProcCycles ÷ ΔtimeBasedCycles',
    valueType: 'double',
    select: (system, observe) => observe(system, system.processor.firmware),
  },
  {
    name: 'powervm.system.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Busy part of the configurable processors',
    attributes: [],
    entity: 'system',
    default: true,
    source: '(busy + firmware) ÷ configurable',
    valueType: 'double',
    select: (system, observe) => observe(withBusy(system), system.processor.utilization),
  },
  {
    name: 'powervm.system.cpu.consumed_utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Occupied part of the configurable processors',
    attributes: [],
    entity: 'system',
    default: false,
    source: '(consumed + firmware) ÷ configurable',
    valueType: 'double',
    select: (system, observe) => observe(system, system.processor.consumedUtilization),
  },
  {
    name: 'powervm.system.memory.installed',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of the frame',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'memory.totalMem × 2^20',
    valueType: 'int',
    select: (system, observe) => observe(system, system.memory.installed),
  },
  {
    name: 'powervm.system.memory.configurable',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory that is licensed',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'memory.configurableMem × 2^20',
    valueType: 'int',
    select: (system, observe) => observe(system, system.memory.configurable),
  },
  {
    name: 'powervm.system.memory.available',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory that no partition has',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'memory.availableMem × 2^20',
    valueType: 'int',
    select: (system, observe) => observe(system, system.memory.available),
  },
  {
    name: 'powervm.system.memory.firmware',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of the hypervisor itself',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'systemFirmware.assignedMem × 2^20',
    valueType: 'int',
    select: (system, observe) => observe(system, system.memory.firmware),
  },
  {
    name: 'powervm.physical_pool.cpu.size',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors of the physical shared pool',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'ΔtotalPoolCycles ÷ ΔtimeBasedCycles',
    valueType: 'double',
    select: (system, observe) => observe(system, system.physicalPool?.size),
  },
  {
    name: 'powervm.physical_pool.cpu.consumed',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors of the physical shared pool in use',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'ΔutilizedPoolCycles ÷ ΔtimeBasedCycles',
    valueType: 'double',
    select: (system, observe) => observe(system, system.physicalPool?.consumed),
  },
  {
    name: 'powervm.physical_pool.cpu.configurable',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processors of the physical shared pool that are licensed',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'configurablePoolProcUnits',
    valueType: 'double',
    select: (system, observe) => observe(system, system.physicalPool?.configurable),
  },
  {
    name: 'powervm.physical_pool.cpu.available',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processors of the physical shared pool that nobody is entitled to',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'currAvailablePoolProcUnits',
    valueType: 'double',
    select: (system, observe) => observe(system, system.physicalPool?.available),
  },
  {
    name: 'powervm.physical_pool.cpu.borrowed',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processors that the physical shared pool has borrowed from dedicated partitions',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'borrowedPoolProcUnits',
    valueType: 'double',
    select: (system, observe) => observe(system, system.physicalPool?.borrowed),
  },
  {
    name: 'powervm.physical_pool.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Part of the physical shared pool in use',
    attributes: [],
    entity: 'system',
    default: true,
    source: 'consumed ÷ size',
    valueType: 'double',
    select: (system, observe) => observe(system, system.physicalPool?.utilization),
  },
  {
    name: 'powervm.shared_pool.cpu.size',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors of a shared processor pool',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'ΔassignedProcCycles ÷ ΔtimeBasedCycles',
    valueType: 'double',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.sharedPools)
        observe(system, pool.size, poolAttributes(system, pool, 'sharedPools', attributeCache));
    },
  },
  {
    name: 'powervm.shared_pool.cpu.consumed',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Processors of a shared processor pool in use; pools nest in the physical one',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'ΔutilizedPoolCycles ÷ ΔtimeBasedCycles',
    valueType: 'double',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.sharedPools)
        observe(system, pool.consumed, poolAttributes(system, pool, 'sharedPools', attributeCache));
    },
  },
  {
    name: 'powervm.shared_pool.cpu.limit',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Most that a shared processor pool may use',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'maxProcUnits',
    valueType: 'double',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.sharedPools)
        observe(system, pool.limit, poolAttributes(system, pool, 'sharedPools', attributeCache));
    },
  },
  {
    name: 'powervm.shared_pool.cpu.borrowed',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Processors that a shared processor pool has borrowed',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'borrowedPoolProcUnits',
    valueType: 'double',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.sharedPools)
        observe(system, pool.borrowed, poolAttributes(system, pool, 'sharedPools', attributeCache));
    },
  },
  {
    name: 'powervm.shared_pool.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Part of a shared processor pool in use',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'consumed ÷ size; unused pools are left out',
    valueType: 'double',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.sharedPools)
        observe(system, pool.utilization, poolAttributes(system, pool, 'sharedPools', attributeCache));
    },
  },
  {
    name: 'powervm.memory_pool.size',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of a shared memory pool',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'sharedMemoryPool[].totalMem × 2^20',
    valueType: 'int',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.memoryPools)
        observe(system, pool.size, poolAttributes(system, pool, 'memoryPools', attributeCache));
    },
  },
  {
    name: 'powervm.memory_pool.assigned',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of a shared memory pool that partitions have',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'assignedMemToLpars × 2^20',
    valueType: 'int',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.memoryPools)
        observe(system, pool.assigned, poolAttributes(system, pool, 'memoryPools', attributeCache));
    },
  },
  {
    name: 'powervm.memory_pool.firmware',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of a shared memory pool that the hypervisor has',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'assignedMemToSysFirmware × 2^20',
    valueType: 'int',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.memoryPools)
        observe(system, pool.firmware, poolAttributes(system, pool, 'memoryPools', attributeCache));
    },
  },
  {
    name: 'powervm.memory_pool.io.size',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of a shared memory pool for input and output',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: false,
    source: 'totalIOMem × 2^20',
    valueType: 'int',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.memoryPools)
        observe(system, pool.ioSize, poolAttributes(system, pool, 'memoryPools', attributeCache));
    },
  },
  {
    name: 'powervm.memory_pool.io.mapped',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of a shared memory pool that is mapped for input and output',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: false,
    source: 'mappedIOMemToLpars × 2^20',
    valueType: 'int',
    select: (system, observe, { attributeCache }) => {
      for (const pool of system.memoryPools)
        observe(system, pool.ioMapped, poolAttributes(system, pool, 'memoryPools', attributeCache));
    },
  },
  {
    name: 'powervm.system.network.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through a physical port of an SR-IOV (or HEA) adapter',
    attributes: [NETWORK_DIRECTION, ...portAttributeNames],
    entity: 'system',
    default: true,
    source: 'receivedBytes, sentBytes',
    valueType: 'int',
    select: (system, observe, context) => {
      for (const port of system.physicalPorts) observeEthernetBytes(observe, port, portDirections(port, context));
    },
  },
  {
    name: 'powervm.system.network.packet.count',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets through a physical port of an SR-IOV (or HEA) adapter',
    attributes: [NETWORK_DIRECTION, ...portAttributeNames],
    entity: 'system',
    default: true,
    source: 'receivedPackets, sentPackets',
    valueType: 'int',
    select: (system, observe, context) => {
      for (const port of system.physicalPorts) observeEthernetPackets(observe, port, portDirections(port, context));
    },
  },
  {
    name: 'powervm.system.network.packet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets that a physical port dropped',
    attributes: portAttributeNames,
    entity: 'system',
    default: true,
    source: 'droppedPackets',
    valueType: 'int',
    select: (system, observe) => {
      for (const port of system.physicalPorts) observe(port, port.droppedPackets, portAttributes(port));
    },
  },
  {
    name: 'powervm.system.network.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Errors of a physical port',
    attributes: [NETWORK_DIRECTION, ...portAttributeNames],
    entity: 'system',
    default: true,
    source: 'errorIn, errorOut',
    valueType: 'int',
    select: (system, observe, context) => {
      for (const port of system.physicalPorts) {
        observe(port, port.receiveErrors, portDirections(port, context).in);
        observe(port, port.sendErrors, portDirections(port, context).out);
      }
    },
  },
  {
    name: 'powervm.system.info',
    kind: 'gauge',
    unit: '1',
    description: 'What the frame is like: 1 for the present description, 0 once for the one that it has just replaced',
    attributes: systemInfoAttributes,
    entity: 'system',
    default: true,
    source: 'utilInfo; firmware level of the inventory',
    valueType: 'int',
    select: (system, observe) => {
      observe(system, 1, informationOf(system.description));
      if (system.previousDescription) observe(system, 0, informationOf(system.previousDescription));
    },
  },
  {
    name: 'powervm.shared_pool.info',
    kind: 'gauge',
    unit: '1',
    description:
      'The name of a shared processor pool: 1 for the present one, 0 once for the one that it has just replaced',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'sharedProcessorPool[].name',
    valueType: 'int',
    select: (system, observe) => observePoolNames(system, system.sharedPools, observe),
  },
  {
    name: 'powervm.memory_pool.info',
    kind: 'gauge',
    unit: '1',
    description:
      'The name of a shared memory pool: 1 for the present one, 0 once for the one that it has just replaced',
    attributes: ['powervm.pool.id', 'powervm.pool.name'],
    entity: 'system',
    default: true,
    source: 'sharedMemoryPool[].name',
    valueType: 'int',
    select: (system, observe) => observePoolNames(system, system.memoryPools, observe),
  },
  {
    name: 'powervm.system.lpar.count',
    kind: 'updowncounter',
    unit: '{partition}',
    description: 'Partitions of each type in each state',
    attributes: ['powervm.lpar.state', 'powervm.lpar.type'],
    entity: 'system',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: (system, observe) => {
      for (const { state, type, count } of system.partitionCounts) {
        observe(system, count, { 'powervm.lpar.state': state, 'powervm.lpar.type': type });
      }
    },
  },
  {
    name: 'hw.host.power',
    kind: 'gauge',
    unit: 'W',
    description: 'Power that the frame takes',
    attributes: ['hw.id'],
    entity: 'system',
    default: true,
    source: 'currentPowerReading of the energy document',
    valueType: 'double',
    select: ({ description, energy }, observe) => {
      if (energy) observe(energy, energy.powerWatts, { 'hw.id': description.id });
    },
  },
  {
    name: 'hw.host.ambient_temperature',
    kind: 'gauge',
    unit: 'Cel',
    description: 'Temperature of the air at the inlets',
    attributes: ['hw.id', 'hw.sensor_location'],
    entity: 'system',
    default: true,
    source: 'inletTemperatures of the energy document',
    valueType: 'double',
    select: (system, observe) => observeTemperatures(system, observe, ['inlet']),
  },
  {
    name: 'hw.temperature',
    kind: 'gauge',
    unit: 'Cel',
    description: 'Temperatures inside the frame',
    attributes: ['hw.id', 'hw.sensor_location'],
    entity: 'system',
    default: true,
    source: 'cpuTemperatures, baseboardTemperatures of the energy document',
    valueType: 'double',
    select: (system, observe) => observeTemperatures(system, observe, ['cpu', 'baseboard']),
  },
];

/** With the first reported name of the pool: a new one must not start new series. */
function poolAttributes(
  { description }: SystemActivity,
  { id, name }: SharedPoolActivity | MemoryPoolActivity,
  kind: 'sharedPools' | 'memoryPools',
  attributeCache: AttributeCache,
): PointAttributes {
  return attributeCache.recall(`${kind}\0${description.id}\0${id}`, () => poolNamed(id, name));
}

/** What waits for the documents of the VIOSes comes when they do, and the rest of the frame does not come twice. */
function withBusy({ time, startTime, processor }: SystemActivity): PointTime {
  return { time, startTime, fresh: processor.isBusyFresh };
}

function poolNamed(id: number, name: string | undefined): PointAttributes {
  return present({ 'powervm.pool.id': id, 'powervm.pool.name': name });
}

function observePoolNames(
  system: SystemActivity,
  pools: readonly (SharedPoolActivity | MemoryPoolActivity)[],
  observe: Observe,
): void {
  for (const { id, name, previousName } of pools) {
    if (name !== undefined) observe(system, 1, poolNamed(id, name));
    if (previousName !== undefined) observe(system, 0, poolNamed(id, previousName));
  }
}

function informationOf(description: SystemDescription): PointAttributes {
  return present({
    'powervm.system.name': description.name,
    'powervm.system.mtms': description.mtms,
    'powervm.system.machine_type': description.machineType,
    'powervm.system.model': description.model,
    'powervm.system.serial_number': description.serialNumber,
    'powervm.system.firmware_version': description.firmwareVersion,
  });
}

function portAttributes({ adapterId, portId, location }: PhysicalPortActivity): PointAttributes {
  return present({ 'powervm.adapter.id': adapterId, 'powervm.port.id': portId, 'powervm.port.location': location });
}

function portDirections(port: PhysicalPortActivity, context: SelectionContext): DirectedAttributes {
  const { adapterId, portId, location } = port;
  return networkAttributesOf(context, `port\0${adapterId}\0${portId}\0${location}`, () => ({
    attributes: portAttributes(port),
  }));
}

/** One point for each sensor: `hw.id` distinguishes those of one location. */
function observeTemperatures({ energy }: SystemActivity, observe: Observe, locations: readonly string[]): void {
  for (const { location, instance, celsius } of energy?.temperatures ?? []) {
    if (!energy || !locations.includes(location)) continue;
    observe(energy, celsius, { 'hw.id': `${location}-${instance}`, 'hw.sensor_location': location });
  }
}
