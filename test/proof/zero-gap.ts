import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { acceleratedClock } from '../../src/base/clock/accelerated-clock.ts';
import type { Clock } from '../../src/base/clock/clock.ts';
import { CollectorProcess, type LogLine } from '../helpers/collector-process.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { type DestinationState, type FaultPlan, type PlannedFault, planFaults } from './fault-plan.ts';
import { PointRecord } from './point-record.ts';
import { SimulatedConsole } from './simulated-console.ts';
import type { SimulatorRequestLog } from './simulator-messages.ts';

const MINUTE = 60_000;
const INTERVAL = 30_000;
const RETENTION = 30 * MINUTE;
/** Real milliseconds in which a collector has certainly started. */
const START_UP = 1_500;
/** Real milliseconds beyond the end of the run after which a collector that does not get there has failed. */
const PATIENCE = 60_000;

export interface ProofOptions {
  readonly seed: number;
  /** How much faster than the world the common clock goes. */
  readonly rate: number;
  /** Minutes of simulated time. */
  readonly minutes: number;
}

export interface ExporterVerdict {
  readonly points: number;
  readonly series: number;
  /** Points that came twice with the same value. */
  readonly repeated: number;
  /** Points that came twice with different values. */
  readonly contradictions: readonly string[];
  /** Instants of a system that PCM had purged, each reported by the collector. */
  readonly purged: number;
  /** Documents of VIOSes and energy that were lost without their instant, each reported by the collector. */
  readonly parts: number;
  /** Streams that overlap, entities with a second Resource, and deltas that are not the difference of the counter. */
  readonly broken: readonly string[];
  /** What is missing without a report, or reported although it is there, or reported before PCM had purged it. */
  readonly unexplained: readonly string[];
}

export interface Verdict {
  readonly seed: number;
  readonly kills: number;
  readonly reboots: number;
  readonly outages: number;
  readonly fullDisks: number;
  readonly exporters: Readonly<Record<'a' | 'b', ExporterVerdict>>;
  readonly requestLog: SimulatorRequestLog;
  readonly violations: readonly string[];
  /** What the collector wrote that is no log line. */
  readonly strayOutput: readonly string[];
  /** What it logged, with the simulated time. */
  readonly log: readonly string[];
}

/** Lets a collector live through the faults of a seed, and says what became of the samples. */
export async function proveZeroGap(options: ProofOptions): Promise<Verdict> {
  const world = await World.create(options);
  try {
    return await world.live();
  } finally {
    await world.end();
  }
}

class Destination {
  readonly sink: OtlpSink;
  readonly record = new PointRecord();
  readonly #timer: NodeJS.Timeout;
  readonly #world: { state: DestinationState };

  private constructor(sink: OtlpSink, world: { state: DestinationState }) {
    this.sink = sink;
    this.#world = world;
    this.#timer = setInterval(() => this.read(), 20);
  }

  static async start(): Promise<Destination> {
    const world = { state: 'well' as DestinationState };
    const reply = () => ({ well: undefined, busy: { status: 503 }, broken: 'broken' as const })[world.state];
    return new Destination(await OtlpSink.start({ reply }), world);
  }

  become(state: DestinationState): void {
    this.#world.state = state;
  }

  read(): void {
    for (const { points } of this.sink.requests.splice(0)) for (const point of points) this.record.add(point);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.sink.stop();
  }
}

class World {
  readonly #options: ProofOptions;
  readonly #plan: FaultPlan;
  readonly #epoch: number;
  readonly #clock: Clock;
  readonly #console: SimulatedConsole;
  readonly #directory: string;
  readonly #destinations: Readonly<Record<'a' | 'b', Destination>>;
  readonly #collectors: CollectorProcess[] = [];

  private constructor(
    options: ProofOptions,
    epoch: number,
    console: SimulatedConsole,
    directory: string,
    destinations: Readonly<Record<'a' | 'b', Destination>>,
  ) {
    this.#options = options;
    const longest = 24 - (START_UP * options.rate) / MINUTE;
    this.#plan = planFaults(options.seed, options.minutes, longest);
    this.#epoch = epoch;
    this.#clock = acceleratedClock(options.rate, epoch);
    this.#console = console;
    this.#directory = directory;
    this.#destinations = destinations;
  }

