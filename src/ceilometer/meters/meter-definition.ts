import type { PointAttributes } from '../../metrics/index.ts';
import type { Flavor } from '../../openstack/index.ts';
import type { EntityKind, MetricPoint } from '../intervals/partition-points.ts';
import type { MeterType } from '../samples/sample.ts';

/** What a meter is about, and with it the form of its resource id. */
export type MeterSubject = 'instance' | 'interface' | 'disk';

/** `now`: what the present compute agent has. `classic`: what it had until Rocky, for sites with old dashboards. */
export type MeterSet = 'now' | 'classic';

/**
 * A Ceilometer meter, made from an OpenTelemetry metric: the matching points of one subject and time are added up,
 * derived and scaled.
 */
export interface MeterDefinition {
  readonly name: string;
  readonly type: MeterType;
  readonly unit: string;
  readonly subject: MeterSubject;
  /** Default `instance`. */
  readonly entity?: EntityKind;
  readonly set: MeterSet;
  /** Name of the metric. */
  readonly metric: string;
  /** Another metric that says the same of partitions that do not have the first. */
  readonly orMetric?: string;
  /** What is done with the metric, and why: for `docs/ceilometer.md`. */
  readonly why: string;
  /** Which points of the metric; default all. */
  readonly matches?: (attributes: PointAttributes) => boolean;
  /** The sum itself, its growth since the sample before, or its growth per second of sample time. */
  readonly derive: 'value' | 'delta' | 'rate';
  /** What one sample reports of an interval: the last value in it, or, of what is a rate already, their mean. */
  readonly over: 'last' | 'mean';
  /** Sums over all devices of an instance, whose documents have times of their own. */
  readonly isSumOfDevices?: boolean;
  /** A total of two points, such as of reads and writes: with one of them missing there is none. */
  readonly isTotal?: boolean;
  /** How the total is made where not by adding up. */
  readonly totalOf?: (points: readonly MetricPoint[]) => number | undefined;
  /** Whether growth over a reset is what was counted since: of what compute agents count like that. */
  readonly countsFromReset?: boolean;
  /** Whether it is reported for a partition that is switched off: most meters are not. */
  readonly whileOff?: boolean;
  /** Applied last. Default the number itself. */
  readonly convert?: (value: number) => number;
  /** The number of a point, where it is not its value: `undefined` leaves the point out. */
  readonly volumeOf?: (attributes: PointAttributes, value: number) => number | undefined;
  /** The volume, where it is the size that Nova gave the instance: the metric only says when. */
  readonly ofFlavor?: (flavor: Flavor) => number | undefined;
}

/** MB or MiB, as configured: Ceilometer changed the label in 26 and never the number. */
export const MEMORY_UNIT = 'MB';
/** Likewise, for GB or GiB. */
export const DISK_SIZE_UNIT = 'GB';

export const isReceived = direction('network.io.direction', 'receive');
export const isSent = direction('network.io.direction', 'transmit');
export const isRead = direction('disk.io.direction', 'read');
export const isWrite = direction('disk.io.direction', 'write');

function direction(name: string, value: string): (attributes: PointAttributes) => boolean {
  return (attributes) => attributes[name] === value;
}
