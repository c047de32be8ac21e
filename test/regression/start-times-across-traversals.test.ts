import path from 'node:path';
import { expect, test } from 'vitest';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import type { PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';
import { changedResources, lostIncreases, overlappingStreams } from '../helpers/streams.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/**
 * After an outage the samples between are read a second time. That traversal had start times of its own: streams
 * overlapped, and deltas were lost at both ends.
 */
const MINUTE = 60_000;

/** Two destinations of one run, one of each temporality, and a collector that may be stopped and started. */
async function trial(options: PowerVmSimulatorOptions) {
  const time = await simulatedTime({ systems: 1, lpars: 3, vioses: 2, ...options });
  const directory = await temporaryDirectory();
  let isDown = false;
  const sinks = await Promise.all(
    ['cumulative', 'delta'].map(() => OtlpSink.start({ reply: () => (isDown ? { status: 503 } : undefined) })),
  );
  for (const sink of sinks) afterThisTest(() => sink.stop());
  const [cumulative, delta] = sinks;
  if (!cumulative || !delta) throw new Error('no sinks');
  const { url, username, password } = time.simulator;
  const config = parseConfig(
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters:
  otlp_http/cumulative: { endpoint: '${cumulative.url}', timeout: 500ms }
  otlp_http/delta: { endpoint: '${delta.url}', timeout: 500ms, temporality: delta }
extensions: { file_storage: { directory: '${path.join(directory, 'state')}' } }
service:
  extensions: [file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http/cumulative, otlp_http/delta] } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  let collector: Collector | undefined;
  const pass = async (minutes: number) => {
    for (let passed = 0; passed < minutes * MINUTE; passed += 10_000) {
      await time.pass(10_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    pass,
    start: async () => {
      collector = await Collector.create(config, { clock: time.clock });
      await collector.start();
    },
    stop: async () => collector?.stop(),
    outage: async (minutes: number) => {
      isDown = true;
      await pass(minutes);
      isDown = false;
    },
    verify: async () => {
      await collector?.stop();
      expect(cumulative.violations.concat(delta.violations)).toEqual([]);
      expect(overlappingStreams(cumulative.points).slice(0, 5)).toEqual([]);
      expect(changedResources([...cumulative.points, ...delta.points]).slice(0, 5)).toEqual([]);
      const { compared, problems } = lostIncreases(cumulative.points, delta.points);
      expect(problems.slice(0, 5)).toEqual([]);
      expect(compared).toBeGreaterThan(50);
      return { cumulative: cumulative.points, delta: delta.points };
    },
  };
}

test('a destination that is down for eight samples', async () => {
  const run = await trial({});
  await run.start();
  await run.pass(3);
  await run.outage(9);
  await run.pass(5);
  const { cumulative } = await run.verify();
  expect(
    new Set(cumulative.filter(({ metric }) => metric === 'powervm.lpar.cpu.time').map((p) => p.startTimeUnixNano)).size,
  ).toBe(1);
}, 120_000);

test.each([4, 40])(
  'a restart with storage after %i minutes',
  async (minutes) => {
    const run = await trial({});
    await run.start();
    await run.pass(3);
    await run.stop();
    await run.pass(minutes);
    await run.start();
    await run.pass(4);
    const { cumulative } = await run.verify();
    expect(
      new Set(cumulative.filter(({ metric }) => metric === 'powervm.lpar.cpu.time').map((p) => p.startTimeUnixNano))
        .size,
    ).toBe(1);
  },
  120_000,
);

test('a partition restarted while nothing polls restarts its series once for every reader', async () => {
  const run = await trial({
    scenario: {
      name: 'reboots',
      events: [
        { at: '5m', reboot: { partition: 'prod-web1', system: 'frame-01' } },
        { at: '13m', reboot: { partition: 'prod-app1', system: 'frame-01' } },
        { at: '14m', plug: { partition: 'prod-db1', system: 'frame-01', adapter: 'ethernet' } },
      ],
    },
  });
  await run.start();
  await run.pass(3);
  await run.outage(7);
  await run.stop();
  await run.pass(7);
  await run.start();
  await run.pass(6);
  const { cumulative } = await run.verify();
  const starts = new Map<unknown, Set<bigint>>();
  for (const { metric, resource, startTimeUnixNano } of cumulative) {
    if (metric !== 'powervm.lpar.cpu.idle.time') continue;
    const name = resource['powervm.lpar.name'];
    starts.set(name, (starts.get(name) ?? new Set()).add(startTimeUnixNano));
  }
  // Zeros while it starts, and what it did since: no one can tell that from a partition that arrives.
  expect(Object.fromEntries([...starts].map(([name, times]) => [name, times.size]))).toMatchObject({
    'prod-web1': 3,
    'prod-app1': 3,
    'prod-db1': 1,
  });
}, 120_000);

test('a gap in PCM data: its increase is reported as one', async () => {
  const run = await trial({
    scenario: { name: 'gap', events: [{ at: '3m', samples: { system: 'frame-01', status: 1, lasts: '4m' } }] },
  });
  await run.start();
  await run.pass(14);
  await run.verify();
}, 120_000);
