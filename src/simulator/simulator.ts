import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type DocumentSource, keptInstants, longTermDocuments, RAW } from './documents/schedule.ts';
import { buildEstate } from './estate/build-estate.ts';
import type { SimulatedSystem } from './estate/model.ts';
import { selfSignedIdentity } from './http/certificate.ts';
import type { MonitoringFlags } from './http/preferences.ts';
import { answerRequest } from './http/routes.ts';
import { SimulatorServer } from './http/server.ts';
import { type SessionStatistics, Sessions } from './http/sessions.ts';
import type { PowerVmSimulatorOptions, SimulatedFault, SimulatedRequest } from './options.ts';

/** A request that was answered; newest last in {@link PowerVmSimulator.requests}. */
export interface AnsweredRequest {
  readonly method: string;
  readonly path: string;
  /** Undefined when the connection was broken instead. */
  readonly status: number | undefined;
}

const MAX_REMEMBERED_REQUESTS = 10_000;

/**
 * A PowerVM REST API in one process: an HMC or a NovaLink console with a believable estate of Power servers behind
 * it. The same seed gives the same numbers at the same time.
 */
export class PowerVmSimulator {
  readonly systems: readonly SimulatedSystem[];
  readonly username: string;
  readonly password: string;
  readonly console: 'hmc' | 'novalink';
  /** Asked before every request is answered; set it to let things go wrong, `undefined` to let them go right. */
  intercept: ((request: SimulatedRequest) => SimulatedFault | undefined) | undefined;
  readonly #options: PowerVmSimulatorOptions;
  readonly #now: () => number;
  readonly #servesGuestMemory: boolean;
  readonly #sessions: Sessions;
  readonly #flags: ReadonlyMap<string, MonitoringFlags>;
  readonly #requests: AnsweredRequest[] = [];
  #server: SimulatorServer | undefined;
  #certificateDirectory: string | undefined;
  #url = '';

  constructor(options: PowerVmSimulatorOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.console = options.console ?? 'hmc';
    this.username = options.username ?? 'hscroot';
    this.password = options.password ?? randomBytes(9).toString('base64url');
    this.intercept = options.intercept;
    this.#servesGuestMemory = options.guestMemory ?? this.console === 'novalink';
    this.#sessions = new Sessions(this.username, this.password, this.console === 'novalink');
    this.systems = buildEstate({
      systems: this.console === 'novalink' ? 1 : (options.systems ?? 1),
      lpars: options.lpars ?? 12,
      vioses: options.vioses ?? 2,
      seed: options.seed ?? 'otel-powervm',
      startedAt: this.#now(),
      energy: options.energy === false ? undefined : options.energy === 'processed' ? 'processed' : 'raw',
      hasHostEthernet: options.hostEthernet ?? false,
      listsTwice: options.listsTwice ?? false,
    });
    this.#flags = new Map(this.systems.map(({ id }) => [id, initialFlags(options)]));
  }

  /** `http://127.0.0.1:1234`, once it is started. */
  get url(): string {
    return this.#url;
  }

  /** The file with its certificate, to be trusted by clients; undefined without TLS. Removed by {@link stop}. */
  get caFile(): string | undefined {
    return this.#certificateDirectory && path.join(this.#certificateDirectory, 'ca.pem');
  }

  get sessions(): SessionStatistics {
    return this.#sessions.statistics;
  }

  /** The newest ten thousand. */
  get requests(): readonly AnsweredRequest[] {
    return this.#requests;
  }

  async start(): Promise<void> {
    const host = this.#options.host ?? '127.0.0.1';
    const identity = this.#options.tls ? selfSignedIdentity(host, Date.now()) : undefined;
    if (identity) {
      this.#certificateDirectory = await mkdtemp(path.join(os.tmpdir(), 'powervm-simulator-'));
      await writeFile(path.join(this.#certificateDirectory, 'ca.pem'), identity.cert);
    }
    const state = {
      systems: this.systems,
      sessions: this.#sessions,
      flagsOf: (system: SimulatedSystem) => this.monitoring(system.id),
      now: this.#now,
      documentsOf: (system: SimulatedSystem) => this.#documentsOf(system),
      base: () => this.#url,
    };
    this.#server = new SimulatorServer(
      {
        answer: (request, body) => answerRequest(state, request, body),
        intercept: (request) => this.intercept?.(request),
        observe: (request, status) => this.#remember(request, status),
        now: this.#now,
      },
      identity,
    );
    const { port, address, family } = await this.#server.listen(host, this.#options.port ?? 0);
    const name = family === 'IPv6' ? `[${address}]` : address;
    this.#url = `${identity ? 'https' : 'http'}://${name}:${port}`;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    await this.#sessions.removeTokenFiles();
    if (this.#certificateDirectory) await rm(this.#certificateDirectory, { recursive: true, force: true });
    this.#certificateDirectory = undefined;
  }

  /** Forgets every session: the next request of each client is answered with 401. */
  expireSessions(): void {
    this.#sessions.expire();
  }

  /** What is monitored on a system; change it to switch monitoring on or off. */
  monitoring(systemId: string): MonitoringFlags {
    const flags = this.#flags.get(systemId);
    if (!flags) throw new Error(`the simulator has no managed system ${systemId}`);
    return flags;
  }

  /** The text of a document that the long-term monitor lists now, by its file name. */
  document(fileName: string): string | undefined {
    return this.systems
      .flatMap((system) =>
        keptInstants(system, this.#now(), RAW).flatMap((time) => longTermDocuments(this.#documentsOf(system), time)),
      )
      .find((listed) => listed.fileName === fileName)
      ?.text();
  }

  #documentsOf(system: SimulatedSystem): DocumentSource {
    return { systemAt: () => system, stampOf: (time) => time, servesGuestMemory: this.#servesGuestMemory };
  }

  #remember({ method, path: requested }: SimulatedRequest, status: number | undefined): void {
    this.#requests.push({ method, path: requested, status });
    if (this.#requests.length > MAX_REMEMBERED_REQUESTS) this.#requests.shift();
  }
}

function initialFlags(options: PowerVmSimulatorOptions): MonitoringFlags {
  return {
    longTermMonitor: options.longTermMonitor ?? true,
    aggregation: options.longTermMonitor ?? true,
    shortTermMonitor: false,
    computeLongTermMonitor: false,
    energyMonitor: options.energy !== false,
  };
}
