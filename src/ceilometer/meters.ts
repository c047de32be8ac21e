import type { PointAttributes } from '../metrics/index.ts';
import type { MeterType } from './sample.ts';

/** What a meter is about, and with it the form of its resource id. */
export type MeterSubject = 'instance' | 'interface' | 'disk';

/** `now`: what the present compute agent has. `classic`: what it had until Rocky, for sites with old dashboards. */
export type MeterSet = 'now' | 'classic';

/**
 * A Ceilometer meter, made from an OpenTelemetry metric: the matching points of one subject and time are added up,
 * derived and scaled (catalog.md, "Ceilometer meters from these metrics").
 */
export interface MeterDefinition {
  readonly name: string;
  readonly type: MeterType;
  readonly unit: string;
  readonly subject: MeterSubject;
  readonly set: MeterSet;
  /** Name of the metric. */
  readonly metric: string;
  /** Which points of the metric; default all. */
  readonly matches?: (attributes: PointAttributes) => boolean;
  /** The sum itself, its growth since the sample before, or its growth per second of sample time. */
  readonly derive: 'value' | 'delta' | 'rate';
  /** Applied last. Default the number itself. */
  readonly convert?: (value: number) => number;
  /** The number of a point, where it is not its value: `undefined` leaves the point out. */
  readonly volumeOf?: (attributes: PointAttributes, value: number) => number | undefined;
}

const MEBIBYTE = 2 ** 20;
const NANOSECONDS = 1e9;
/** Stands for MB or MiB, as the option says: Ceilometer changed the label in 26 and never the number. */
export const MEMORY_UNIT = 'MB';

/** Numbers of libvirt's domain states; other states of a partition have none. */
const libvirtStates: Readonly<Record<string, number>> = {
  running: 1,
  suspended: 3,
  'shutting down': 4,
  'not activated': 5,
  error: 6,
};

const received = direction('network.io.direction', 'receive');
const sent = direction('network.io.direction', 'transmit');
const reads = direction('disk.io.direction', 'read');
const writes = direction('disk.io.direction', 'write');

/** Every meter that can be sent. */
export const meters: readonly MeterDefinition[] = [
  {
    ...ofInstance('cpu', 'cumulative', 'ns', 'powervm.lpar.cpu.time'),
    convert: (seconds) => Math.round(seconds * NANOSECONDS),
  },
  ofInstance('vcpus', 'gauge', 'vcpu', 'powervm.lpar.cpu.virtual_processor.count'),
  memory('memory', 'powervm.lpar.memory.limit'),
  memory('memory.usage', 'powervm.lpar.memory.usage'),
  memory('memory.available', 'powervm.lpar.memory.os.limit'),
  memory('memory.resident', 'powervm.lpar.memory.backed'),
  {
    ...ofInstance('power.state', 'gauge', '', 'powervm.lpar.status'),
    volumeOf: (attributes, value) =>
      value === 1 ? libvirtStates[String(attributes['powervm.lpar.state']).toLowerCase()] : undefined,
  },
  ofInterface('network.incoming.bytes', 'cumulative', 'B', 'powervm.lpar.network.io', received),
  ofInterface('network.outgoing.bytes', 'cumulative', 'B', 'powervm.lpar.network.io', sent),
  ofInterface('network.incoming.packets', 'cumulative', 'packet', 'powervm.lpar.network.packet.count', received),
  ofInterface('network.outgoing.packets', 'cumulative', 'packet', 'powervm.lpar.network.packet.count', sent),
  // Drops without a direction count as incoming, as the original inspector had it.
  ofInterface(
    'network.incoming.packets.drop',
    'cumulative',
    'packet',
    'powervm.lpar.network.packet.dropped',
    (attributes) => !sent(attributes),
  ),
  ofInterface('network.outgoing.packets.drop', 'cumulative', 'packet', 'powervm.lpar.network.packet.dropped', sent),
  ofInterface('network.incoming.packets.error', 'cumulative', 'packet', 'powervm.lpar.network.errors', received),
  ofInterface('network.outgoing.packets.error', 'cumulative', 'packet', 'powervm.lpar.network.errors', sent),
  {
    ...ofInterface('network.incoming.bytes.rate', 'gauge', 'B/s', 'powervm.lpar.network.io', received),
    derive: 'rate',
  },
  { ...ofInterface('network.outgoing.bytes.rate', 'gauge', 'B/s', 'powervm.lpar.network.io', sent), derive: 'rate' },
  {
    ...ofInterface('network.incoming.bytes.delta', 'delta', 'B', 'powervm.lpar.network.io', received),
    derive: 'delta',
  },
  { ...ofInterface('network.outgoing.bytes.delta', 'delta', 'B', 'powervm.lpar.network.io', sent), derive: 'delta' },
  ofDisk('disk.device.read.bytes', 'B', 'powervm.lpar.disk.io', reads),
  ofDisk('disk.device.write.bytes', 'B', 'powervm.lpar.disk.io', writes),
  ofDisk('disk.device.read.requests', 'request', 'powervm.lpar.disk.operations', reads),
  ofDisk('disk.device.write.requests', 'request', 'powervm.lpar.disk.operations', writes),
  {
    ...ofInstance('cpu_util', 'gauge', '%', 'powervm.lpar.cpu.utilization'),
    set: 'classic',
    convert: (ratio) => ratio * 100,
  },
  ...classicStorage('disk.device.', 'disk'),
  ...classicStorage('disk.', 'instance'),
];

