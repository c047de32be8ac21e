import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink, type SinkResponse } from '../helpers/otlp-sink/index.ts';
import { type SimulatedTime, simulatedTime } from '../helpers/simulated-time.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const MINUTE = 60_000;

async function collector(
  time: SimulatedTime,
  exporters: string,
  names: string,
): Promise<{ collector: Collector; printed: string[] }> {
  const { url, username, password } = time.simulator;
  const config = parseConfig(
    `
receivers:
  powervm:
    consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }]
    attributes: { site: ams }
exporters: ${exporters}
service: { pipelines: { metrics: { receivers: [powervm], exporters: [${names}] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const printed: string[] = [];
  const made = await Collector.create(config, { clock: time.clock, print: (text) => printed.push(text) });
  return { collector: made, printed };
}

async function startSink(reply?: (request: number) => SinkResponse | undefined): Promise<OtlpSink> {
  const sink = await OtlpSink.start(reply ? { reply } : {});
  afterThisTest(() => sink.stop());
  return sink;
}

/** Sample times of the frame, sorted; a time that came twice is here twice. */
function timesIn(sink: OtlpSink): number[] {
  const times = sink.points
    .filter(({ metric }) => metric === 'powervm.system.memory.installed')
    .map(({ timeUnixNano }) => Number(timeUnixNano / 1_000_000n));
  return times.sort((left, right) => left - right);
}

/** Lets time pass and exporters, which have sockets of their own, come to rest. */
async function pass(time: SimulatedTime, milliseconds: number): Promise<void> {
  await time.pass(milliseconds);
  await new Promise((resolve) => setTimeout(resolve, 60));
}

describe('pipelines', () => {
  test('deliver every sample once to every exporter, along with self metrics', async () => {
    const time = await simulatedTime({ lpars: 3 });
    const sink = await startSink();
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'samples.jsonl');
    const { collector: running, printed } = await collector(
      time,
      `{ otlp_http: { endpoint: '${sink.url}' }, ceilometer: { publishers: ['file://${file}'], interval: 0s }, debug: {} }`,
      'otlp_http, ceilometer, debug',
    );
    await running.start();
    await pass(time, 2 * MINUTE);
    await running.stop();
    expect(sink.violations).toEqual([]);
    const times = timesIn(sink);
    expect(times.length).toBeGreaterThanOrEqual(5);
    expect(new Set(times).size).toBe(times.length);
    const names = new Set(sink.points.map(({ metric }) => metric));
    for (const name of ['powervm.receiver.up', 'otelcol_exporter_sent_metric_points', 'http.client.request.duration'])
      expect(names).toContain(name);
    const samples = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(samples.filter(({ name }) => name === 'cpu').length).toBe(3 * times.length);
    expect(printed.join('\n')).toContain('frame-01/prod-db1');
    expect(time.simulator.sessions.active).toBe(0);
  });

  test('keep what an exporter does not accept, and deliver it in order later', async () => {
    const time = await simulatedTime({ lpars: 2 });
    let isDown = true;
    const sink = await startSink(() => (isDown ? { status: 503 } : undefined));
    const healthy = await startSink();
    const { collector: running } = await collector(
      time,
      `{ otlp_http/down: { endpoint: '${sink.url}', timeout: 200ms }, otlp_http: { endpoint: '${healthy.url}' } }`,
      'otlp_http/down, otlp_http',
    );
    await running.start();
    for (let step = 0; step < 6; step += 1) {
      await pass(time, 30_000);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(timesIn(sink)).toEqual([]);
    expect(timesIn(healthy).length).toBeGreaterThanOrEqual(6);
    isDown = false;
    for (let step = 0; step < 4; step += 1) await pass(time, 30_000);
    await running.stop();
    // A response that comes too late on a busy machine is no response: the batch is then sent again.
    expect([...new Set(timesIn(sink))]).toEqual([...new Set(timesIn(healthy))]);
    expect(sink.violations).toEqual([]);
  });

  test('continue after a permanently rejected batch', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const sink = await startSink((request) => (request <= 3 ? { status: 400 } : undefined));
    const { collector: running } = await collector(time, `{ otlp_http: { endpoint: '${sink.url}' } }`, 'otlp_http');
    await running.start();
    await pass(time, 2 * MINUTE);
    const [exporter] = [...running.statistics().values()][0]?.exporters ?? [];
    await running.stop();
    expect(timesIn(sink).length).toBeGreaterThanOrEqual(3);
    expect(exporter?.failedPoints).toBeGreaterThan(0);
    expect(exporter?.sentPoints).toBeGreaterThan(0);
  });
});
