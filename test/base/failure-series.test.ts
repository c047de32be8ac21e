import { expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { FailureSeries } from '../../src/base/errors/failure-series.ts';

const START = Date.parse('2026-03-04T12:00:00Z');
const since = '2026-03-04T12:00:00.000Z';

test('a failure that lasts is reported at once, after ten minutes and every hour, with how often and since when', async () => {
  const clock = new ManualClock(START);
  const series = new FailureSeries(clock);
  const reported: unknown[] = [];
  for (let minute = 0; minute <= 135; minute += 1) {
    const count = series.failed('away');
    if (count) reported.push([minute, count]);
    await clock.advance(60_000);
  }
  expect(reported).toEqual([
    [0, {}],
    [10, { failures: 11, since }],
    [70, { failures: 71, since }],
    [130, { failures: 131, since }],
  ]);
  expect(series.ended()).toEqual({ failures: 136, since });
});

test('another kind of failure is reported at once, each kind once; counting restarts when it works again', async () => {
  const clock = new ManualClock(START);
  const series = new FailureSeries(clock);
  expect(series.ended()).toBeUndefined();
  expect(series.failed('away')).toEqual({});
  expect(series.failed('refused')).toEqual({ failures: 2, since });
  expect(series.failed('away')).toBeUndefined();
  expect(series.failed('refused')).toBeUndefined();
  expect(series.ended()).toEqual({ failures: 4, since });
  await clock.advance(60_000);
  expect(series.failed('away')).toEqual({});
  expect(series.ended()).toEqual({ failures: 1, since: '2026-03-04T12:01:00.000Z' });
});