/** The old meters of storage: rates and operations, by device or over all devices of the instance. */
function classicStorage(prefix: string, subject: MeterSubject): readonly MeterDefinition[] {
  const gauge = (
    name: string,
    unit: string,
    metric: string,
    matches?: MeterDefinition['matches'],
  ): MeterDefinition => ({
    name: `${prefix}${name}`,
    type: 'gauge',
    unit,
    subject,
    set: 'classic',
    metric,
    derive: 'rate',
    ...(matches ? { matches } : {}),
  });
  const rates = [
    gauge('read.bytes.rate', 'B/s', 'powervm.lpar.disk.io', reads),
    gauge('write.bytes.rate', 'B/s', 'powervm.lpar.disk.io', writes),
    gauge('read.requests.rate', 'request/s', 'powervm.lpar.disk.operations', reads),
    gauge('write.requests.rate', 'request/s', 'powervm.lpar.disk.operations', writes),
    gauge('iops', 'count/s', 'powervm.lpar.disk.operations'),
  ];
  if (subject === 'disk') return rates;
  const sum = (name: string, unit: string, metric: string, matches: MeterDefinition['matches']): MeterDefinition => ({
    ...gauge(name, unit, metric, matches),
    type: 'cumulative',
    derive: 'value',
  });
  return [
    sum('read.bytes', 'B', 'powervm.lpar.disk.io', reads),
    sum('write.bytes', 'B', 'powervm.lpar.disk.io', writes),
    sum('read.requests', 'request', 'powervm.lpar.disk.operations', reads),
    sum('write.requests', 'request', 'powervm.lpar.disk.operations', writes),
    ...rates,
  ];
}

function ofInstance(name: string, type: MeterType, unit: string, metric: string): MeterDefinition {
  return { name, type, unit, subject: 'instance', set: 'now', metric, derive: 'value' };
}

function memory(name: string, metric: string): MeterDefinition {
  return { ...ofInstance(name, 'gauge', MEMORY_UNIT, metric), convert: (bytes) => bytes / MEBIBYTE };
}

function ofInterface(
  name: string,
  type: MeterType,
  unit: string,
  metric: string,
  matches: MeterDefinition['matches'] & {},
): MeterDefinition {
  return { name, type, unit, subject: 'interface', set: 'now', metric, matches, derive: 'value' };
}

function ofDisk(name: string, unit: string, metric: string, matches: MeterDefinition['matches'] & {}): MeterDefinition {
  return { name, type: 'cumulative', unit, subject: 'disk', set: 'now', metric, matches, derive: 'value' };
}

function direction(name: string, value: string): (attributes: PointAttributes) => boolean {
  return (attributes) => attributes[name] === value;
}
