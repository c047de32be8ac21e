import { randomBytes } from 'node:crypto';
import type { DocumentSource } from '../documents/schedule.ts';
import type { SimulatedSystem } from '../estate/model.ts';
import { ConsoleConditions } from '../faults/console-conditions.ts';
import { FaultPlan } from '../faults/fault-plan.ts';
import type { Fault } from '../faults/fault-schema.ts';
import type { SimulatedFault, SimulatedRequest } from '../options.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Timeline } from '../scenario/timeline.ts';
import { type ConsoleRequestLog, type HandledRequest, RequestLog } from './request-log.ts';
import { refusal } from './resources/atom-text.ts';
import type { MonitoringFlags } from './resources/preferences.ts';
import type { SimulatedResponse } from './response.ts';
import { handleRequest } from './routes.ts';
import { type ServerIdentity, SimulatorServer } from './server.ts';
import { type SessionStatistics, Sessions } from './sessions.ts';

/** What a console is made of; what it shares with others is the estate and the clock. */
export interface ConsoleParts {
  readonly kind: 'hmc' | 'novalink';
  readonly timeline: Timeline;
  /** The time of the estate. */
  readonly now: () => number;
  readonly username: string;
  /** What it shows to be right. */
  readonly password: string;
  readonly isPasswordWrong: boolean;
  readonly host: string;
  readonly port: number;
  readonly clockOffset: number;
  readonly servesGuestMemory: boolean;
  readonly flags: () => MonitoringFlags;
  readonly faults: readonly Fault[];
  readonly chaos: Scenario['chaos'];
  readonly seed: string;
  readonly start: number;
  readonly intercept: ((request: SimulatedRequest) => SimulatedFault | undefined) | undefined;
}

/** One console of a simulator, on a port of its own. */
export class SimulatedConsole {
  /** Asked before every request is answered, before the faults of the scenario are. */
  intercept: ((request: SimulatedRequest) => SimulatedFault | undefined) | undefined;
  readonly conditions: ConsoleConditions;
  readonly #parts: ConsoleParts;
  readonly #sessions: Sessions;
  readonly #plan: FaultPlan;
  readonly #requestLog = new RequestLog();
  readonly #flags = new Map<string, MonitoringFlags>();
  #server: SimulatorServer | undefined;
  #url = '';
  #sessionLosses = 0;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.intercept = parts.intercept;
    this.conditions = new ConsoleConditions(parts.faults, parts.start, parts.clockOffset);
    this.#plan = new FaultPlan(parts.faults, parts.chaos, parts.seed, parts.start);
    const accepted = parts.isPasswordWrong ? randomBytes(9).toString('base64url') : parts.password;
    this.#sessions = new Sessions(parts.username, accepted, parts.kind === 'novalink', () =>
      this.conditions.sessionLimit(parts.now()),
    );
    for (const { id } of parts.timeline.at(parts.now())) this.#flags.set(id, parts.flags());
  }

  /** `http://127.0.0.1:1234`, once it is started. */
  get url(): string {
    return this.#url;
  }

  get username(): string {
    return this.#parts.username;
  }

  get password(): string {
    return this.#parts.password;
  }

  get sessions(): SessionStatistics {
    return this.#sessions.statistics;
  }

  /** The newest ten thousand. */
  get requests(): readonly HandledRequest[] {
    return this.#requestLog.answered;
  }

  get requestLog(): ConsoleRequestLog {
    return this.#requestLog.read(this.#url, this.#sessions.byUser, this.conditions.reboots);
  }

  async start(identity: ServerIdentity | undefined): Promise<void> {
    const { now, host } = this.#parts;
    this.#server = new SimulatorServer(
      {
        respond: (request, body) => this.#respond(request, body),
        intercept: (request) => this.intercept?.(request) ?? this.#plan.faultOf(request, now()),
        isDown: () => this.#isDown(),
        hasExpiredCertificate: () => this.conditions.hasExpiredCertificate(now()),
        begin: (request) => this.#requestLog.begin(request),
        observe: (request, status) => this.#requestLog.observe(request, status),
        end: () => this.#requestLog.end(),
        now: () => this.conditions.clockAt(now()),
      },
      identity,
    );
    const { port, address, family } = await this.#server.listen(host, this.#parts.port);
    const name = family === 'IPv6' ? `[${address}]` : address;
    this.#url = `${identity ? 'https' : 'http'}://${name}:${port}`;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    await this.#sessions.removeTokenFiles();
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

  /** Where its documents of a system come from. */
  documentsOf(systemId: string): DocumentSource {
    const { timeline, servesGuestMemory } = this.#parts;
    return {
      systemAt: (time) => this.#withFlags(timeline.system(systemId, time)),
      timestampOf: (time) => this.conditions.clockAt(time),
      hasSample: (time) => this.conditions.hasSample(time),
      servesGuestMemory,
    };
  }

  /** Compute-only monitoring is a switch of the preferences too. */
  #withFlags(system: SimulatedSystem): SimulatedSystem {
    const { computeLongTermMonitor } = this.monitoring(system.id);
    return computeLongTermMonitor ? { ...system, collection: { ...system.collection, isComputeOnly: true } } : system;
  }

  #isDown(): boolean {
    const now = this.#parts.now();
    this.#loseSessions(now);
    const isDown = this.conditions.outageAt(now) === 'down';
    if (isDown) this.#requestLog.attempt(now);
    return isDown;
  }

  #loseSessions(now: number): void {
    const losses = this.conditions.sessionLosses(now);
    if (losses > this.#sessionLosses) this.#sessions.expire();
    this.#sessionLosses = losses;
  }

  async #respond(request: SimulatedRequest, body: string): Promise<SimulatedResponse> {
    const { timeline, now } = this.#parts;
    const time = now();
    if (this.conditions.outageAt(time) === 'warming up') {
      this.#requestLog.attempt(time);
      return refusal(503, request.path, 'MC has just restarted or UUID not found in PCM. Try again after sometime');
    }
    const state = {
      systems: timeline.at(time),
      sessions: this.#sessions,
      flagsOf: (system: SimulatedSystem) => this.monitoring(system.id),
      now,
      feedTime: () => this.conditions.feedTime(now()),
      documentsOf: (system: SimulatedSystem) => this.documentsOf(system.id),
      base: () => this.#url,
    };
    return handleRequest(state, request, body);
  }
}
