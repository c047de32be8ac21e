import { expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { prometheus } from '../../src/collector/components/exporters/prometheus.ts';
import { issuesOf } from '../../src/collector/status/issues.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { freePort } from '../helpers/free-port.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * With `collection_interval: 5m` the page for Prometheus was empty for three of five minutes and the status page showed
 * an error, since both counted two minutes whatever the interval.
 */
const MINUTE = 60_000;
const INTERVAL = 5 * MINUTE;

test('nothing is stale between two reads, however long the interval', async () => {
  const time = await simulatedTime({ lpars: 2 });
  const { clock, simulator } = time;
  const receiver = new PowerVmReceiver({
    consoles: [optionsFor(simulator, { clock })],
    clock,
    jitter: 0,
    collectionInterval: INTERVAL,
  });
  afterThisTest(() => receiver.stop());
  expect(receiver.staleAfter).toBe(4 * INTERVAL);
  await receiver.start();
  await time.settle();
  await time.pass(INTERVAL);
  for (let minute = 0; minute < 12; minute += 1) {
    const frames = receiver.frames();
    const statistics = { receiver: receiver.statistics() };
    const sources = { time: clock.now(), frames, statistics: new Map([['powervm', statistics]]) };
    expect(frames).toHaveLength(1);
    expect(issuesOf({ ...sources, recent: (_key, count) => count })).toEqual([]);
    await time.pass(MINUTE);
  }
  time.simulator.intercept = () => ({ status: 500, body: 'broken' });
  await clock.advance(4 * INTERVAL + MINUTE);
  const [system] = receiver.statistics().systems;
  expect(system?.sampleAge).toBeGreaterThan(system?.staleAfter ?? Number.POSITIVE_INFINITY);
});

test.each([
  [undefined, 20 * MINUTE],
  ['90s', 90_000],
])('the Prometheus page shows a series for the same time: %s', async (expiration, lasts) => {
  const clock = new ManualClock(Date.parse('2026-03-04T12:00:00Z'));
  const port = await freePort();
  const exporter = prometheus.create(
    { endpoint: `127.0.0.1:${port}`, ...(expiration === undefined ? {} : { metric_expiration: expiration }) },
    {
      id: 'prometheus',
      clock,
      logger: silentLogger,
      print: () => undefined,
      extensions: new Map(),
      staleAfter: 20 * MINUTE,
    },
  );
  await exporter.start?.();
  afterThisTest(() => exporter.shutdown());
  const { clock: estate, simulator } = await simulatedTime({ lpars: 2 });
  const receiver = new PowerVmReceiver({
    consoles: [optionsFor(simulator, { clock: estate })],
    clock: estate,
    jitter: 0,
  });
  afterThisTest(() => receiver.stop());
  const { frames } = await receiver.refresh();
  await exporter.exportBatch(resourceMetricsOf(frames, metricView()));
  const page = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await clock.advance(lasts - 1_000);
  expect(await page()).toContain('powervm_lpar_cpu_consumed');
  await clock.advance(2_000);
  expect(await page()).not.toContain('powervm_lpar_cpu_consumed');
});