  static async create(options: ProofOptions): Promise<World> {
    const epoch = Date.now();
    const estate = { systems: 3, lpars: 2, vioses: 1, seed: `proof-${options.seed}` };
    const console = await SimulatedConsole.start({ estate, rate: options.rate, epoch });
    const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-proof-'));
    const [a, b] = await Promise.all([Destination.start(), Destination.start()]);
    const world = new World(options, epoch, console, directory, { a, b });
    await world.#writeConfig();
    return world;
  }

  async live(): Promise<Verdict> {
    const begin = this.#clock.now();
    this.#startCollector();
    for (const fault of this.#plan.faults) {
      await this.#clock.sleep(Math.max(0, begin + fault.at - this.#clock.now()));
      await this.#apply(fault);
    }
    const end = begin + Math.max(this.#plan.end, this.#options.minutes * MINUTE);
    await this.#waitFor(end);
    const collector = this.#collectors.at(-1);
    await collector?.end('SIGTERM');
    const requestLog = await this.#console.order({ health: 'well' });
    for (const destination of Object.values(this.#destinations)) destination.read();
    return this.#judge(end, requestLog);
  }

  async end(): Promise<void> {
    await Promise.all(this.#collectors.map((collector) => collector.end('SIGKILL')));
    this.#console.stop();
    await Promise.all(Object.values(this.#destinations).map((destination) => destination.stop()));
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #writeConfig(): Promise<void> {
    const { url, username, password } = this.#console.ready;
    const exporter = (name: 'a' | 'b') =>
      `otlp_http/${name}: { endpoint: '${this.#destinations[name].sink.url}', timeout: 5s, compression: none, temporality: ${name === 'a' ? 'cumulative' : 'delta'} }`;
    await writeFile(
      this.#config,
      `
receivers:
  powervm:
    consoles:
      - { endpoint: '${url}', username: '${username}', password: '${password}', connect_timeout: 10s, read_timeout: 10s }
exporters:
  ${exporter('a')}
  ${exporter('b')}
extensions:
  file_storage: { directory: '${this.#storage}' }
service:
  extensions: [file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http/a, otlp_http/b] } }`,
    );
  }

  get #config(): string {
    return path.join(this.#directory, 'config.yaml');
  }

  get #storage(): string {
    return path.join(this.#directory, 'storage');
  }

  async #apply(fault: PlannedFault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
        return this.#collectors.at(-1)?.end('SIGKILL');
      case 'start':
        return this.#startCollector();
      case 'console':
        await this.#console.order({ health: fault.health });
        return;
      case 'exporter':
        this.#destinations[fault.exporter].become(fault.state);
        return;
      case 'disk':
        return this.#fillDisk(fault.isFull);
    }
  }

  #startCollector(): void {
    const options = ['--clock-rate', String(this.#options.rate), '--clock-epoch', String(this.#epoch)];
    this.#collectors.push(new CollectorProcess(this.#config, options));
  }

  /** What the collector writes next goes to a device that is always full. */
  async #fillDisk(isFull: boolean): Promise<void> {
    const next = path.join(this.#storage, 'state.json.next');
    await rm(next, { force: true });
    if (isFull) await symlink('/dev/full', next).catch(() => undefined);
  }

  /** Until every system has got past `end` at both destinations. */
  async #waitFor(end: number): Promise<void> {
    const systems = this.#console.ready.systems.map(({ id }) => id);
    // On a slow machine the clock runs slowly too: what is left of the run may take longer than the patience.
    const latest = Date.now() + Math.max(0, end - this.#clock.now()) / this.#options.rate + PATIENCE;
    const isReached = () =>
      Object.values(this.#destinations).every(({ record }) => record.reached(systems) >= end + INTERVAL);
    while (Date.now() < latest && !(this.#clock.now() >= end && isReached()))
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  #judge(end: number, requestLog: SimulatorRequestLog): Verdict {
    const count = (kind: string) => this.#plan.faults.filter((fault) => fault.kind === kind).length;
    const lines = this.#collectors.flatMap((collector) => collector.lines);
    const { a, b } = this.#destinations;
    return {
      seed: this.#options.seed,
      kills: count('kill'),
      reboots: count('console') / 3,
      outages: count('exporter') / 2,
      fullDisks: count('disk') / 2,
      exporters: { a: this.#judgeExporter('a', end, lines), b: this.#judgeExporter('b', end, lines) },
      requestLog,
      violations: [...a.sink.violations, ...b.sink.violations],
      strayOutput: this.#collectors.flatMap((collector) => collector.strayOutput),
      log: lines.map((line) => `${stamp(this.#simulated(line))} ${JSON.stringify(line)}`),
    };
  }

  /** The simulated time at which the collector wrote a line, by the real one that the line bears. */
  #simulated(line: LogLine): number {
    const time = Date.parse(String(line.time));
    if (Number.isNaN(time)) throw new Error(`a log line without its time: ${JSON.stringify(line)}`);
    return this.#epoch + (time - this.#epoch) * this.#options.rate;
  }

  #judgeExporter(name: 'a' | 'b', end: number, lines: readonly LogLine[]): ExporterVerdict {
    const { record } = this.#destinations[name];
    const reported = this.#reportedGaps(`otlp_http/${name}`, lines);
    const reportedParts = this.#reportedParts(`otlp_http/${name}`, lines);
    const missing = record.missing(end);
    // The first sample after a gap has nothing before it to compare with, and so no rates.
    const explains = (gap: { readonly systemId: string; readonly time: number }, systemId: string, time: number) =>
      gap.systemId === systemId && (isNear(gap, time) || isNear(gap, time - INTERVAL));
    const unexplained = missing
      .filter(({ systemId, time }) => !reported.some((gap) => explains(gap, systemId, time)))
      .filter(
        ({ systemId, time, metric }) =>
          !reportedParts.some((part) => part.isEnergy === isOfEnergy(metric) && explains(part, systemId, time)),
      )
      .map(({ systemId, time, metric }) => `no report that ${metric} of ${systemId} lacks ${stamp(time)}`);
    const early = reported
      .filter(({ time, reportedAt }) => time + RETENTION > reportedAt + MINUTE)
      .map(
        ({ systemId, time, reportedAt }) =>
          `${systemId} ${stamp(time)} was reported lost at ${stamp(reportedAt)}, too early`,
      );
    const false_ = reported
      .filter(
        ({ systemId, time }) =>
          time < end && !missing.some((other) => other.systemId === systemId && isNear(other, time)),
      )
      .map(({ systemId, time }) => `${systemId} ${stamp(time)} was reported lost and is there`);
    const entities = record.entities();
    const absent = this.#console.ready.systems
      .flatMap(({ partitions }) => partitions)
      .filter((id) => !entities.has(id.toLowerCase()))
      .map((id) => `nothing came of partition ${id}`);
    return {
      points: record.points,
      series: record.seriesCount,
      repeated: record.repeated,
      contradictions: record.contradictions,
      // The first gets cumulative points, the second deltas of the same counters.
      broken: [
        ...record.brokenStreams(),
        ...(name === 'b' ? this.#destinations.a.record.lostIncreases(record, this.#collectors.length > 1) : []),
      ],
      parts: reportedParts.length,
      purged: new Set(reported.map(({ systemId, time }) => `${systemId} ${time}`)).size,
      unexplained: [...unexplained, ...early, ...false_, ...absent],
    };
  }

  /** Every document that a collector said an instant of an exporter lacks. */
  #reportedParts(reader: string, lines: readonly LogLine[]) {
    const systems = this.#console.ready.systems;
    return lines
      .filter((line) => line.msg.startsWith('parts of samples are lost') && line.reader === reader)
      .flatMap(({ system, times, documents }) => {
        const systemId = systems.find(({ name }) => name === system)?.id ?? String(system);
        const sources = [documents].flat().map(String);
        return [times]
          .flat()
          .flatMap((time) =>
            sources.map((source) => ({ systemId, isEnergy: source === 'energy', time: Date.parse(String(time)) })),
          );
      });
  }

  /** Every instant that a collector said an exporter lacks. */
  #reportedGaps(reader: string, lines: readonly LogLine[]) {
    const systems = this.#console.ready.systems;
    return lines
      .filter((line) => line.msg.startsWith('samples are lost') && line.reader === reader)
      .flatMap((line) => {
        const systemId = systems.find(({ name }) => name === line.system)?.id ?? String(line.system);
        const reportedAt = this.#simulated(line);
        const first = Date.parse(String(line.first));
        return Array.from({ length: Number(line.samples) }, (_, index) => ({
          systemId,
          time: first + index * INTERVAL,
          reportedAt,
        }));
      });
  }
}

function isNear({ time }: { readonly time: number }, other: number): boolean {
  return Math.abs(time - other) < INTERVAL / 2;
}

function isOfEnergy(metric: string): boolean {
  return metric.startsWith('hw.');
}

function stamp(time: number): string {
  return new Date(time).toISOString();
}
