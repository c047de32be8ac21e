import { isRead, isReceived, isSent, isWrite, type MeterDefinition } from './meter-definition.ts';

const KIBIBYTE = 2 ** 10;
const GAUGE = { type: 'gauge', subject: 'instance', set: 'now', derive: 'value', over: 'last' } as const;
const COUNTER = { ...GAUGE, type: 'cumulative' } as const;

/**
 * VIOSes and frames, which are no instances: under the names and units that Ceilometer had for hosts in the days of its
 * SNMP pollsters, and for the resource types of those. Those pollsters did not count reads and writes of disks; their
 * names follow the others.
 */
export const hostMeters: readonly MeterDefinition[] = [
  {
    ...utilization('powervm.system.cpu.utilization'),
    entity: 'frame',
    why: '× 100: busy and firmware of what is configurable',
  },
  {
    ...memory('hardware.memory.total', 'powervm.system.memory.installed'),
    entity: 'frame',
    why: '÷ 2¹⁰: installed in the managed system',
  },
  { ...utilization('powervm.lpar.cpu.utilization'), entity: 'vios', why: '× 100: busy of its entitlement' },
  { ...memory('hardware.memory.total', 'powervm.lpar.memory.limit'), entity: 'vios', why: '÷ 2¹⁰: memory of the VIOS' },
  { ...memory('hardware.memory.used', 'powervm.lpar.memory.usage'), entity: 'vios', why: '÷ 2¹⁰: in use' },
  ofPort('hardware.network.incoming.bytes', isReceived, 'received'),
  ofPort('hardware.network.outgoing.bytes', isSent, 'sent'),
  ...['disk', 'fc'].flatMap((adapter) => [
    ofDisk('hardware.disk.read.bytes', 'B', `powervm.vios.${adapter}.io`, isRead),
    ofDisk('hardware.disk.write.bytes', 'B', `powervm.vios.${adapter}.io`, isWrite),
    ofDisk('hardware.disk.read.requests', 'request', `powervm.vios.${adapter}.operations`, isRead),
    ofDisk('hardware.disk.write.requests', 'request', `powervm.vios.${adapter}.operations`, isWrite),
  ]),
];

function utilization(metric: string) {
  return {
    ...GAUGE,
    name: 'hardware.cpu.util',
    unit: '%',
    metric,
    over: 'mean',
    convert: (ratio: number) => ratio * 100,
  } as const;
}

function memory(name: string, metric: string) {
  return { ...GAUGE, name, unit: 'KB', metric, convert: (bytes: number) => bytes / KIBIBYTE };
}

function ofPort(name: string, matches: MeterDefinition['matches'] & {}, what: string): MeterDefinition {
  const metric = 'powervm.vios.ethernet.physical.io';
  return {
    ...COUNTER,
    name,
    unit: 'B',
    metric,
    subject: 'interface',
    entity: 'vios',
    matches,
    why: `${what}, by physical port`,
  };
}

function ofDisk(name: string, unit: string, metric: string, matches: MeterDefinition['matches'] & {}): MeterDefinition {
  const why = `${matches === isRead ? 'read' : 'written'}, by physical adapter`;
  return { ...COUNTER, name, unit, metric, subject: 'disk', entity: 'vios', matches, why };
}
