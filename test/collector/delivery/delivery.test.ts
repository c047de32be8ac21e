import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Logger } from '../../../src/base/logger.ts';
import { Collector, parseConfig } from '../../../src/collector/index.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { OtlpSink, type SinkResponse } from '../../helpers/otlp-sink/index.ts';
import { type SimulatedTime, simulatedTime } from '../../helpers/simulated-time.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const MINUTE = 60_000;

interface Run {
  readonly collector: Collector;
  readonly messages: string[];
}

async function started(time: SimulatedTime, exporters: string, directory?: string): Promise<Run> {
  const { url, username, password } = time.simulator;
  const names = [...exporters.matchAll(/^ {2}(\S+):/gm)].map(([, name]) => name);
  const config = parseConfig(
    `
receivers:
  powervm:
    consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }]
exporters:
${exporters}
extensions: { file_storage: { directory: '${directory ?? '/nowhere'}' } }
service:
  extensions: [${directory === undefined ? '' : 'file_storage'}]
  pipelines: { metrics: { receivers: [powervm], exporters: [${names}] } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const messages: string[] = [];
  const note = (fields: object, message: string) => messages.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: () => undefined, info: note, warn: note, error: note };
  const collector = await Collector.create(config, { clock: time.clock, logger });
  await collector.start();
  return { collector, messages };
}

async function startSink(reply?: (request: number) => SinkResponse | undefined): Promise<OtlpSink> {
  const sink = await OtlpSink.start(reply ? { reply } : {});
  afterThisTest(() => sink.stop());
  return sink;
}

/** Lets time pass, step by step, and exporters, which have sockets of their own, come to rest. */
async function pass(time: SimulatedTime, milliseconds: number, step = 10_000): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += step) {
    await time.pass(step);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** Sample times of the frame, sorted; a time that came twice is here twice. */
function timesIn(sink: OtlpSink): number[] {
  return sink.points
    .filter(({ metric }) => metric === 'powervm.system.memory.installed')
    .map(({ timeUnixNano }) => Number(timeUnixNano / 1_000_000n))
    .sort((left, right) => left - right);
}

function expectEveryInstant(times: readonly number[], atLeast: number): void {
  const distinct = [...new Set(times)];
  const [first = 0] = distinct;
  expect(distinct).toEqual(distinct.map((_, index) => first + index * 30_000));
  expect(distinct.length).toBeGreaterThanOrEqual(atLeast);
}

describe('an exporter that is down', () => {
  test('for longer than the retry time: memory is freed, and every sample is fetched again from PCM', async () => {
    const time = await simulatedTime({ lpars: 2 });
    let isDown = false;
    const sink = await startSink(() => (isDown ? { status: 503 } : undefined));
    const healthy = await startSink();
    const { collector, messages } = await started(
      time,
      `  otlp_http/down: { endpoint: '${sink.url}', timeout: 500ms }\n  otlp_http: { endpoint: '${healthy.url}' }`,
    );
    await pass(time, 2 * MINUTE);
    isDown = true;
    await pass(time, 9 * MINUTE);
    const [down] = [...collector.statistics().values()][0]?.exporters ?? [];
    expect(down?.queueSize).toBeLessThanOrEqual(4);
    expect(down?.failedPoints).toBeGreaterThan(0);
    expectEveryInstant(timesIn(healthy), 21);
    isDown = false;
    await pass(time, 6 * MINUTE);
    await collector.stop();
    expectEveryInstant(timesIn(sink), 33);
    expect(new Set(timesIn(sink))).toEqual(new Set(timesIn(healthy)));
    expect([...collector.statistics().values()][0]?.receiver.systems[0]?.gaps).toEqual([]);
    expect(messages.filter((message) => message.startsWith('not delivered for too long'))).toHaveLength(1);
    expect(messages.filter((message) => message.startsWith('delivering again'))).toHaveLength(1);
  });

  test('is not contacted during its Retry-After, even when that exceeds the request timeout', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const requested: number[] = [];
    let isBusy = false;
    const sink = await startSink(() => {
      requested.push(time.clock.now());
      return isBusy ? { status: 429, headers: { 'retry-after': '200' } } : undefined;
    });
    const { collector } = await started(time, `  otlp_http: { endpoint: '${sink.url}', timeout: 500ms }`);
    await pass(time, 2 * MINUTE);
    isBusy = true;
    await pass(time, MINUTE);
    const busySince = requested.at(-1) ?? 0;
    await pass(time, MINUTE);
    isBusy = false;
    await pass(time, 4 * MINUTE);
    await collector.stop();
    const [next = 0] = requested.filter((at) => at > busySince);
    expect((next - busySince) / 1_000).toBeGreaterThan(185);
    expect((next - busySince) / 1_000).toBeLessThan(230);
    expectEveryInstant(timesIn(sink), 14);
  });

  test.each([
    ['401 while a token is changed', { status: 401, body: 'token expired' }],
    ['404 while a gateway is changed', { status: 404 }],
    ['a login page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('in a way that needs correction loses nothing that PCM still has: %s', async (_what, reply) => {
    const time = await simulatedTime({ lpars: 2 });
    let isShut = false;
    let requested = 0;
    const sink = await startSink(() => {
      requested += isShut ? 1 : 0;
      return isShut ? reply : undefined;
    });
    const { collector, messages } = await started(time, `  otlp_http: { endpoint: '${sink.url}' }`);
    await pass(time, 2 * MINUTE);
    isShut = true;
    await pass(time, 15 * MINUTE);
    const [shut] = [...collector.statistics().values()][0]?.exporters ?? [];
    // Its own metrics are refused as well, by the newest only: they wait for no one.
    expect(requested).toBeLessThan(60);
    expect(shut?.queueSize).toBeGreaterThan(0);
    isShut = false;
    await pass(time, 6 * MINUTE);
    await collector.stop();
    expectEveryInstant(timesIn(sink), 45);
    expect([...collector.statistics().values()][0]?.receiver.systems[0]?.gaps).toEqual([]);
    expect(messages.filter((message) => /turned away|refused for good|lost|giving up/.test(message))).toEqual([
      expect.stringMatching(/^turned away; kept, and tried again slowly .*POWERVM_EXPORT_(DENIED|ANSWER)/),
      // It lasts: how often, and since when.
      expect.stringMatching(/^turned away; kept, and tried again slowly .*"failures":\d+,"since":"2026-03-04T12:02/),
    ]);
    expect(messages.filter((message) => message.startsWith('delivering again'))).toEqual([
      expect.stringMatching(/"failures":\d+,"since":"2026-03-04T12:02/),
    ]);
  });

  test('does not stop the others, whose points are counted once', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const one = await startSink();
    const other = await startSink();
    const { collector } = await started(
      time,
      `  otlp_http/one: { endpoint: '${one.url}' }\n  otlp_http/other: { endpoint: '${other.url}' }`,
    );
    await pass(time, 3 * MINUTE);
    const [statistics] = collector.statistics().values();
    await collector.stop();
    const samplesIn = (sink: OtlpSink) =>
      sink.points.filter(
        ({ metric }) => !/^(powervm\.(receiver|exporter|extension|openstack|ceilometer)|otelcol|http)/.test(metric),
      ).length;
    expect(samplesIn(one)).toBe(samplesIn(other));
    expect(statistics?.points).toEqual({
      scrapedPoints: samplesIn(one),
      acceptedPoints: samplesIn(one),
      erroredPoints: 0,
    });
  });
});

describe('a collector that is started again', () => {
  test('resumes at the position of every exporter, with what PCM has kept', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const directory = await temporaryDirectory();
    const sink = await startSink();
    const exporters = `  otlp_http: { endpoint: '${sink.url}' }`;
    const first = await started(time, exporters, directory);
    await pass(time, 3 * MINUTE);
    await first.collector.stop();
    await time.pass(20 * MINUTE);
    const second = await started(time, exporters, directory);
    await pass(time, 2 * MINUTE);
    await second.collector.stop();
    expectEveryInstant(timesIn(sink), 49);
    expect(new Set(timesIn(sink)).size).toBe(timesIn(sink).length);
    const [system] = [...second.collector.statistics().values()][0]?.receiver.systems ?? [];
    expect(system?.gaps).toEqual([]);
    expect(system?.samples.backfilled).toBeGreaterThanOrEqual(38);
    expect(sink.violations).toEqual([]);
    // Every sample has its rates, the first ones after the pause too.
    const rates = sink.points.filter(({ metric }) => metric === 'powervm.system.cpu.consumed');
    expect(rates.length).toBe(timesIn(sink).length - 1);
  });

  test('counts samples that PCM has purged in the meantime', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const directory = await temporaryDirectory();
    const sink = await startSink();
    const exporters = `  otlp_http: { endpoint: '${sink.url}' }`;
    const first = await started(time, exporters, directory);
    await pass(time, 2 * MINUTE);
    await first.collector.stop();
    await time.pass(40 * MINUTE);
    const { collector, messages } = await started(time, exporters, directory);
    await pass(time, 2 * MINUTE);
    await collector.stop();
    const times = timesIn(sink);
    const lost = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 30_000 + 1 - times.length;
    expect(lost).toBeGreaterThan(15);
    const [system] = [...collector.statistics().values()][0]?.receiver.systems ?? [];
    expect(system?.gaps).toEqual([{ cursor: 'otlp_http', cause: 'collector_down', count: lost }]);
    expect(messages.filter((message) => message.startsWith('samples are lost'))).toHaveLength(1);
  });

  test('reports what remains for the next start, and delivers it then', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const directory = await temporaryDirectory();
    let isDown = false;
    const sink = await startSink(() => (isDown ? { status: 503 } : undefined));
    const exporters = `  otlp_http: { endpoint: '${sink.url}', timeout: 500ms }`;
    const first = await started(time, exporters, directory);
    await pass(time, 2 * MINUTE);
    isDown = true;
    await pass(time, 2 * MINUTE);
    await first.collector.stop();
    expect(first.messages.filter((message) => message.includes('they come again with the next start'))).toHaveLength(1);
    isDown = false;
    const second = await started(time, exporters, directory);
    await pass(time, MINUTE);
    await second.collector.stop();
    expectEveryInstant(timesIn(sink), 10);
    expect(second.messages.filter((message) => message.includes('not delivered'))).toEqual([]);
  });

  test('repeats an interval that Ceilometer has not received', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'samples.jsonl');
    const exporters = `  ceilometer: { publishers: ['file://${file}'] }`;
    const run = await started(time, exporters, path.join(directory, 'state'));
    await pass(time, 7 * MINUTE);
    const cursors = () => readFile(path.join(directory, 'state', 'state.json'), 'utf8');
    const [, state = '{}'] = (await cursors()).split('\n');
    const cursor = Object.entries<{ time: number }>(JSON.parse(state)).find(([key]) => key.startsWith('cursor '));
    const reached = cursor?.[1].time;
    // The interval of five minutes that is open began after the cursor.
    expect(reached).toBeLessThan(Math.floor(time.clock.now() / (5 * MINUTE)) * 5 * MINUTE);
    await run.collector.stop();
  });
});
