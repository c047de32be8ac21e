import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { documentNamed, documentsWithin, type ListedDocument } from './documents/retrieval.ts';
import { buildEstate } from './estate/build-estate.ts';
import type { SimulatedSystem } from './estate/model.ts';
import { presetEffects } from './faults/presets.ts';
import { selfSignedIdentity } from './http/certificate.ts';
import { SimulatedConsole } from './http/console.ts';
import { ControlServer } from './http/control.ts';
import type { ConsoleRequestLog, HandledRequest } from './http/request-log.ts';
import type { MonitoringFlags } from './http/resources/preferences.ts';
import type { ServerIdentity } from './http/server.ts';
import type { SessionStatistics } from './http/sessions.ts';
import type { PowerVmSimulatorOptions, SimulatedFault, SimulatedRequest } from './options.ts';
import { parseScenario } from './scenario/scenario.ts';
import { Timeline } from './scenario/timeline.ts';

/**
 * A PowerVM REST API in one process: one or several HMCs, or a NovaLink console, with a believable estate of Power
 * servers behind them. The same seed gives the same numbers at the same time.
 */
export class PowerVmSimulator {
  readonly username: string;
  readonly password: string;
  readonly console: 'hmc' | 'novalink';
  /** All manage the same systems. Properties without a console name refer to the first one. */
  readonly consoles: readonly SimulatedConsole[];
  readonly #options: PowerVmSimulatorOptions;
  readonly #now: () => number;
  readonly #timeline: Timeline;
  readonly #hasTls: boolean;
  readonly #first: SimulatedConsole;
  #certificateDirectory: string | undefined;
  #control: ControlServer | undefined;
  #controlUrl: string | undefined;

  /** @throws {ScenarioError} for a scenario that cannot be played on this estate */
  constructor(options: PowerVmSimulatorOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.console = options.console ?? 'hmc';
    this.username = options.username ?? 'hscroot';
    this.password = options.password ?? randomBytes(9).toString('base64url');
    const start = options.scenarioStart ?? this.#now();
    const seed = options.seed ?? 'otel-powervm';
    const scenario = parseScenario(options.scenario);
    const preset = presetEffects(options.fault);
    this.#hasTls = options.tls ?? preset.tls ?? false;
    const estate = buildEstate({
      systems: this.console === 'novalink' ? 1 : (options.systems ?? 1),
      lpars: options.lpars ?? 12,
      vioses: options.vioses ?? 2,
      seed,
      startedAt: start,
      energy: options.energy === false ? undefined : options.energy === 'processed' ? 'processed' : 'raw',
      hasHostEthernet: options.hostEthernet ?? false,
      listsTwice: options.listsTwice ?? false,
    });
    this.#timeline = new Timeline(estate, [...(preset.events ?? []), ...scenario.events], start);
    const consoles = (options.consoles ?? [{}]).map(({ port, clockOffset }, index) => {
      const isOfConsole = (fault: { readonly console?: number | undefined }) =>
        fault.console === undefined || fault.console === index + 1;
      return new SimulatedConsole({
        kind: this.console,
        timeline: this.#timeline,
        now: this.#now,
        username: this.username,
        password: this.password,
        isPasswordWrong: preset.isPasswordWrong ?? false,
        host: options.host ?? '127.0.0.1',
        port: port ?? (index === 0 ? (options.port ?? 0) : 0),
        clockOffset: (clockOffset ?? 0) + (preset.clockOffset ?? 0),
        servesGuestMemory: options.guestMemory ?? this.console === 'novalink',
        flags: () => initialFlags(options, preset.isMonitoringOff ?? false),
        faults: [...(preset.faults ?? []), ...scenario.faults.filter(isOfConsole)],
        chaos: scenario.chaos.filter(isOfConsole),
        seed: `${seed}/console-${index}`,
        start,
        intercept: options.intercept,
      });
    });
    const [first] = consoles;
    if (!first) throw new Error('a simulator needs a console');
    this.consoles = consoles;
    this.#first = first;
  }

  /** The estate as it is now. */
  get systems(): readonly SimulatedSystem[] {
    return this.#timeline.at(this.#now());
  }

  /** `http://127.0.0.1:1234`, once it is started. */
  get url(): string {
    return this.#first.url;
  }

  /** The file with its certificate, to be trusted by clients; undefined without TLS. Removed by {@link stop}. */
  get caFile(): string | undefined {
    return this.#certificateDirectory && path.join(this.#certificateDirectory, 'ca.pem');
  }

  get sessions(): SessionStatistics {
    return this.#first.sessions;
  }

  /** The newest ten thousand. */
  get requests(): readonly HandledRequest[] {
    return this.#first.requests;
  }

  /** What each console remembers of its clients. */
  get requestLog(): readonly ConsoleRequestLog[] {
    return this.consoles.map(({ requestLog }) => requestLog);
  }

  /** Where other processes read the {@link requestLog}, as JSON; undefined without `controlPort`. */
  get controlUrl(): string | undefined {
    return this.#controlUrl;
  }

  /** Asked before every request is answered; set it to let things go wrong, `undefined` to let them go right. */
  get intercept(): ((request: SimulatedRequest) => SimulatedFault | undefined) | undefined {
    return this.#first.intercept;
  }

  set intercept(intercept: ((request: SimulatedRequest) => SimulatedFault | undefined) | undefined) {
    this.#first.intercept = intercept;
  }

  async start(): Promise<void> {
    const identity = this.#hasTls ? await this.#makeIdentity() : undefined;
    for (const console of this.consoles) await console.start(identity);
    if (this.#options.controlPort === undefined) return;
    this.#control = new ControlServer(() => this.requestLog);
    this.#controlUrl = await this.#control.listen(this.#options.controlPort);
  }

  async stop(): Promise<void> {
    for (const console of this.consoles) await console.stop();
    await this.#control?.close();
    this.#control = undefined;
    if (this.#certificateDirectory) await rm(this.#certificateDirectory, { recursive: true, force: true });
    this.#certificateDirectory = undefined;
  }

  /** Forgets every session: the next request of each client is answered with 401. */
  expireSessions(): void {
    this.#first.expireSessions();
  }

  /** What is monitored on a system; change it to switch monitoring on or off. */
  monitoring(systemId: string): MonitoringFlags {
    return this.#first.monitoring(systemId);
  }

  /** The text of a document by its file name, of any instant: documents are computed again when they are asked for. */
  document(fileName: string): string | undefined {
    return documentNamed(fileName, this.systems, this.#first);
  }

  /** All documents of the long-term monitor and of energy with a true time from `from` to `to`, oldest first. */
  documents(systemId: string, from: number, to: number): readonly ListedDocument[] {
    return documentsWithin(this.#first.documentsOf(systemId), from, to);
  }

  async #makeIdentity(): Promise<ServerIdentity> {
    const identity = selfSignedIdentity(this.#options.host ?? '127.0.0.1', Date.now());
    this.#certificateDirectory = await mkdtemp(path.join(os.tmpdir(), 'powervm-simulator-'));
    await writeFile(path.join(this.#certificateDirectory, 'ca.pem'), identity.cert);
    return identity;
  }
}

function initialFlags({ longTermMonitor, energy }: PowerVmSimulatorOptions, isMonitoringOff: boolean): MonitoringFlags {
  const isOn = !isMonitoringOff && (longTermMonitor ?? true);
  return {
    longTermMonitor: isOn,
    aggregation: isOn,
    shortTermMonitor: false,
    computeLongTermMonitor: false,
    energyMonitor: !isMonitoringOff && energy !== false,
  };
}
