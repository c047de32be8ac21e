import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { PowerVmSimulator } from '../../src/simulator/index.ts';
import { CollectorProcess } from '../helpers/collector-process.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** That a process ends by itself, in order, is what is tested: one that does not is killed by the time-out of the test. */
const MINUTE = 60_000;
const MINUTE_NS = 60_000_000_000n;
const LONG = { timeout: 60_000 };
const signals = ['SIGTERM', 'SIGINT'] as const;

/** Takes connections and never says a word. */
async function silentServer(): Promise<{ readonly port: number; readonly reached: Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => sockets.add(socket.on('error', () => undefined).resume()));
  const reached = new Promise<void>((resolve) => server.once('connection', () => resolve()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, reached };
}

async function configFile(text: string): Promise<string> {
  const file = path.join(await temporaryDirectory(), 'config.yaml');
  await writeFile(file, text);
  return file;
}

function start(file: string): CollectorProcess {
  const collector = new CollectorProcess(file);
  afterThisTest(() => collector.end('SIGKILL'));
  return collector;
}

const receiverOf = (
  { url, username, password }: Pick<PowerVmSimulator, 'url' | 'username' | 'password'>,
  ...more: readonly string[]
) => {
  const consoles = `consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }]`;
  return `{ ${['collection_interval: 1s', consoles, ...more].join(', ')} }`;
};

async function expectOrderlyEnd(collector: CollectorProcess, signal: NodeJS.Signals): Promise<void> {
  collector.child.kill(signal);
  await collector.exited;
  const last = collector.messages().at(-1);
  expect({ last, code: collector.child.exitCode, signal: collector.child.signalCode }).toEqual({
    last: 'stopped',
    code: 0,
    signal: null,
  });
}

test.each(signals)('%s ends a collector that sends half an hour to a slow destination', async (signal) => {
  let offset = 0;
  const simulator = await startSimulator({ systems: 3, now: () => Date.now() + offset });
  let isSlow = false;
  const sink = await OtlpSink.start({
    reply: async () => {
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, 500));
      return undefined;
    },
  });
  afterThisTest(() => sink.stop());
  const file = await configFile(`
receivers: { powervm: ${receiverOf(simulator)} }
exporters: { otlp_http: { endpoint: '${sink.url}', sending_queue: { num_consumers: 1 } } }
extensions: { file_storage: { directory: '${await temporaryDirectory()}' } }
service:
  shutdown_timeout: 3s
  extensions: [file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http] } }`);
  const systems = () => new Set(sink.points.map(({ resource }) => resource['powervm.system.id'])).size;
  const before = start(file);
  await expect.poll(systems, LONG).toBeGreaterThanOrEqual(3);
  await expectOrderlyEnd(before, 'SIGTERM');
  // What no one has fetched for 25 minutes.
  const present = BigInt(Date.now()) * 1_000_000n;
  offset = 25 * MINUTE;
  isSlow = true;
  const collector = start(file);
  const isBacklog = (time: bigint) => time > present + MINUTE_NS && time < present + 20n * MINUTE_NS;
  await expect.poll(() => sink.points.some(({ timeUnixNano }) => isBacklog(timeUnixNano)), LONG).toBe(true);
  await expectOrderlyEnd(collector, signal);
  expect(simulator.sessions.active).toBe(0);
});

test.each(signals)('%s ends a collector that is busy with documents that take long to parse', async (signal) => {
  // There is a new document every second.
  const begin = Date.now();
  const simulator = await startSimulator({ systems: 2, now: () => begin + (Date.now() - begin) * 30 });
  const [large] = simulator.systems;
  let requests = 0;
  simulator.intercept = ({ path: requested }) => {
    const name = requested.split('/').at(-1) ?? '';
    if (!name.includes('_phyp_') || !requested.includes(large?.id ?? '-')) return undefined;
    const document = simulator.document(name);
    if (document === undefined) return undefined;
    requests += 1;
    return { body: ofManyPartitions(document) };
  };
  const file = await configFile(`
receivers: { powervm: ${receiverOf(simulator)} }
exporters: { debug: {} }
service:
  shutdown_timeout: 5s
  pipelines: { metrics: { receivers: [powervm], exporters: [debug] } }`);
  const collector = start(file);
  // By then some have been read, and one after the other is.
  await expect.poll(() => requests, LONG).toBeGreaterThan(4);
  await expectOrderlyEnd(collector, signal);
  expect(simulator.sessions.active).toBe(0);
});

/** The same with 8,000 partitions more: some 11 MB. */
function ofManyPartitions(document: string): string {
  const parsed = JSON.parse(document);
  const partitions = parsed.systemUtil.utilSample.lparsUtil;
  const text = JSON.stringify(partitions[0]);
  const more = Array.from({ length: 8_000 }, (_, index) =>
    text
      .replace(/"uuid":"[^"]*"/, `"uuid":"00000000-0000-4000-8000-${String(index).padStart(12, '0')}"`)
      .replace(/"name":"[^"]*"/, `"name":"many${index}"`)
      .replace(/"id":\d+/, `"id":${1000 + index}`),
  );
  return document.replace('"lparsUtil":[', `"lparsUtil":[${more.join(',')},`);
}

