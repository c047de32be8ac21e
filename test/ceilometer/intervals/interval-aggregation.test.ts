import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describe, expect, test } from 'vitest';
import { IntervalAggregation, type MeterValue } from '../../../src/ceilometer/intervals/interval-aggregation.ts';
import { metersOfSet } from '../../../src/ceilometer/meters/meters.ts';
import { counter, gauge, resourceMetrics } from '../../helpers/resource-metrics.ts';

const ID = '1a2b3c4d-0000-4000-8000-00000000000a';
const START = Date.parse('2026-03-04T12:00:00Z');
const INTERVAL = 300_000;
const partition = { 'powervm.lpar.id': ID, 'powervm.lpar.type': 'aix_linux', 'powervm.system.id': 'frame' };
const received = { 'powervm.adapter.location': 'U-V5-C2', 'network.io.direction': 'receive' };

/** A sample `seconds` after noon: a counter that grows by ten a second, a level, a utilisation. */
function sampleAt(seconds: number, resource: Record<string, string> = partition): ResourceMetrics {
  const time = START + seconds * 1000;
  return resourceMetrics(resource, [
    counter('powervm.lpar.network.io', [{ time, value: seconds * 10, startTime: START - 1, attributes: received }]),
    gauge('powervm.lpar.memory.limit', [{ time, value: seconds * 2 ** 20 }]),
    gauge('powervm.lpar.cpu.utilization', [{ time, value: seconds / 1000 }]),
  ]);
}

const aggregation = (interval = INTERVAL) => new IntervalAggregation(metersOfSet('classic'), interval);
const reported = (values: readonly MeterValue[]) =>
  Object.fromEntries(
    values.map(({ meter, volume, time }) => [`${meter.name} ${(time - START) / 1000}`, Number(volume.toFixed(6))]),
  );
const timesOf = (from: number, to: number) => {
  const times: number[] = [];
  for (let seconds = from; seconds < to; seconds += 30) times.push(seconds);
  return times;
};

