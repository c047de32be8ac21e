import { processorTime } from '../intervals/processor-time.ts';
import { rootDiskSize } from '../samples/instance-metadata.ts';
import type { MeterType } from '../samples/sample.ts';
import { classicMeters } from './classic-meters.ts';
import {
  DISK_SIZE_UNIT,
  isRead,
  isReceived,
  isSent,
  isWrite,
  MEMORY_UNIT,
  type MeterDefinition,
  type MeterSet,
} from './meter-definition.ts';

const MEBIBYTE = 2 ** 20;

const CPU_TIME = 'powervm.lpar.cpu.time';
const NETWORK_BYTES = 'powervm.lpar.network.io';
const PACKETS = 'powervm.lpar.network.packet.count';
const DROPS = 'powervm.lpar.network.packet.dropped';
const ERRORS = 'powervm.lpar.network.errors';
const DISK_BYTES = 'powervm.lpar.disk.io';
const OPERATIONS = 'powervm.lpar.disk.operations';

/**
 * Numbers of libvirt's domain states, by what nova-powervm makes of the states of a partition: what starts, migrates or
 * is being suspended runs until it does not. Other states have none.
 */
const libvirtStates: Readonly<Record<string, number>> = {
  running: 1,
  starting: 1,
  'open firmware': 1,
  'migrating running': 1,
  suspending: 1,
  suspended: 3,
  'shutting down': 4,
  'not activated': 5,
  'migrating not active': 5,
  error: 6,
};

const meterTable: readonly MeterDefinition[] = [
  {
    ...ofInstance('cpu', 'cumulative', 'ns', CPU_TIME),
    why: '× 10⁹, capped and uncapped together, whole nanoseconds rounded down: processor time that the hypervisor dispatched. The old inspector sent cycles, 1.953125 times too little. Metadata have `cpu_number`',
    isTotal: true,
    totalOf: processorTime,
  },
  {
    ...ofInstance('vcpus', 'gauge', 'vcpu', 'powervm.lpar.cpu.virtual_processor.count'),
    orMetric: 'powervm.lpar.cpu.dedicated_processor.count',
    whileOff: true,
    why: 'virtual processors at present, or dedicated ones (`powervm.lpar.cpu.dedicated_processor.count`); absent while the inventory does not say',
  },
  {
    ...memory('memory', 'powervm.lpar.memory.limit'),
    whileOff: true,
    // A partition that is switched off may have none.
    volumeOf: (_, bytes) => (bytes === 0 ? undefined : bytes),
    why: '÷ 2²⁰: memory that the partition has',
  },
  {
    ...memory('memory.usage', 'powervm.lpar.memory.usage'),
    why: '÷ 2²⁰, as the guest sees it, cache not counted: needs RMC in the guest, otherwise absent',
  },
  {
    ...memory('memory.available', 'powervm.lpar.memory.os.limit'),
    why: '÷ 2²⁰: what the guest sees in total, which is what Ceilometer means by it; needs RMC',
  },
  {
    ...memory('memory.resident', 'powervm.lpar.memory.backed'),
    why: '÷ 2²⁰: physical memory behind it; less than `memory` only with Active Memory Sharing',
  },
  {
    ...ofInstance('power.state', 'gauge', '', 'powervm.lpar.status'),
    whileOff: true,
    why: "number of libvirt's domain state, as nova-powervm maps them: Running, Starting, Open Firmware, Migrating Running, Suspending 1, Suspended 3, Shutting Down 4, Not Activated, Migrating Not Active 5, Error 6; any other state is absent",
    volumeOf: (attributes, value) =>
      value === 1 ? libvirtStates[String(attributes['powervm.lpar.state']).toLowerCase()] : undefined,
  },
  {
    ...ofInstance('disk.root.size', 'gauge', DISK_SIZE_UNIT, CPU_TIME),
    why: 'root disk of the flavor, as Nova bills it (agents subtract the ephemeral one); needs Nova (the metric only says when)',
    ofFlavor: rootDiskSize,
  },
  {
    ...ofInstance('disk.ephemeral.size', 'gauge', DISK_SIZE_UNIT, CPU_TIME),
    why: 'ephemeral disk of the flavor; needs Nova (the metric only says when)',
    ofFlavor: ({ ephemeral }) => ephemeral,
  },
  ofInterface('network.incoming.bytes', 'B', NETWORK_BYTES, isReceived),
  ofInterface('network.outgoing.bytes', 'B', NETWORK_BYTES, isSent),
  ofInterface('network.incoming.packets', 'packet', PACKETS, isReceived),
  ofInterface('network.outgoing.packets', 'packet', PACKETS, isSent),
  {
    ...ofInterface('network.incoming.packets.drop', 'packet', DROPS, (attributes) => !isSent(attributes)),
    why: 'received, or without a direction: virtual Ethernet has none, and the old inspector had it so',
  },
  { ...ofInterface('network.outgoing.packets.drop', 'packet', DROPS, isSent), why: 'sent; SR-IOV only' },
  { ...ofInterface('network.incoming.packets.error', 'packet', ERRORS, isReceived), why: 'received; SR-IOV only' },
  { ...ofInterface('network.outgoing.packets.error', 'packet', ERRORS, isSent), why: 'sent; SR-IOV only' },
  rate('network.incoming.bytes.rate', isReceived),
  rate('network.outgoing.bytes.rate', isSent),
  delta('network.incoming.bytes.delta', isReceived),
  {
    ...delta('network.outgoing.bytes.delta', isSent),
    why: 'growth since the sample before, or since the counter began anew; up to release 19 agents call it `network.outgoing.packets.delta` by mistake',
  },
  ofDisk('disk.device.read.bytes', 'B', DISK_BYTES, isRead),
  ofDisk('disk.device.write.bytes', 'B', DISK_BYTES, isWrite),
  ofDisk('disk.device.read.requests', 'request', OPERATIONS, isRead),
  ofDisk('disk.device.write.requests', 'request', OPERATIONS, isWrite),
];

