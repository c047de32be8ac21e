import { expect, test } from 'vitest';
import { listMetrics, metricView, resourceMetricsOf, selfMetricsOf } from '../../../src/metrics/index.ts';
import { pointsOf } from '../../helpers/points.ts';
import { readSimulator } from '../../helpers/reading.ts';

test('every metric can be enabled and disabled by name without affecting others', async () => {
  const { receiver } = await readSimulator({ lpars: 6 });
  const frames = receiver.frames();
  const statistics = { receiver: receiver.statistics() };
  const namesWith = (metrics: Record<string, { enabled: boolean }>) => {
    const view = metricView({ metrics });
    return new Set(
      pointsOf([...resourceMetricsOf(frames, view), ...selfMetricsOf(statistics, view)]).map(({ name }) => name),
    );
  };
  const all = listMetrics();
  const everything = namesWith(Object.fromEntries(all.map(({ name }) => [name, { enabled: true }])));
  const nothing = namesWith(Object.fromEntries(all.map(({ name }) => [name, { enabled: false }])));
  expect([...nothing]).toEqual([]);
  const untouched = namesWith({});
  for (const { name, default: isDefault } of all) {
    expect(untouched.has(name), name).toBe(isDefault && everything.has(name));
    const toggled = namesWith({ [name]: { enabled: !isDefault } });
    const expected = new Set(untouched);
    if (isDefault) expected.delete(name);
    else if (everything.has(name)) expected.add(name);
    expect([...toggled].sort(), name).toEqual([...expected].sort());
  }
});
