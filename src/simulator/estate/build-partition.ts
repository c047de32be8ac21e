import type { SeededRandom } from '../random.ts';
import {
  type AdapterFrame,
  buildEthernet,
  buildFibreChannel,
  buildLogicalPort,
  buildScsi,
  buildTrunk,
  FIRST_VLAN,
} from './build-adapters.ts';
import type { LoadProfile } from './load.ts';
import type { CycleCounters, PartitionState, SimulatedEthernet, SimulatedPartition, SimulatedVios } from './model.ts';

/** Facts of the frame that its partitions are built from. */
export interface Frame extends AdapterFrame {
  readonly random: SeededRandom;
  readonly lastMidnight: number;
  readonly vioses: number;
}

export const DAY = 86_400_000;
export const PRODUCTION_POOL = 1;
export const TEST_POOL = 2;
export const MEMORY_POOL = 0;
const ROLES = ['prod-db', 'prod-app', 'prod-web', 'test-db', 'dev-build', 'prod-erp', 'test-app', 'prod-mq'] as const;
const NO_WWPN = '0000000000000000';

export function buildPartition(frame: Frame, number: number): SimulatedPartition {
  const random = frame.random.for(`partition-${number}`);
  const index = number - frame.vioses - 1;
  const role = ROLES[index % ROLES.length] ?? ROLES[0];
  const isDedicated = index % 8 === 5;
  const isCapped = index % 4 === 2;
  const mode = isDedicated ? 'share_idle_procs' : isCapped ? 'cap' : 'uncap';
  const state = initialState(index);
  const entitlement = isDedicated ? random.integer('cores', 1, 2) : random.integer('entitlement', 2, 20) / 10;
  const virtualProcessors = isDedicated ? entitlement : Math.ceil(entitlement) + random.integer('virtual', 1, 3);
  const isIbmI = index % 12 === 8;
  const memoryMib = random.integer('memory', 2, 24) * 2_048;
  return {
    id: random.uuid('partition'),
    number,
    name: `${role}${Math.floor(index / ROLES.length) + 1}`,
    kind: isIbmI ? 'ibmi' : 'aixlinux',
    state,
    mode,
    poolId: isDedicated ? undefined : poolOf(role),
    weight: mode === 'uncap' ? 128 : undefined,
    entitlement,
    virtualProcessors,
    memoryMib,
    sharedMemory: index % 12 === 10 ? { poolId: MEMORY_POOL, backedMib: memoryMib * 0.75 } : undefined,
    cycleCounters: newCycleCounters(frame.lastMidnight - random.integer('boot', 1, 17) * DAY),
    load: buildLoad(random, mode, entitlement, virtualProcessors, index % 3 === 1),
    rmcState: state !== 'Running' || isIbmI ? 'none' : index % 11 === 7 ? 'inactive' : 'active',
    operatingSystem: isIbmI ? 'IBM i 7.4.0' : index % 2 === 0 ? 'AIX 7.2 7200-05-03-2148' : 'Linux/RedHat 5.14.0 9.2',
    affinityScore: random.integer('affinity', 70, 100),
    problem: undefined,
    isPlaceholder: false,
    ethernet: [buildEthernet(frame, random, number)],
    logicalPorts: index % 5 === 4 ? [buildLogicalPort(frame, random, number, undefined)] : [],
    // One adapter to each of the first two VIOSes: both show it as `vhost` something.
    scsi: index % 3 === 0 ? [] : firstTwo(frame).map((vios) => buildScsi(frame, random, number, vios)),
    fibreChannel: index % 3 === 0 ? firstTwo(frame).map((vios) => buildFibreChannel(frame, random, number, vios)) : [],
  };
}

export function buildVios(frame: Frame, number: number, clients: readonly SimulatedPartition[]): SimulatedVios {
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
    sharedMemory: undefined,
    cycleCounters: newCycleCounters(frame.lastMidnight - 18 * DAY),
    load: buildLoad(random, 'uncap', 1, 4, false),
    rmcState: 'active',
    operatingSystem: 'VIOS 3.1.4.20',
    affinityScore: 100,
    problem: undefined,
    isPlaceholder: false,
    ethernet: buildTrunks(frame, random, number),
    logicalPorts: backed.map((client) =>
      buildLogicalPort(frame, random.for(client.number), 100 + client.number, client.id),
    ),
    scsi: [],
    fibreChannel: [],
    physicalEthernetLocation: `${frame.unit}-P1-C${number + 1}`,
    fibreChannelPorts: [
      ...[0, 1].map((port) => ({
        wwpn: `10000090fa${random.hex(`fc-${port}`, 6)}`,
        location: `${frame.unit}-P1-C${number + 10}-T${port + 1}`,
        gigabits: 16,
      })),
      // A port without a cable, which reports no WWPN either.
      { wwpn: NO_WWPN, location: `${frame.unit}-P1-C${number + 10}-T3`, gigabits: 0 },
    ],
    storageLocation: `${frame.unit}-P2-C${number}-T1`,
  };
}

/** The first two VIOSes bridge one VLAN each alone, and share the third: the first has it while it runs. */
function buildTrunks(frame: Frame, random: SeededRandom, number: number): readonly SimulatedEthernet[] {
  const trunk = (vlan: number, priority: number) => buildTrunk(frame, random, number, FIRST_VLAN + vlan, priority);
  if (frame.vioses === 1) return [trunk(0, 1), trunk(1, 1), trunk(2, 1)];
  if (number === 1) return [trunk(0, 1), trunk(2, 1)];
  return number === 2 ? [trunk(1, 1), trunk(2, 2)] : [];
}

/** A ledger that begins at a start of the partition. @param work what it did before that start */
export function newCycleCounters(since: number, work = 0): CycleCounters {
  return { since, capped: 0, uncapped: 0, idle: 0, donated: 0, entitled: 0, work };
}

function initialState(index: number): PartitionState {
  if (index % 10 === 9) return 'Not Activated';
  if (index % 40 === 38) return 'Open Firmware';
  return index % 40 === 28 ? 'Suspended' : 'Running';
}

function poolOf(role: string): number {
  if (role.startsWith('prod')) return PRODUCTION_POOL;
  return role.startsWith('test') ? TEST_POOL : 0;
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
    surplus: 0,
    idleShare: random.between('idle', 0.05, 0.25),
  };
}

function firstTwo(frame: Frame): readonly number[] {
  return Array.from({ length: Math.min(2, frame.vioses) }, (_, index) => index + 1);
}
