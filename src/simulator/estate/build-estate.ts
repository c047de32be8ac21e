import { SeededRandom } from '../random.ts';
import type { LoadProfile } from './load.ts';
import type {
  SimulatedEthernet,
  SimulatedFibreChannel,
  SimulatedLogicalPort,
  SimulatedPartition,
  SimulatedPhysicalPort,
  SimulatedPool,
  SimulatedScsi,
  SimulatedSystem,
  SimulatedVios,
} from './model.ts';

export interface EstateSize {
  readonly systems: number;
  readonly lpars: number;
  readonly vioses: number;
  readonly seed: string;
  /** Milliseconds since 1970; everything was started some days before the midnight before it. */
  readonly startedAt: number;
}

const DAY = 86_400_000;
const ROLES = ['prod-db', 'prod-app', 'prod-web', 'test-db', 'dev-build', 'prod-erp', 'test-app', 'prod-mq'] as const;
const PRODUCTION_POOL = 1;
const PHYSICAL_PORTS = 2;

/** The whole estate, from its size and seed alone. */
export function buildEstate(size: EstateSize): readonly SimulatedSystem[] {
  return Array.from({ length: size.systems }, (_, index) => buildSystem(size, index));
}

/** Facts of the frame that its partitions are built from. */
interface Frame {
  readonly random: SeededRandom;
  /** `U9009.42A.ZZ00107` */
  readonly unit: string;
  readonly lastMidnight: number;
  readonly vioses: number;
  readonly physicalPorts: readonly SimulatedPhysicalPort[];
}

function buildSystem(size: EstateSize, index: number): SimulatedSystem {
  const random = new SeededRandom(size.seed).for(`system-${index}`);
  const serialNumber = `ZZ${String(random.integer('serial', 0, 9_999) * 10 + index).padStart(5, '0')}`;
  const unit = `U9009.42A.${serialNumber}`;
  const lastMidnight = Math.floor(size.startedAt / DAY) * DAY;
  const physicalPorts = Array.from({ length: PHYSICAL_PORTS }, (_, port) => ({
    adapterDrcIndex: '553713696',
    id: port,
    location: `${unit}-P1-C8-T${port + 1}`,
  }));
  const frame: Frame = { random, unit, lastMidnight, vioses: size.vioses, physicalPorts };
  const partitions = Array.from({ length: size.lpars }, (_, number) => buildPartition(frame, size.vioses + 1 + number));
  const vioses = Array.from({ length: size.vioses }, (_, number) => buildVios(frame, number + 1, partitions));
  const everyone = [...partitions, ...vioses];
  const installedCores = roundUp(sum(everyone.map(({ entitlement }) => entitlement)) + 4, 4);
  return {
    id: random.uuid('system'),
    name: `frame-${String(index + 1).padStart(2, '0')}`,
    machineType: '9009',
    model: '42A',
    serialNumber,
    mtms: `9009-42A*${serialNumber}`,
    firmware: 'FW950.80 (VL950_131)',
    bootTime: lastMidnight - 18 * DAY,
    // The first one samples on the full half minute; others do not, as in the field.
    samplingOffset: ((index * 7) % 30) * 1000,
    installedCores,
    configurableCores: installedCores,
    memoryMib: roundUp(sum(everyone.map(({ memoryMib }) => memoryMib)) + 32_768, 65_536),
    firmwareMemoryMib: 9_216,
    pools: buildPools(everyone),
    physicalPorts,
    partitions,
    vioses,
    storagePoolId: new SeededRandom(size.seed).uuid('storage-pool'),
  };
}

function buildPools(everyone: readonly SimulatedPartition[]): readonly SimulatedPool[] {
  const entitled = (poolId: number) =>
    sum(everyone.filter((partition) => partition.poolId === poolId).map(({ entitlement }) => entitlement));
  return [
    { id: 0, name: 'DefaultPool', maximumUnits: Math.ceil(entitled(0) + entitled(PRODUCTION_POOL)) + 2 },
    { id: PRODUCTION_POOL, name: 'Production', maximumUnits: Math.ceil(entitled(PRODUCTION_POOL)) + 1 },
    { id: 2, name: 'SharedPool02', maximumUnits: 0 },
  ];
}

function buildPartition(frame: Frame, number: number): SimulatedPartition {
  const random = frame.random.for(`partition-${number}`);
  const index = number - frame.vioses - 1;
  const role = ROLES[index % ROLES.length] ?? ROLES[0];
  const isDedicated = index % 8 === 5;
  const isCapped = index % 4 === 2;
  const mode = isDedicated ? 'share_idle_procs' : isCapped ? 'cap' : 'uncap';
  const state = index % 10 === 9 ? 'Not Activated' : index % 40 === 38 ? 'Open Firmware' : 'Running';
  const entitlement = isDedicated ? random.integer('cores', 1, 2) : random.integer('entitlement', 2, 20) / 10;
  const virtualProcessors = isDedicated ? entitlement : Math.ceil(entitlement) + random.integer('virtual', 1, 3);
  const isIbmI = index % 12 === 8;
  return {
    id: random.uuid('partition'),
    number,
    name: `${role}${Math.floor(index / ROLES.length) + 1}`,
    kind: isIbmI ? 'ibmi' : 'aixlinux',
    state,
    mode,
    poolId: isDedicated ? undefined : role.startsWith('prod') ? PRODUCTION_POOL : 0,
    weight: mode === 'uncap' ? 128 : undefined,
    entitlement,
    virtualProcessors,
    memoryMib: random.integer('memory', 2, 24) * 2_048,
    bootTime: frame.lastMidnight - random.integer('boot', 1, 17) * DAY,
    load: buildLoad(random, mode, entitlement, virtualProcessors, index % 3 === 1),
    rmcState: state !== 'Running' || isIbmI ? 'none' : index % 11 === 7 ? 'inactive' : 'active',
    operatingSystem: isIbmI ? 'IBM i 7.4.0' : index % 2 === 0 ? 'AIX 7.2 7200-05-03-2148' : 'Linux/RedHat 5.14.0 9.2',
    affinityScore: random.integer('affinity', 70, 100),
    ethernet: buildEthernet(frame, random, number),
    logicalPorts: index % 5 === 4 ? [buildLogicalPort(frame, random, number, undefined)] : [],
    scsi: index % 3 === 0 ? [] : buildScsi(frame, random, number),
    fibreChannel: index % 3 === 0 ? buildFibreChannel(frame, random, number) : [],
  };
}

