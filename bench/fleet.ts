/**
 * What a member of a fleet costs, by console and by partition: processor time, memory, and what etcd sees of it; and what that
 * makes of an estate of 300 consoles, 2,000 frames and 200,000 partitions. One real member on a real etcd (Debian's
 * `etcd-server`) reads simulated consoles, with one frame each, on a clock that runs faster than the world.
 *
 *   npm run bench:fleet
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { ReadyConsole } from '../test/fleet/live/world/estate-messages.ts';
import { report } from './helpers/measure.ts';

const RATE = 10;
/** Seconds of real time. */
const WARM_UP = 30;
const MEASURED = 60;
const root = path.join(import.meta.dirname, '..');
/** Clock ticks of Linux in a second. */
const TICKS = 100;

interface Cost {
  readonly consoles: number;
  readonly partitions: number;
  /** Of each frame and sample. */
  readonly cpuMilliseconds: number;
  readonly residentMegabytes: number;
  /** Bytes that etcd received for each frame and sample. */
  readonly etcdBytes: number;
  readonly etcdWritesASecond: number;
}

async function measure(consoles: number, lpars: number): Promise<Cost> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'bench-fleet-'));
  const children: ChildProcess[] = [];
  try {
    const [client, peer] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${client}`;
    children.push(
      spawn('etcd', [
        ...['--data-dir', path.join(directory, 'etcd'), '--log-level', 'error'],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
      ]),
    );
    const epoch = Date.now();
    const estate = fork(
      path.join(root, 'test/fleet/live/world/estate-process.ts'),
      [JSON.stringify({ consoles, lpars, seed: 'bench', rate: RATE, epoch })],
      { execArgv: ['--import', 'tsx'] },
    );
    children.push(estate);
    const [ready] = await once(estate, 'message');
    const file = path.join(directory, 'otel-config.yaml');
    await writeFile(file, configuration(url, ready));
    const clock = ['--clock-rate', String(RATE), '--clock-epoch', String(epoch)];
    const main = path.join(root, 'dist/cli/main.js');
    const member = spawn(process.execPath, [main, 'run', '--config', file, ...clock], { stdio: 'ignore' });
    children.push(member);
    await seconds(WARM_UP);
    const before = await observe(member, url);
    await seconds(MEASURED);
    const after = await observe(member, url);
    const samples = (consoles * MEASURED * RATE) / 30;
    return {
      consoles,
      partitions: consoles * (lpars + 1),
      cpuMilliseconds: ((after.cpuSeconds - before.cpuSeconds) * 1000) / samples,
      residentMegabytes: after.resident / 1024 / 1024,
      etcdBytes: (after.bytes - before.bytes) / samples,
      etcdWritesASecond: (after.writes - before.writes) / MEASURED,
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await seconds(0.5);
    await rm(directory, { recursive: true, force: true });
  }
}

function configuration(etcd: string, consoles: readonly ReadyConsole[]): string {
  const lines = consoles.map(
    ({ url, username, password }) =>
      `      - { endpoint: '${url}', username: '${username}', password: '${password}', max_requests_per_minute: 1000000 }`,
  );
  return `
receivers:
  powervm:
    fleet: { storage: etcd }
    consoles:
${lines.join('\n')}
exporters: { file: { path: /dev/null } }
extensions: { etcd: { endpoints: ['${etcd}'], instance_id: bench, session_key: a key of this measurement } }
service:
  extensions: [etcd]
  pipelines: { metrics: { receivers: [powervm], exporters: [file] } }
`;
}

async function observe({ pid }: ChildProcess, etcd: string) {
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8'))
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  const metrics = await (await fetch(`${etcd}/metrics`)).text();
  const sum = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
  return {
    cpuSeconds: ((stat[11] ?? 0) + (stat[12] ?? 0)) / TICKS,
    resident: (stat[21] ?? 0) * 4096,
    bytes: sum('etcd_network_client_grpc_received_bytes_total'),
    writes: sum('grpc_server_handled_total\\{grpc_code="OK",grpc_method="Txn"[^}]*\\}'),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

const small = await measure(2, 9);
const large = await measure(2, 99);
const many = await measure(8, 9);
for (const cost of [small, large, many]) {
  const name = `${cost.consoles} consoles, ${cost.partitions} partitions`;
  report(`${name}: processor time of a frame and sample`, cost.cpuMilliseconds, 'ms');
  report(`${name}: memory`, cost.residentMegabytes, 'MB');
  report(`${name}: bytes that etcd gets of a frame and sample`, cost.etcdBytes, 'B');
  report(`${name}: transactions of etcd`, cost.etcdWritesASecond, '1/s');
}
/** Partitions of a frame in the small and in the large case. */
const [few, lots] = [small.partitions / small.consoles, large.partitions / large.consoles];
const cpuOfPartition = (large.cpuMilliseconds - small.cpuMilliseconds) / (lots - few);
const cpuOfFrame = Math.max(0, small.cpuMilliseconds - few * cpuOfPartition);
const bytesOfPartition = Math.max(0, (large.etcdBytes - small.etcdBytes) / (lots - few));
const bytesOfFrame = Math.max(0, small.etcdBytes - few * bytesOfPartition);
report('processor time of a frame and sample, without partitions', cpuOfFrame, 'ms');
report('and of each partition', cpuOfPartition, 'ms');
const [frames, partitions] = [2_000, 200_000];
const cores = (frames * cpuOfFrame + partitions * cpuOfPartition) / 30_000;
report('2,000 frames with 200,000 partitions: cores', cores, '');
report('members, each at most half a core busy', Math.ceil(cores / 0.5), '');
report('bytes that etcd gets', (frames * bytesOfFrame + partitions * bytesOfPartition) / 30 / 1024, 'KiB/s');
report('requests to consoles, with two VIOSes a frame', (frames * 4) / 30, '1/s');
