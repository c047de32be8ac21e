import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeltaConversion } from '../../../src/otlp/deltas/delta-conversion.ts';
import {
  counter,
  gauge,
  histogram,
  resourceMetrics,
  type TestPoint,
  upDownCounter,
} from '../../helpers/resource-metrics.ts';

const SECOND = 1_000;

function pointsOf(resources: readonly ResourceMetrics[]) {
  return resources.flatMap((resource) =>
    resource.scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap((metric) =>
        metric.dataPoints.map((point) => ({ from: point.startTime[0], to: point.endTime[0], value: point.value })),
      ),
    ),
  );
}

function feed(conversion: DeltaConversion, points: readonly TestPoint[]) {
  const batch = conversion.prepare([resourceMetrics({ id: 'a' }, [counter('io', points)])]);
  batch.commit();
  return pointsOf(batch.resources);
}

const at = (second: number, value: number, startSecond = 0): TestPoint => ({
  time: second * SECOND,
  startTime: startSecond * SECOND,
  value,
});

describe('a cumulative counter', () => {
  test('becomes consecutive deltas without the first lifetime total', () => {
    const conversion = new DeltaConversion();
    expect(feed(conversion, [at(10, 1_000_000)])).toEqual([]);
    expect(feed(conversion, [at(20, 1_000_007)])).toEqual([{ from: 10, to: 20, value: 7 }]);
    expect(feed(conversion, [at(30, 1_000_007), at(40, 1_000_010)])).toEqual([
      { from: 20, to: 30, value: 0 },
      { from: 30, to: 40, value: 3 },
    ]);
  });

  test('drops the first point after a reset', () => {
    const conversion = new DeltaConversion();
    feed(conversion, [at(10, 100), at(20, 150)]);
    expect(feed(conversion, [at(30, 5, 30)])).toEqual([]);
    expect(feed(conversion, [at(40, 9, 30)])).toEqual([{ from: 30, to: 40, value: 4 }]);
  });

  test('repeats a failed batch from the same state', () => {
    const conversion = new DeltaConversion();
    feed(conversion, [at(10, 100)]);
    const resources = [resourceMetrics({ id: 'a' }, [counter('io', [at(20, 130)])])];
    const failed = pointsOf(conversion.prepare(resources).resources);
    const repeated = conversion.prepare(resources);
    repeated.commit();
    expect(pointsOf(repeated.resources)).toEqual(failed);
    expect(failed).toEqual([{ from: 10, to: 20, value: 30 }]);
  });

  test('does not count a repeated point twice', () => {
    const conversion = new DeltaConversion();
    feed(conversion, [at(10, 100), at(20, 130)]);
    expect(
      pointsOf([...conversion.prepare([resourceMetrics({ id: 'a' }, [counter('io', [at(20, 130)])])]).resources]),
    ).toEqual([]);
  });
});

test('data other than monotonic sums passes unchanged', () => {
  const resources = [resourceMetrics({}, [gauge('g', [at(10, 1)]), upDownCounter('u', [at(10, -4)])])];
  expect(pointsOf(new DeltaConversion().prepare(resources).resources).map((point) => point.value)).toEqual([1, -4]);
});

test('a histogram is subtracted bucket by bucket', () => {
  const conversion = new DeltaConversion();
  const resources = (second: number, counts: number[]) => [
    resourceMetrics({}, [histogram('h', [{ time: second * SECOND, startTime: 0, counts }])]),
  ];
  conversion.prepare(resources(10, [1, 2])).commit();
  expect(pointsOf(conversion.prepare(resources(20, [3, 2])).resources)).toMatchObject([
    { from: 10, to: 20, value: { count: 2, buckets: { counts: [2, 0] } } },
  ]);
});

test('the deltas of any growing counter add up to its growth', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      (growths, batchSize) => {
        const conversion = new DeltaConversion();
        let total = 5_000;
        const points = growths.map((growth, index) => {
          total += growth;
          return at(index + 1, total);
        });
        const deltas: ReturnType<typeof feed> = [];
        for (let from = 0; from < points.length; from += batchSize)
          deltas.push(...feed(conversion, points.slice(from, from + batchSize)));
        const sum = deltas.reduce((all, point) => all + Number(point.value), 0);
        expect(sum).toBe(total - 5_000 - (growths[0] ?? 0));
        expect(deltas.every((point, index) => index === 0 || point.from === deltas[index - 1]?.to)).toBe(true);
      },
    ),
  );
});
