import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { acceleratedClock } from '../../../../src/base/clock/accelerated-clock.ts';
import type { Clock } from '../../../../src/base/clock/clock.ts';
import { CollectorProcess, type LogLine } from '../../../helpers/collector-process.ts';
import { afterThisTest } from '../../../helpers/console.ts';
import { type EtcdProcess, startEtcd } from '../../../helpers/etcd.ts';
import { OtlpSink } from '../../../helpers/otlp-sink/index.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';
import { PointRecord } from '../../../proof/point-record.ts';
import { CuttableProxy } from './cuttable-proxy.ts';
import type { ConsoleUse, ReadyConsole } from './estate-messages.ts';

const INTERVAL = 30_000;
/** Real milliseconds after which a fleet that does not get to the end has failed. */
const PATIENCE = 60_000;

export interface FleetWorldOptions {
  readonly seed: string;
  readonly members: number;
  readonly consoles: number;
  readonly etcd: number;
  /** How much faster than the world PCM and the collectors go. Leases live in real time. */
  readonly rate: number;
  /** Seconds of real time. */
  readonly leaseTime: number;
  readonly lpars?: number;
}

export interface FleetVerdict {
  readonly points: number;
  readonly repeated: number;
  /** Points that came twice with another value. */
  readonly contradictions: readonly string[];
  /** Instants of a system that never came. */
  readonly missing: readonly string[];
  /** Consoles that were read by two at the same time. */
  readonly readByTwo: readonly string[];
  readonly mostSessions: number;
  readonly refusedLogons: number;
  readonly violations: readonly string[];
}

/** Real collectors, a real etcd, simulated consoles with a common fast clock; and what can happen to them. */
export class FleetWorld {
  readonly options: FleetWorldOptions;
  readonly clock: Clock;
  readonly etcd: readonly EtcdProcess[];
  readonly consoles: readonly ReadyConsole[];
  readonly record = new PointRecord();
  readonly collectors: CollectorProcess[] = [];
  /** Those that were succeeded. */
  readonly #former: CollectorProcess[] = [];
  readonly #epoch: number;
  readonly #estate: ChildProcess;
  readonly #sink: OtlpSink;
  readonly #directory: string;
  /** By member: its ways to etcd. */
  readonly #proxies: readonly (readonly CuttableProxy[])[];
  #extra = '';

  private constructor(
    options: FleetWorldOptions,
    epoch: number,
    parts: Pick<FleetWorld, 'etcd' | 'consoles'>,
    estate: ChildProcess,
    sink: OtlpSink,
    directory: string,
    proxies: readonly (readonly CuttableProxy[])[],
  ) {
    this.options = options;
    this.#epoch = epoch;
    this.clock = acceleratedClock(options.rate, epoch);
    this.etcd = parts.etcd;
    this.consoles = parts.consoles;
    this.#estate = estate;
    this.#sink = sink;
    this.#directory = directory;
    this.#proxies = proxies;
  }

  /** Everything but the collectors. It ends with the test. */
  static async create(options: FleetWorldOptions): Promise<FleetWorld> {
    const epoch = Date.now();
    const etcd = await startEtcd(options.etcd);
    const file = fileURLToPath(new URL('./estate-process.ts', import.meta.url));
    const { consoles: count, seed, rate, lpars = 1 } = options;
    const start = JSON.stringify({ consoles: count, lpars, seed, rate, epoch });
    const estate = fork(file, [start], { execArgv: ['--import', 'tsx'] });
    afterThisTest(async () => {
      estate.kill('SIGKILL');
    });
    const [consoles] = await once(estate, 'message');
    const sink = await OtlpSink.start();
    afterThisTest(() => sink.stop());
    const proxies = await Promise.all(
      Array.from({ length: options.members }, () => Promise.all(etcd.map(({ endpoint }) => startProxy(endpoint)))),
    );
    const directory = await temporaryDirectory();
    const world = new FleetWorld(options, epoch, { etcd, consoles }, estate, sink, directory, proxies);
    const timer = setInterval(() => world.read(), 20);
    afterThisTest(async () => clearInterval(timer));
    return world;
  }