/** Every meter that can be sent. */
export const meters: readonly MeterDefinition[] = [...meterTable, ...classicMeters];

/** Those of a set; the classic ones come on top of the others. */
export function metersOfSet(set: MeterSet): readonly MeterDefinition[] {
  return set === 'classic' ? meters : meterTable;
}

function ofInstance(name: string, type: MeterType, unit: string, metric: string) {
  return { name, type, unit, subject: 'instance', set: 'now', metric, derive: 'value', over: 'last' } as const;
}

function memory(name: string, metric: string) {
  return { ...ofInstance(name, 'gauge', MEMORY_UNIT, metric), convert: (bytes: number) => bytes / MEBIBYTE };
}

function ofInterface(
  name: string,
  unit: string,
  metric: string,
  matches: MeterDefinition['matches'] & {},
): MeterDefinition {
  const why = matches === isReceived ? 'received, by interface' : 'sent, by interface';
  return { ...ofInstance(name, 'cumulative', unit, metric), subject: 'interface', why, matches };
}

function rate(name: string, matches: MeterDefinition['matches'] & {}): MeterDefinition {
  const why = 'growth per second of sample time, since the sample before';
  return { ...ofInterface(name, 'B/s', NETWORK_BYTES, matches), type: 'gauge', derive: 'rate', why };
}

function delta(name: string, matches: MeterDefinition['matches'] & {}): MeterDefinition {
  const why =
    'growth since the sample before, or since the counter began anew; none for the first, where agents send 0';
  return {
    ...ofInterface(name, 'B', NETWORK_BYTES, matches),
    type: 'delta',
    derive: 'delta',
    countsFromReset: true,
    why,
  };
}

function ofDisk(name: string, unit: string, metric: string, matches: MeterDefinition['matches'] & {}): MeterDefinition {
  const why = `${matches === isRead ? 'read' : 'written'}, by virtual adapter and VIOS`;
  return { ...ofInstance(name, 'cumulative', unit, metric), subject: 'disk', why, matches };
}