test('SIGTERM ends a collector whose SIGHUP waits for the end of one whose console and destination hang', async () => {
  const simulator = await startSimulator();
  const hanging = await silentServer();
  const next = await silentServer();
  const configuration = (console: string, destination: string) => `
receivers: { powervm: ${console} }
exporters: { otlp_http: { endpoint: 'http://127.0.0.1:${destination}' } }
service:
  shutdown_timeout: 3s
  pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http] } }`;
  const file = await configFile(configuration(receiverOf(simulator), String(hanging.port)));
  const collector = start(file);
  await hanging.reached;
  await collector.says('ready');
  simulator.intercept = () => ({ stall: 'before' });
  const unreachable = { url: `http://127.0.0.1:${next.port}`, username: 'u', password: 'abc12345' };
  await writeFile(file, configuration(receiverOf(unreachable), String(next.port)));
  collector.child.kill('SIGHUP');
  await collector.says('the configuration has changed; starting again');
  await expectOrderlyEnd(collector, 'SIGTERM');
});

/** Everything at once: two consoles, Keystone, a broker, and destinations of every kind. */
async function whereEverythingHangs() {
  const simulator = await startSimulator();
  const [console, keystone, otlp, write, http, broker, gnocchi] = await Promise.all(
    Array.from({ length: 7 }, () => silentServer()),
  );
  const unreachable = { url: `http://127.0.0.1:${console?.port}`, username: 'u', password: 'abc12345' };
  const auth = `{ auth_url: 'http://127.0.0.1:${keystone?.port}', username: c, password: abc12345, project_name: service }`;
  const file = await configFile(`
receivers:
  powervm: ${receiverOf(simulator, 'openstack: openstack')}
  powervm/hanging: ${receiverOf(unreachable, 'openstack: openstack')}
exporters:
  otlp_http: { endpoint: 'http://127.0.0.1:${otlp?.port}' }
  prometheus_remote_write: { endpoint: 'http://127.0.0.1:${write?.port}/api/v1/write' }
  ceilometer:
    interval: 0s
    openstack: openstack/services/identity
    publishers:
      - 'http://127.0.0.1:${http?.port}/'
      - 'notifier://guest:guest@127.0.0.1:${broker?.port}'
      - 'gnocchi://?endpoint=http://127.0.0.1:${gnocchi?.port}&auth_type=gnocchi-basic&user=admin'
extensions:
  openstack: { auth: ${auth} }
  openstack/services/identity: { auth: ${auth}, nova: { enabled: false } }
  file_storage: { directory: '${await temporaryDirectory()}' }
service:
  shutdown_timeout: 3s
  extensions: [openstack, openstack/services/identity, file_storage]
  pipelines:
    metrics: { receivers: [powervm, powervm/hanging], exporters: [otlp_http, prometheus_remote_write, ceilometer] }`);
  const collector = start(file);
  const gone = collector.exited.then(() => {
    throw new Error(`it ended: ${collector.strayOutput.join('; ')} ${collector.messages().join('; ')}`);
  });
  gone.catch(() => undefined);
  for (const server of [console, keystone, otlp, write, http, broker, gnocchi]) {
    await Promise.race([server?.reached, gone]);
  }
  simulator.intercept = () => ({ stall: 'before' });
  return collector;
}

test('SIGTERM ends a collector where consoles, cloud, broker and destinations hang at once', async () => {
  await expectOrderlyEnd(await whereEverythingHangs(), 'SIGTERM');
});

test.each(['that nobody reads', 'whose reader stands still'])(
  'SIGTERM ends a collector that writes to a pipe %s',
  async (reader) => {
    const simulator = await startSimulator({ lpars: 250 });
    const pipe = path.join(await temporaryDirectory(), 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    if (reader === 'whose reader stands still') {
      const handle = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
      afterThisTest(() => handle.close());
    }
    const file = await configFile(`
receivers: { powervm: ${receiverOf(simulator)} }
exporters: { ceilometer: { interval: 0s, publishers: ['file://${pipe}'] } }
service:
  shutdown_timeout: 3s
  telemetry: { logs: { level: debug } }
  pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } }`);
    const collector = start(file);
    await collector.says('not delivered; trying again');
    await expectOrderlyEnd(collector, 'SIGTERM');
  },
);

test('a second SIGINT ends one at once that is still starting', async () => {
  const silent = await silentServer();
  const unreachable = { url: `http://127.0.0.1:${silent.port}`, username: 'u', password: 'abc12345' };
  const file = await configFile(`
receivers: { powervm: ${receiverOf(unreachable)} }
exporters: { debug: {} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`);
  const collector = start(file);
  await silent.reached;
  collector.child.kill('SIGINT');
  await collector.says('stopping');
  collector.child.kill('SIGINT');
  await collector.exited;
  expect(collector.child.signalCode).toBe('SIGINT');
});