  /** What came until now. */
  read(): void {
    for (const { points } of this.#sink.requests.splice(0)) for (const point of points) this.record.add(point);
  }

  /** What members that start from now on have in their files beside. */
  changeConfiguration(receiverKeys: string): void {
    this.#extra = receiverKeys;
  }

  /** A member, by its number. One that ran before is succeeded. */
  async startMember(index: number): Promise<CollectorProcess> {
    const file = path.join(this.#directory, `member-${index}.yaml`);
    await writeFile(file, this.configurationOf(index));
    const options = ['--clock-rate', String(this.options.rate), '--clock-epoch', String(this.#epoch)];
    const collector = new CollectorProcess(file, options);
    const before = this.collectors[index];
    if (before) this.#former.push(before);
    this.collectors[index] = collector;
    afterThisTest(async () => {
      collector.child.kill('SIGCONT');
      await collector.end('SIGKILL');
    });
    return collector;
  }

  member(index: number): CollectorProcess {
    const collector = this.collectors[index];
    if (!collector) throw new Error(`there is no member ${index}`);
    return collector;
  }

  configurationOf(index: number): string {
    const consoles = this.consoles.map(
      ({ url, username, password }) =>
        `      - { endpoint: '${url}', username: '${username}', password: '${password}', max_requests_per_minute: 100000 }`,
    );
    const endpoints = (this.#proxies[index] ?? []).map(({ url }) => `'${url}'`).join(', ');
    return `
receivers:
  powervm:
    fleet: { storage: etcd }
    ${this.#extra}
    consoles:
${consoles.join('\n')}
exporters:
  otlp_http: { endpoint: '${this.#sink.url}', retry_on_failure: { max_interval: 5s } }
extensions:
  etcd:
    endpoints: [${endpoints}]
    lease_ttl: ${this.options.leaseTime}s
    instance_id: member-${index}
    session_key: a key that all members of this test have
service:
  extensions: [etcd]
  telemetry: { logs: { level: info } }
  pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http] } }
`;
  }

  cut(index: number): void {
    for (const proxy of this.#proxies[index] ?? []) proxy.cut();
  }

  mend(index: number): void {
    for (const proxy of this.#proxies[index] ?? []) proxy.mend();
  }

  /** The member of etcd that leads. */
  async leader(): Promise<EtcdProcess> {
    for (const member of this.etcd) {
      const reply = await fetch(`${member.endpoint}/v3/maintenance/status`, { method: 'POST', body: '{}' });
      const { header, leader } = (await reply.json()) as { header: { member_id: string }; leader: string };
      if (header.member_id === leader) return member;
    }
    throw new Error('etcd has no leader');
  }

  /** What all members said, also those that were succeeded. */
  lines(): readonly LogLine[] {
    return [...this.#former, ...this.collectors].flatMap(({ lines }) => lines);
  }

  /** Groups that went to another member without being handed over. */
  get takeovers(): number {
    return this.lines().filter(({ msg }) => msg === 'taking over from another member').length;
  }

  /** What the members had to say about sharing, in order, for whoever looks for the reason of a failure. */
  story(): string {
    return [...this.lines()]
      .sort((one, other) => momentOf(one) - momentOf(other))
      .map((line) => {
        const { time: _time, pid, msg, level: _level, hostname: _hostname, ...fields } = line;
        return `${stamp(momentOf(line))} ${pid} ${msg} ${JSON.stringify(fields)}`;
      })
      .join('\n');
  }

  async uses(): Promise<readonly ConsoleUse[]> {
    this.#estate.send('request-log');
    const [requestLog] = await once(this.#estate, 'message');
    return requestLog;
  }

  /** Resolves when every system has got past `end`, or not in time. */
  async reach(end: number): Promise<void> {
    const systems = this.consoles.flatMap(({ systems: ids }) => ids);
    const latest = Date.now() + PATIENCE;
    const isReached = () => this.clock.now() >= end && this.record.reached(systems) >= end + INTERVAL;
    while (Date.now() < latest && !isReached()) await pause(50);
  }

  async judge(end: number): Promise<FleetVerdict> {
    this.read();
    const uses = await this.uses();
    return {
      points: this.record.points,
      repeated: this.record.repeated,
      contradictions: this.record.contradictions,
      missing: [
        ...this.record
          .missing(end)
          .map(({ systemId, time, metric }) => `${metric} of ${systemId} lacks ${new Date(time).toISOString()}`),
        ...this.consoles
          .flatMap(({ systems }) => systems)
          .filter((id) => this.record.reached([id]) < end)
          .map((id) => `${id} was not read until the end`),
      ],
      readByTwo: uses.flatMap(overlaps),
      mostSessions: Math.max(...uses.map(({ mostSessions }) => mostSessions)),
      refusedLogons: uses.reduce((sum, { refused }) => sum + refused, 0),
      violations: this.#sink.violations,
    };
  }
}

async function startProxy(target: string): Promise<CuttableProxy> {
  const proxy = new CuttableProxy(target);
  await proxy.start();
  afterThisTest(() => proxy.stop());
  return proxy;
}

/** Sessions of a console that were used while another one was. */
function overlaps({ url, uses }: ConsoleUse): readonly string[] {
  const ordered = [...uses].sort((one, other) => one.first - other.first);
  return ordered.flatMap((use, index) => {
    const next = ordered[index + 1];
    return next && next.first <= use.last
      ? [`${url}: ${use.token} was used until ${stamp(use.last)}, ${next.token} from ${stamp(next.first)}`]
      : [];
  });
}

function stamp(time: number): string {
  // Of a process that ends amid a line there may be one without its time.
  return Number.isFinite(time) ? new Date(time).toISOString().slice(11) : 'at some time';
}

/** Milliseconds since 1970. */
export function momentOf({ time }: LogLine): number {
  return Date.parse(String(time));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
