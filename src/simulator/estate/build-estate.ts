import { SeededRandom } from '../random.ts';
import {
  buildPartition,
  buildVios,
  DAY,
  type Frame,
  MEMORY_POOL,
  PRODUCTION_POOL,
  TEST_POOL,
} from './build-partition.ts';
import { noCounterOffsets } from './counter-offsets.ts';
import type {
  SimulatedCollection,
  SimulatedMemoryPool,
  SimulatedPartition,
  SimulatedPhysicalPort,
  SimulatedPool,
  SimulatedSystem,
} from './model.ts';

export interface EstateSize {
  readonly systems: number;
  readonly lpars: number;
  readonly vioses: number;
  readonly seed: string;
  /** Milliseconds since 1970; everything was started some days before the midnight before it. */
  readonly startedAt: number;
  readonly energy: SimulatedSystem['energy'];
  /** Host Ethernet adapters, as POWER7 has them. */
  readonly hasHostEthernet: boolean;
  /** Whether the hypervisor lists the first partition twice, with and without dashes. */
  readonly listsTwice: boolean;
}

const PHYSICAL_PORTS = 2;
/** Room for what migrates here. */
const SPARE_CORES = 8;
const SPARE_MEMORY_MIB = 131_072;
const UNUSED_POOLS = [3, 4, 5];

/** The whole estate, from its size and seed alone. */
export function buildEstate(size: EstateSize): readonly SimulatedSystem[] {
  return Array.from({ length: size.systems }, (_, index) => buildSystem(size, index));
}

function buildSystem(size: EstateSize, index: number): SimulatedSystem {
  const random = new SeededRandom(size.seed).for(`system-${index}`);
  const serialNumber = `ZZ${String(random.integer('serial', 0, 9_999) * 10 + index).padStart(5, '0')}`;
  const unit = `U9009.42A.${serialNumber}`;
  const lastMidnight = Math.floor(size.startedAt / DAY) * DAY;
  const bootTime = lastMidnight - 18 * DAY;
  const physicalPorts = buildPhysicalPorts(unit, size.hasHostEthernet);
  const frame: Frame = { random, unit, lastMidnight, vioses: size.vioses, physicalPorts };
  const partitions = Array.from({ length: size.lpars }, (_, number) => buildPartition(frame, size.vioses + 1 + number));
  const vioses = Array.from({ length: size.vioses }, (_, number) => buildVios(frame, number + 1, partitions));
  const allPartitions = [...partitions, ...vioses];
  const installedCores = roundUp(sum(allPartitions.map(({ entitlement }) => entitlement)) + SPARE_CORES, 4);
  const [first] = partitions;
  return {
    id: random.uuid('system'),
    name: `frame-${String(index + 1).padStart(2, '0')}`,
    machineType: '9009',
    model: '42A',
    serialNumber,
    mtms: `9009-42A*${serialNumber}`,
    firmware: 'FW950.80 (VL950_131)',
    bootTime,
    // The first one samples on the full half minute; others do not, as in the field.
    samplingOffset: ((index * 7) % 30) * 1000,
    installedCores,
    configurableCores: installedCores,
    memoryMib: roundUp(sum(allPartitions.map(({ memoryMib }) => memoryMib)) + SPARE_MEMORY_MIB, 65_536),
    firmwareMemoryMib: 9_216,
    pools: buildPools(allPartitions),
    memoryPools: buildMemoryPools(partitions),
    physicalPorts,
    partitions,
    vioses,
    storagePoolId: new SeededRandom(size.seed).uuid('storage-pool'),
    energy: size.energy,
    collection: { ...HEALTHY, listedTwice: size.listsTwice && first ? [first.id] : [] },
    counterOffsets: noCounterOffsets(bootTime),
  };
}

const HEALTHY: SimulatedCollection = {
  status: 0,
  errors: [],
  isPaused: false,
  isEnergyPaused: false,
  isComputeOnly: false,
  listedTwice: [],
};

function buildPhysicalPorts(unit: string, hasHostEthernet: boolean): readonly SimulatedPhysicalPort[] {
  const sriov = Array.from({ length: PHYSICAL_PORTS }, (_, port) => ({
    kind: 'sriov' as const,
    adapterDrcIndex: '553713696',
    id: port,
    location: `${unit}-P1-C8-T${port + 1}`,
    bytesPerSecond: 0,
  }));
  const hostEthernet = Array.from({ length: hasHostEthernet ? PHYSICAL_PORTS : 0 }, (_, port) => ({
    kind: 'hea' as const,
    adapterDrcIndex: '587202560',
    id: port,
    location: `${unit}-P1-C9-T${port + 1}`,
    bytesPerSecond: 250_000 * (port + 1),
  }));
  return [...sriov, ...hostEthernet];
}

function buildPools(allPartitions: readonly SimulatedPartition[]): readonly SimulatedPool[] {
  const entitled = (poolId: number) =>
    sum(allPartitions.filter((partition) => partition.poolId === poolId).map(({ entitlement }) => entitlement));
  const all = sum(allPartitions.filter(({ poolId }) => poolId !== undefined).map(({ entitlement }) => entitlement));
  return [
    { id: 0, name: 'DefaultPool', maximumUnits: Math.ceil(all) + 2 },
    { id: PRODUCTION_POOL, name: 'Production', maximumUnits: Math.ceil(entitled(PRODUCTION_POOL)) + 1 },
    { id: TEST_POOL, name: 'Test', maximumUnits: Math.ceil(entitled(TEST_POOL)) + 1 },
    ...UNUSED_POOLS.map((id) => ({ id, name: `SharedPool0${id}`, maximumUnits: 0 })),
  ];
}

function buildMemoryPools(partitions: readonly SimulatedPartition[]): readonly SimulatedMemoryPool[] {
  const backed = sum(partitions.map(({ sharedMemory }) => sharedMemory?.backedMib ?? 0));
  return backed === 0 ? [] : [{ id: MEMORY_POOL, name: 'DefaultPool', memoryMib: roundUp(backed + 4_096, 2_048) }];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
