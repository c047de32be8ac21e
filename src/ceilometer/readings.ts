import type { MeterDefinition, MeterSubject } from './meter-definition.ts';
import type { MetricPoint, PartitionPoints } from './partition-points.ts';

/** What a meter of one subject was at one time. */
export interface Reading {
  readonly value: number;
  /** Milliseconds since 1970: when, and since when its counters count. */
  readonly time: number;
  readonly startTime: number;
}

/** The readings of one meter of one subject out of a batch, oldest first. */
export interface SubjectReadings {
  /** Location of the interface, name of the device; empty for the instance itself. */
  readonly subject: string;
  /** The device that a sum is made of; empty where a meter is no {@link MeterDefinition.isSumOfDevices}. */
  readonly part: string;
  readonly readings: readonly Reading[];
}

/** Adds up the points of a meter that are about the same subject and time. */
export function readMeter(meter: MeterDefinition, { metrics }: PartitionPoints): Iterable<SubjectReadings> {
  const points = metrics.get(meter.metric);
  if (!points) return [];
  const bySubject = new Map<string, SubjectReadings & { readonly readings: Reading[] }>();
  for (const point of points) {
    if (meter.matches && !meter.matches(point.attributes)) continue;
    const value = meter.volumeOf ? meter.volumeOf(point.attributes, point.value) : point.value;
    if (value === undefined) continue;
    const subject = subjectOf(meter.subject, point);
    const part = meter.isSumOfDevices ? subjectOf('disk', point) : '';
    const key = subject + part;
    const found = bySubject.get(key);
    if (found) addUp(found.readings, value, point);
    else bySubject.set(key, { subject, part, readings: [{ value, time: point.time, startTime: point.startTime }] });
  }
  return bySubject.values();
}

function addUp(readings: Reading[], value: number, { time, startTime }: MetricPoint): void {
  const index = readings.findIndex((reading) => reading.time >= time);
  const found = readings[index];
  if (found?.time === time) {
    readings[index] = {
      value: found.value + value,
      time,
      startTime: Math.max(found.startTime, startTime),
    };
  } else readings.splice(index === -1 ? readings.length : index, 0, { value, time, startTime });
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
