import { describe, expect, test } from 'vitest';
import {
  listMetrics,
  metricView,
  PowerVmMetricProducer,
  resourceMetricsOf,
  type SeriesShortage,
} from '../../../src/metrics/index.ts';
import { pointsOf } from '../../helpers/points.ts';
import { readSimulator } from '../../helpers/reading.ts';

const optional = listMetrics().filter((metric) => !metric.default && metric.entity !== 'receiver');
const allOn = Object.fromEntries(optional.map(({ name }) => [name, { enabled: true }]));

async function budgeted(maxSeries: (full: number, basic: number) => number) {
  const { receiver } = await readSimulator({ lpars: 6 });
  const frames = receiver.frames();
  const full = pointsOf(resourceMetricsOf(frames, metricView({ metrics: allOn })));
  const basic = pointsOf(resourceMetricsOf(frames, metricView()));
  const shortages: SeriesShortage[] = [];
  const view = metricView({
    metrics: allOn,
    maxSeries: maxSeries(full.length, basic.length),
    onSeriesShortage: (shortage) => shortages.push(shortage),
  });
  return { receiver, frames, full, basic, view, shortages };
}

describe('a budget of series', () => {
  test('that is sufficient changes nothing', async () => {
    const { frames, full, view, shortages } = await budgeted((series) => series);
    expect(pointsOf(resourceMetricsOf(frames, view))).toHaveLength(full.length);
    expect(shortages).toEqual([]);
    expect(view.budget?.droppedPoints).toBe(0);
  });

  test('drops whole optional metrics, the largest first, and no more than necessary', async () => {
    const { frames, full, view, shortages } = await budgeted((series) => series - 1);
    const seriesOf = (name: string) => full.filter((point) => point.name === name).length;
    const most = Math.max(...optional.map(({ name }) => seriesOf(name)));
    const expected = optional.filter(({ name }) => seriesOf(name) === most).at(-1)?.name;
    const reported = pointsOf(resourceMetricsOf(frames, view));
    expect(shortages).toEqual([{ dropped: [expected], series: full.length - most, limit: full.length - 1 }]);
    expect(reported).toHaveLength(full.length - most);
    expect(reported.some(({ name }) => name === expected)).toBe(false);
  });

  test('counts each dropped point once, however often it is read', async () => {
    const { receiver, frames, full, basic, view } = await budgeted((_, basics) => basics);
    resourceMetricsOf(frames, view);
    resourceMetricsOf(frames, view);
    expect(view.budget?.droppedPoints).toBe(full.length - basic.length);
    const producer = new PowerVmMetricProducer(receiver, {
      metrics: allOn,
      maxSeries: basic.length,
      samples: 'latest',
    });
    const { resourceMetrics } = await producer.collect();
    const names = new Set(pointsOf([resourceMetrics]).map(({ name }) => name));
    expect(optional.filter(({ name }) => names.has(name))).toEqual([]);
    expect(names.has('powervm.lpar.cpu.consumed')).toBe(true);
  });

  test('never drops default metrics, and warns once', async () => {
    const { receiver, frames, basic, view, shortages } = await budgeted(() => 10);
    expect(pointsOf(resourceMetricsOf(frames, view))).toHaveLength(basic.length);
    await receiver.refresh();
    const [again] = frames;
    resourceMetricsOf(again ? [{ ...again }] : [], view);
    expect(shortages).toHaveLength(1);
    expect(shortages[0]).toMatchObject({ series: basic.length, limit: 10 });
    expect(shortages[0]?.dropped.length).toBeGreaterThan(10);
  });
});