describe('an interval', () => {
  test('closes with the first sample after it: last counter, last level, mean of a rate', () => {
    const stage = aggregation();
    for (const seconds of timesOf(26, 300)) expect(stage.add([sampleAt(seconds)])).toEqual([]);
    expect(reported(stage.add([sampleAt(326)]))).toEqual({
      'network.incoming.bytes 296': 2960,
      'memory 296': 296,
      // Mean of 26, 56, … 296.
      'cpu_util 296': 16.1,
    });
  });

  test('counts rates and deltas from the last sample of the interval before', () => {
    const stage = aggregation();
    stage.add(timesOf(26, 600).map((seconds) => sampleAt(seconds)));
    expect(reported(stage.add([sampleAt(626)]))).toMatchObject({
      'network.incoming.bytes.rate 596': 10,
      'network.incoming.bytes.delta 596': 3000,
    });
  });

  test('assigns backfilled samples to their own interval, however they are batched', () => {
    const seconds = timesOf(26, 1_900);
    const atOnce = aggregation().add(seconds.map((second) => sampleAt(second)));
    const stage = aggregation();
    const oneByOne = seconds.flatMap((second) => stage.add([sampleAt(second)]));
    expect(reported(atOnce)).toEqual(reported(oneByOne));
    expect(Object.keys(reported(atOnce)).filter((key) => key.startsWith('memory '))).toEqual([
      'memory 296',
      'memory 596',
      'memory 896',
      'memory 1196',
      'memory 1496',
      'memory 1796',
    ]);
  });

  test('counts a repeated sample once', () => {
    const stage = aggregation();
    for (const seconds of [...timesOf(26, 300), ...timesOf(26, 300)]) stage.add([sampleAt(seconds)]);
    expect(reported(stage.add([sampleAt(326)]))).toMatchObject({ 'cpu_util 296': 16.1 });
    expect(stage.add([sampleAt(296)])).toEqual([]);
  });

  test('of a partition that stopped is reported up to its last sample, and nothing after that', () => {
    const stage = aggregation();
    const other = { ...partition, 'powervm.lpar.id': 'other' };
    stage.add([sampleAt(26), sampleAt(26, other)]);
    stage.add([sampleAt(56)]);
    const ofOther = timesOf(86, 1_200).flatMap((seconds) =>
      stage.add([sampleAt(seconds)]).filter((value) => value.partition.identity.id === 'other'),
    );
    expect(reported(ofOther)).toEqual({ 'network.incoming.bytes 26': 260, 'memory 26': 26, 'cpu_util 26': 2.6 });
  });

  test('that is open can be flushed, and reports its start', () => {
    const stage = aggregation();
    expect(stage.openSince()).toBeUndefined();
    stage.add([sampleAt(326)]);
    expect(stage.openSince('frame')).toBe(START + INTERVAL);
    expect(stage.openSince('another')).toBeUndefined();
    const flushed = stage.flush();
    expect(reported(flushed)).toMatchObject({ 'memory 326': 326 });
    expect(flushed[0]?.since).toBe(START + INTERVAL);
    expect(stage.openSince()).toBeUndefined();
    expect(stage.flush()).toEqual([]);
  });

  test('restarts when the console clock was set back further than any late sample', () => {
    const stage = aggregation();
    stage.add(timesOf(50_000, 50_600).map((seconds) => sampleAt(seconds)));
    const values = timesOf(26, 1_000).flatMap((seconds) => stage.add([sampleAt(seconds)]));
    const memory = Object.keys(reported(values)).filter((key) => key.startsWith('memory '));
    expect(memory).toEqual(['memory 50570', 'memory 296', 'memory 596', 'memory 896']);
    expect(reported(values)).toMatchObject({ 'network.incoming.bytes.delta 596': 3000 });
    expect(reported(values)).not.toHaveProperty('network.incoming.bytes.delta 296');
  });

  test('of length zero passes every sample', () => {
    const stage = aggregation(0);
    expect(reported(stage.add([sampleAt(26), sampleAt(56)]))).toMatchObject({
      'memory 26': 26,
      'memory 56': 56,
      'network.incoming.bytes.rate 56': 10,
    });
    expect(stage.openSince()).toBeUndefined();
  });

  test('restarts when a partition moves to another system, whose counters start at zero', () => {
    const stage = aggregation(0);
    stage.add([sampleAt(26)]);
    const moved = stage.add([sampleAt(56, { ...partition, 'powervm.system.id': 'frame-2' })]);
    expect(reported(moved)).not.toHaveProperty('network.incoming.bytes.rate 56');
    expect(reported(moved)).toMatchObject({ 'network.incoming.bytes 56': 560 });
  });
});

describe('a sum over devices', () => {
  const readAt = (seconds: number, devices: Readonly<Record<string, number>>) =>
    resourceMetrics(
      partition,
      Object.entries(devices).map(([vios, value]) =>
        counter('powervm.lpar.disk.io', [
          {
            time: START + seconds * 1000,
            value,
            startTime: START - 1,
            attributes: {
              'powervm.vios.number': vios,
              'powervm.adapter.id': 'vhost0',
              'disk.io.direction': 'read',
            },
          },
        ]),
      ),
    );
  const sums = (values: readonly MeterValue[]) =>
    Object.fromEntries(Object.entries(reported(values)).filter(([key]) => key.startsWith('disk.read.')));

  test('adds the last value of each device in the interval', () => {
    const stage = aggregation();
    const values = timesOf(0, 1_000).flatMap((seconds) => [
      ...stage.add([readAt(seconds + 1, { 1: seconds })]),
      ...stage.add([readAt(seconds + 14, { 2: 2 * seconds })]),
    ]);
    expect(sums(values)).toEqual({
      'disk.read.bytes 284': 810,
      'disk.read.bytes 584': 1710,
      'disk.read.bytes.rate 584': 3,
    });
  });

  test('is absent while a device is missing that was there before', () => {
    const stage = aggregation();
    const values = timesOf(0, 1_500).flatMap((seconds) => [
      ...stage.add([readAt(seconds + 1, { 1: seconds })]),
      ...(seconds < 300 ? stage.add([readAt(seconds + 14, { 2: 2 * seconds })]) : []),
    ]);
    expect(sums(values)).toEqual({
      'disk.read.bytes 284': 810,
      // Between 300 and 600 it is missing; from then on it is known to be gone.
      'disk.read.bytes 871': 870,
      'disk.read.bytes 1171': 1170,
      'disk.read.bytes.rate 1171': 1,
    });
  });
});
