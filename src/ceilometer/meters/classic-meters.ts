import { processorTime } from '../intervals/processor-time.ts';
import { isRead, isReceived, isSent, isWrite, type MeterDefinition, type MeterSubject } from './meter-definition.ts';

type Matches = MeterDefinition['matches'];

const BYTES = 'powervm.lpar.disk.io';
const OPERATIONS = 'powervm.lpar.disk.operations';

/** Meters that compute agents and the stock pipeline had until Rocky. */
export const classicMeters: readonly MeterDefinition[] = [
  {
    name: 'cpu_util',
    type: 'gauge',
    unit: '%',
    subject: 'instance',
    set: 'classic',
    metric: 'powervm.lpar.cpu.utilization',
    why: '× 100, the mean over the interval: what was used of the entitlement, so an uncapped instance passes 100',
    derive: 'value',
    over: 'mean',
    convert: (ratio) => ratio * 100,
  },
  {
    name: 'cpu.delta',
    type: 'delta',
    unit: 'ns',
    subject: 'instance',
    set: 'classic',
    metric: 'powervm.lpar.cpu.time',
    why: 'growth of `cpu` since the sample before; none over a reset',
    derive: 'delta',
    over: 'last',
    isTotal: true,
    totalOf: processorTime,
  },
  packetRate('network.incoming.packets.rate', isReceived),
  packetRate('network.outgoing.packets.rate', isSent),
  ...rates('disk.device.', 'disk'),
  sum('disk.read.bytes', 'B', BYTES, isRead),
  sum('disk.write.bytes', 'B', BYTES, isWrite),
  sum('disk.read.requests', 'request', OPERATIONS, isRead),
  sum('disk.write.requests', 'request', OPERATIONS, isWrite),
  ...rates('disk.', 'instance'),
];

function rates(prefix: string, subject: MeterSubject): readonly MeterDefinition[] {
  return [
    rate(`${prefix}read.bytes.rate`, 'B/s', subject, BYTES, isRead),
    rate(`${prefix}write.bytes.rate`, 'B/s', subject, BYTES, isWrite),
    rate(`${prefix}read.requests.rate`, 'request/s', subject, OPERATIONS, isRead),
    rate(`${prefix}write.requests.rate`, 'request/s', subject, OPERATIONS, isWrite),
    { ...rate(`${prefix}iops`, 'count/s', subject, OPERATIONS), isTotal: true },
  ];
}

function packetRate(name: string, matches: Matches & {}): MeterDefinition {
  const why = 'growth per second of sample time, by interface';
  return { ...rate(name, 'packet/s', 'interface', 'powervm.lpar.network.packet.count', matches), why };
}

function rate(name: string, unit: string, subject: MeterSubject, metric: string, matches?: Matches): MeterDefinition {
  const isSumOfDevices = subject === 'instance';
  return {
    name,
    type: 'gauge',
    unit,
    subject,
    set: 'classic',
    metric,
    why: `growth per second of sample time${isSumOfDevices ? ', all devices together' : ''}`,
    derive: 'rate',
    over: 'last',
    ...(isSumOfDevices ? { isSumOfDevices } : {}),
    ...(matches ? { matches } : {}),
  };
}

function sum(name: string, unit: string, metric: string, matches: Matches & {}): MeterDefinition {
  return {
    name,
    type: 'cumulative',
    unit,
    subject: 'instance',
    set: 'classic',
    metric,
    why: 'all devices together; absent for an interval in which one of them is missing',
    matches,
    derive: 'value',
    over: 'last',
    isSumOfDevices: true,
  };
}