function buildVios(frame: Frame, number: number, clients: readonly SimulatedPartition[]): SimulatedVios {
  const random = frame.random.for(`vios-${number}`);
  // Every seventh partition has a vNIC; the VIOSes take turns in backing them.
  const backed = clients.filter((_, index) => index % 7 === 6 && (Math.floor(index / 7) % frame.vioses) + 1 === number);
  return {
    id: random.uuid('vios'),
    number,
    name: `vios${number}`,
    kind: 'vios',
    state: 'Running',
    mode: 'uncap',
    poolId: 0,
    weight: 255,
    entitlement: 1,
    virtualProcessors: 4,
    memoryMib: 8_192,
    bootTime: frame.lastMidnight - 18 * DAY,
    load: buildLoad(random, 'uncap', 1, 4, false),
    rmcState: 'active',
    operatingSystem: 'VIOS 3.1.4.20',
    affinityScore: 100,
    ethernet: [],
    logicalPorts: backed.map((client) =>
      buildLogicalPort(frame, random.for(client.number), 100 + client.number, client),
    ),
    scsi: [],
    fibreChannel: [],
    physicalEthernetLocation: `${frame.unit}-P1-C${number + 1}`,
    fibreChannelPorts: [0, 1].map((port) => ({
      wwpn: `10000090fa${random.hex(`fc-${port}`, 6)}`,
      location: `${frame.unit}-P1-C${number + 10}-T${port + 1}`,
      gigabits: 16,
    })),
    storageLocation: `${frame.unit}-P2-C${number}-T1`,
  };
}

function buildLoad(
  random: SeededRandom,
  mode: SimulatedPartition['mode'],
  entitlement: number,
  virtualProcessors: number,
  hasBatch: boolean,
): LoadProfile {
  const night = entitlement * random.between('night', 0.06, 0.15);
  const spare = mode === 'uncap' ? virtualProcessors - entitlement : 0;
  return {
    night,
    day: entitlement * random.between('day', 0.25, 0.8),
    ripple: night * 0.6,
    ripplePeriod: random.integer('period', 300, 900),
    ripplePhase: random.between('phase', 0, 2 * Math.PI),
    burst: spare * random.between('burst', 0, 0.25),
    batch: hasBatch ? spare * 0.6 : 0,
    idleShare: random.between('idle', 0.05, 0.25),
  };
}

function buildEthernet(frame: Frame, random: SeededRandom, number: number): readonly SimulatedEthernet[] {
  return [
    {
      slot: 2,
      location: `${frame.unit}-V${number}-C2`,
      mac: `FA163E${random.hex('mac', 6).toUpperCase()}`,
      vlanId: 100 + (number % 3),
      switchId: 0,
      bytesPerWork: random.integer('network', 200_000, 4_000_000),
    },
  ];
}

function buildLogicalPort(
  frame: Frame,
  random: SeededRandom,
  slot: number,
  client: SimulatedPartition | undefined,
): SimulatedLogicalPort {
  const [first] = frame.physicalPorts;
  const port = frame.physicalPorts[slot % frame.physicalPorts.length] ?? first;
  return {
    drcIndex: String(654_327_808 + slot),
    adapterDrcIndex: port?.adapterDrcIndex ?? '',
    physicalPortId: port?.id ?? 0,
    location: `${port?.location}-S${slot}`,
    mac: `2E844C${random.hex('port-mac', 6).toUpperCase()}`,
    bytesPerWork: random.integer('port', 500_000, 8_000_000),
    client,
  };
}

/** One adapter to each of the first two VIOSes: both show it as `vhost` something. */
function buildScsi(frame: Frame, random: SeededRandom, number: number): readonly SimulatedScsi[] {
  return firstTwo(frame).map((viosNumber) => ({
    location: `${frame.unit}-V${number}-C${viosNumber + 4}`,
    viosNumber,
    serverSlot: 1_000 + number,
    bytesPerWork: random.integer(`scsi-${viosNumber}`, 500_000, 9_000_000),
  }));
}

function buildFibreChannel(frame: Frame, random: SeededRandom, number: number): readonly SimulatedFibreChannel[] {
  return firstTwo(frame).map((viosNumber) => {
    // The prefix that PowerVM gives to its virtual ports; the last bit tells the two of a pair apart.
    const first = BigInt(`0xc050760${random.hex(`wwpn-${viosNumber}`, 9)}`) & ~1n;
    return {
      location: `${frame.unit}-V${number}-C${viosNumber + 4}`,
      viosNumber,
      wwpns: [first, first + 1n],
      portIndex: number % 2,
      bytesPerWork: random.integer(`fibre-${viosNumber}`, 2_000_000, 20_000_000),
    };
  });
}

function firstTwo(frame: Frame): readonly number[] {
  return Array.from({ length: Math.min(2, frame.vioses) }, (_, index) => index + 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
