import type { MetricPoint, PartitionPoints } from '../intervals/partition-points.ts';
import type { MeterDefinition, MeterSubject } from './meter-definition.ts';

/** What a meter of one subject was at one time. */
export interface Reading {
  readonly value: number;
  /** Milliseconds since 1970: when, and since when its counters count. */
  readonly time: number;
  readonly startTime: number;
  /** Of how many points it was made. */
  readonly points: number;
  /** Partition number of the VIOS that counts; `undefined` where the hypervisor does. */
  readonly vios: number | undefined;
}

/** The readings of one meter of one subject out of a batch, oldest first. */
export interface SubjectReadings {
  /** Location of the interface, name of the device; empty for the instance itself. */
  readonly subject: string;
  /**
   * What a sum is made of: the client's slot, which stays when another device or VIOS serves it; empty where a meter is
   * no {@link MeterDefinition.isSumOfDevices}.
   */
  readonly part: string;
  readonly readings: readonly Reading[];
}

const STATUS = 'powervm.lpar.status';
const STATE = 'powervm.lpar.state';
/** States in which nothing runs, in lower case. */
const OFF: ReadonlySet<string> = new Set(['not activated', 'not available', 'migrating not active']);

/** The points of one subject and time. */
interface Moment {
  readonly time: number;
  readonly points: MetricPoint[];
}

/** The readings of a meter, each made of the points that are about the same subject and time. */
export function readMeter(meter: MeterDefinition, { metrics }: PartitionPoints): Iterable<SubjectReadings> {
  const points = metrics.get(meter.metric) ?? metrics.get(meter.orMetric ?? meter.metric);
  if (!points) return [];
  const offAt = meter.whileOff ? NEVER : switchedOffAt(metrics.get(STATUS));
  const bySubject = new Map<string, { readonly subject: string; readonly part: string; readonly moments: Moment[] }>();
  for (const point of points) {
    if (offAt.has(point.time) || (meter.matches && !meter.matches(point.attributes))) continue;
    const subject = subjectOf(meter.subject, point);
    const part = meter.isSumOfDevices ? locationOf(point) || deviceOf(point) : '';
    const key = `${subject}\n${part}`;
    const found = bySubject.get(key);
    if (found) insert(found.moments, point);
    else bySubject.set(key, { subject, part, moments: [{ time: point.time, points: [point] }] });
  }
  return [...bySubject.values()].map(({ subject, part, moments }) => ({
    subject,
    part,
    readings: moments.flatMap((moment) => readingOf(meter, moment) ?? []),
  }));
}

const NEVER: ReadonlySet<number> = new Set();

function switchedOffAt(status: readonly MetricPoint[] | undefined): ReadonlySet<number> {
  const off = status?.filter(
    ({ value, attributes }) => value === 1 && OFF.has(String(attributes[STATE]).toLowerCase()),
  );
  return off && off.length > 0 ? new Set(off.map(({ time }) => time)) : NEVER;
}

function insert(moments: Moment[], point: MetricPoint): void {
  const index = moments.findIndex(({ time }) => time >= point.time);
  const found = moments[index];
  if (found?.time === point.time) found.points.push(point);
  else moments.splice(index === -1 ? moments.length : index, 0, { time: point.time, points: [point] });
}

function readingOf(meter: MeterDefinition, { time, points }: Moment): Reading | undefined {
  const value = meter.totalOf ? meter.totalOf(points) : sumOf(meter, points);
  if (value === undefined) return undefined;
  const startTime = points.reduce((latest, point) => Math.max(latest, point.startTime), Number.NEGATIVE_INFINITY);
  return { value, time, startTime, points: points.length, vios: viosOf(points[0]) };
}

function sumOf({ volumeOf }: MeterDefinition, points: readonly MetricPoint[]): number | undefined {
  let sum: number | undefined;
  for (const { attributes, value } of points) {
    const volume = volumeOf ? volumeOf(attributes, value) : value;
    if (volume !== undefined) sum = (sum ?? 0) + volume;
  }
  return sum;
}

function viosOf(point: MetricPoint | undefined): number | undefined {
  const number = Number(point?.attributes['powervm.vios.number']);
  return Number.isNaN(number) ? undefined : number;
}

function subjectOf(subject: MeterSubject, point: MetricPoint): string {
  if (subject === 'instance') return '';
  return subject === 'interface' ? locationOf(point) : deviceOf(point);
}

export function locationOf({ attributes }: MetricPoint): string {
  return String(attributes['powervm.adapter.location'] ?? '');
}

/** `vios1.vhost0`: two VIOSes that serve one partition both have a vhost0. A VIOS's own adapter is `fcs0`. */
function deviceOf({ attributes }: MetricPoint): string {
  const vios = attributes['powervm.vios.number'];
  return `${vios === undefined ? '' : `vios${vios}.`}${attributes['powervm.adapter.id']}`;
}
