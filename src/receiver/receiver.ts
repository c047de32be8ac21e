import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../base/clock/clock.ts';
import type { ConditionState } from '../base/condition.ts';
import { describeError, PowerVmError } from '../base/errors/errors.ts';
import { FailureSeries } from '../base/errors/failure-series.ts';
import { type Logger, loggerOf } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import type { SampleSource } from '../inspector/views/sample-source.ts';
import {
  type ConsoleClient,
  type ConsoleOptions,
  type ManagedSystem,
  type PcmPreferences,
  PowerVmConsole,
  type RequestObservation,
} from '../rest/index.ts';
import { ConsoleEntry, chooseConsole } from './consoles/console-entry.ts';
import type { CursorOptions, SampleCursor, SampleReader, Subscription } from './cursors/cursor.ts';
import type { KnownLosses } from './cursors/cursor-progress.ts';
import { type CursorGap, Cursors } from './cursors/cursors.ts';
import { PulledCursor } from './cursors/pulled-cursor.ts';
import { type PowerVmReceiverOptions, type ReceiverSettings, receiverSettings } from './options.ts';
import { CrossSystemDeduplicator } from './ownership/deduplication.ts';
import { backOffDelay } from './polling/poll-schedule.ts';
import { SystemPoller } from './polling/system-poller.ts';
import { ReceiverEvents, type ReceiverStatus } from './receiver-events.ts';
import { type RefreshFailure, type RefreshOptions, type RefreshResult, readingError } from './refresh.ts';
import type { ReceiverStatistics } from './statistics/statistics.ts';
import { StatisticsRecorder, type SystemRecorder } from './statistics/statistics-recorder.ts';

/** Errors of a console that only the operator can fix. */
const TERMINAL_CODES = new Set(['POWERVM_LOGON_REFUSED', 'POWERVM_REMOTE_ACCESS_OFF', 'POWERVM_FILE_LOGON_FAILED']);
/** Errors that prevent any response of a console, for whichever system. */
const CONNECTION_CODES = new Set(['POWERVM_CONSOLE_UNREACHABLE', 'POWERVM_TLS_UNTRUSTED']);

/** Milliseconds between two looks whether readers have done with what they were handed. */
const PAUSE_FOR_READERS = 20;

/** A console with stale data of a system is avoided for so long. */
const AVOID_CONSOLE_FOR_MS = 30 * 60_000;

/** A managed system as the receiver knows it. */
export interface SystemStatus {
  readonly system: ManagedSystem;
  /** Endpoint of the console that it is read through. */
  readonly console: string;
  readonly preferences: PcmPreferences | undefined;
  /** The newest activity, however old. */
  readonly activity: FrameActivity | undefined;
}

/** From a start to its stop. */
interface Run {
  readonly stop: AbortController;
  readonly signal: AbortSignal;
  /** Resolves when every console was tried once. */
  started: Promise<void>;
  /** Everything that must have ended before the run has. Never rejects. */
  readonly work: Promise<void>[];
}

interface PolledSystem {
  readonly poller: SystemPoller;
  readonly stop: AbortController;
  isRunning: boolean;
  /** Resolves when it does not poll any more. */
  ended: Promise<void>;
  console: ConsoleEntry;
  /** A console that responds with stale data of this system, and until when it is avoided; monotonic. */
  avoidedConsole: { readonly console: ConsoleEntry; readonly until: number } | undefined;
}

/**
 * Discovers the managed systems of all consoles and polls each in its own rhythm. Provides the samples in two ways:
 * {@link frames}, the newest of every system, for display; and {@link cursor}, every sample exactly once, for delivery.
 */
export class PowerVmReceiver implements SampleSource {
  readonly #settings: ReceiverSettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #statistics: StatisticsRecorder;
  readonly #cursors: Cursors;
  readonly #deduplicator: CrossSystemDeduplicator;
  readonly #consoles: readonly ConsoleEntry[];
  readonly #systems = new Map<string, PolledSystem>();
  readonly #events: ReceiverEvents;
  readonly #refused = new Set<ConsoleEntry>();
  #run: Run | undefined;
  /** The end of the run before. */
  #stopped: Promise<void> = Promise.resolve();

  /** @throws {ConfigurationError} for an option that cannot be meant, or a console that cannot be what its options say */
  constructor(options: PowerVmReceiverOptions) {
    this.#settings = receiverSettings(options);
    this.#clock = options.clock ?? systemClock;
    this.#logger = loggerOf(options);
    this.#events = new ReceiverEvents(this.#logger);
    this.#statistics = new StatisticsRecorder(this.#clock, this.#settings.staleAfter);
    this.#cursors = new Cursors(() => {
      for (const { poller } of this.#systems.values()) poller.notifyCapacity();
    });
    this.#deduplicator = new CrossSystemDeduplicator(this.#clock, this.#logger, this.#settings.staleAfter);
    this.#consoles = options.consoles.map((console) => this.#openConsole(console));
  }

  /**
   * Starts discovery and polling, until {@link stop}. Resolves when every console was tried once; one that is down is
   * logged, reported to {@link onStatus} and retried, so that this never rejects for it. The first samples come some
   * seconds later: see {@link firstSample}. A stopped receiver can be started again.
   */
  start(): Promise<void> {
    if (this.#run) return this.#run.started;
    const stop = new AbortController();
    const run: Run = { stop, signal: sharedSignal(stop.signal), started: Promise.resolve(), work: [] };
    this.#events.reset();
    this.#refused.clear();
    run.started = this.#stopped.then(() => this.#begin(run));
    this.#run = run;
    return run.started;
  }

  /** Ends all polling and logs off every console. Never rejects. */
  stop(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    const reason = new PowerVmError('POWERVM_SHUT_DOWN', 'the receiver is stopping');
    run?.stop.abort(reason);
    this.#events.rejectFirstSample(reason);
    this.#stopped = this.#stopped.then(() => this.#end(run));
    return this.#stopped;
  }

  /**
   * Resolves with the first activity of any system since the start, some seconds after it. Rejects with the reason when
   * there will be none: every console refused the logon permanently (such as `POWERVM_LOGON_REFUSED`), or the receiver
   * was stopped. While a console is unreachable it waits; {@link onStatus} reports why.
   */
  firstSample(): Promise<FrameActivity> {
    return this.#events.firstSample;
  }

  async #begin(run: Run): Promise<void> {
    if (run.signal.aborted) return;
    for (const polled of this.#systems.values()) this.#poll(polled, run);
    await Promise.all(this.#held().map((console) => this.#watch(console, run)));
  }

  /** Resolves when the console was tried once. */
  #watch(console: ConsoleEntry, run: Run): Promise<void> {
    const signal = sharedSignal(run.signal, console.stop.signal);
    return new Promise<void>((onFirstAttempt) => {
      console.ended = this.#discoverPeriodically(console, signal, onFirstAttempt);
      run.work.push(console.ended);
    });
  }

  #held(): readonly ConsoleEntry[] {
    return this.#consoles.filter(({ isHeld }) => isHeld);
  }

  /**
   * Begins to read consoles that it knows and leaves aside. Positions of cursors are asked for as systems are found.
   * @param endpoints as they were given
   */
  adopt(endpoints: readonly string[]): void {
    for (const console of this.#consoles) {
      if (console.isHeld || !endpoints.includes(console.client.endpoint)) continue;
      console.adopt();
      if (this.#run && !this.#run.signal.aborted) void this.#watch(console, this.#run);
    }
  }

  /**
   * Leaves consoles aside, for others to read them. Asks nothing more from now on, and resolves when they are logged
   * off.
   * @param timeout milliseconds for what was delivered and is not acknowledged; what comes later moves no cursor
   */
  async release(endpoints: readonly string[], timeout = 0): Promise<void> {
    const reason = new PowerVmError('POWERVM_SHUT_DOWN', 'the console is read by others');
    const consoles = this.#held().filter(({ client }) => endpoints.includes(client.endpoint));
    for (const console of consoles) console.letGo(reason);
    const left = [...this.#systems].filter(([id]) => !this.#consoles.some(({ systems }) => systems.has(id)));
    const ids = left.map(([id]) => id);
    for (const [id, { stop }] of left) {
      stop.abort(reason);
      this.#systems.delete(id);
    }
    if (timeout === 0) this.#forget(ids);
    await Promise.all([...left.map(([, { ended }]) => ended), ...consoles.map(({ ended }) => ended)]);
    const begun = performance.now();
    // Destinations live in real time, whatever clock the receiver has.
    while (!this.#cursors.isSettled(ids) && performance.now() - begun < timeout) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_FOR_READERS));
    }
    this.#forget(ids);
    await Promise.all(consoles.map((console) => this.#logOff(console)));
  }

  #forget(systemIds: readonly string[]): void {
    for (const id of systemIds) {
      this.#cursors.forget(id);
      this.#deduplicator.forget(id);
      this.#statistics.letGo(id);
    }
  }

  async #logOff({ client }: ConsoleEntry): Promise<void> {
    await client.logoff().catch((error) => {
      this.#logger.warn({ console: client.endpoint, reason: describeError(error) }, 'the console was not logged off');
    });
  }

  async #end(run: Run | undefined): Promise<void> {
    await run?.started;
    await Promise.all(run?.work ?? []);
    await Promise.all(this.#held().map((console) => this.#logOff(console)));
  }

  #poll(polled: PolledSystem, run: Run): void {
    if (polled.isRunning) return;
    polled.isRunning = true;
    const { poller, stop } = polled;
    const ended = poller.run(sharedSignal(stop.signal, run.signal)).catch((error) => {
      this.#logger.error({ system: poller.system.name, reason: describeError(error) }, 'the reading of a system ended');
    });
    polled.ended = ended.then(() => {
      polled.isRunning = false;
    });
    run.work.push(polled.ended);
  }

  /**
   * Reads every system once, as `inspect` does. Failures are part of the result, not thrown. Systems are discovered
   * first, unless that was done within the discovery interval.
   */
  async refresh({
    signal,
    onProgress = () => undefined,
    withInventory = true,
  }: RefreshOptions = {}): Promise<RefreshResult> {
    const abort = sharedSignal(...(signal ? [signal] : []));
    const failures: RefreshFailure[] = [];
    await Promise.all(
      this.#held().map(async (console) => {
        if (this.#clock.monotonic() - console.discoveredAt < this.#settings.discoveryInterval) return;
        onProgress(`connecting to ${console.client.endpoint}`);
        try {
          await this.#discover(console, abort);
        } catch (error) {
          failures.push({ console: console.client.endpoint, system: undefined, error: readingError(error, abort) });
        }
      }),
    );
    const budget = withInventory ? Number.POSITIVE_INFINITY : 0;
    await Promise.all(
      [...this.#systems.values()].map(async ({ poller, console }) => {
        onProgress(`reading ${poller.system.name}`);
        try {
          await poller.poll(abort, budget);
        } catch (error) {
          failures.push({ console: console.client.endpoint, system: poller.system, error: readingError(error, abort) });
        }
      }),
    );
    return { frames: this.frames(), failures };
  }

  frames(): readonly FrameActivity[] {
    return [...this.#systems.values()].flatMap(({ poller }) =>
      poller.activity && !poller.isStale ? [this.#deduplicator.currentView(poller.activity)] : [],
    );
  }

  /** Milliseconds after which the newest sample of a system is stale. */
  get staleAfter(): number {
    return this.#settings.staleAfter;
  }

  systems(): readonly SystemStatus[] {
    return [...this.#systems.values()].map(({ poller, console }) => ({
      system: poller.system,
      console: console.client.endpoint,
      preferences: poller.preferences,
      activity: poller.activity,
    }));
  }

  /**
   * A cursor of that name, which holds samples until they are read. A new one begins with the next sample; one with
   * positions continues from them, as far as PCM still has what follows.
   */
  cursor(name: string, options: CursorOptions = {}): SampleCursor {
    return new PulledCursor(name, this.#settings.historyLimit, (reader) => this.subscribe(name, reader, options));
  }

  /** The same for a reader that takes samples as they come. */
  subscribe(name: string, reader: SampleReader, options: CursorOptions = {}): Subscription {
    return this.#cursors.add(name, reader, options);
  }

  /**
   * Calls `listener` with every new activity. Its errors are logged.
   * @returns ends it
   */
  onActivity(listener: (activity: FrameActivity) => unknown): () => void {
    return this.#events.onActivity(listener);
  }

  /**
   * Calls `listener` whenever reading of a console or a system starts to work, to fail, or to fail differently. Its
   * errors are logged.
   * @returns ends it
   */
  onStatus(listener: (status: ReceiverStatus) => unknown): () => void {
    return this.#events.onStatus(listener);
  }

  /** Endpoints of the consoles that refused the logon and are not contacted again. */
  refusedConsoles(): readonly string[] {
    return this.#consoles.flatMap(({ client }) => (client.health?.isLogonRefused ? [client.endpoint] : []));
  }

  statistics(): ReceiverStatistics {
    return this.#statistics.snapshot();
  }

  #openConsole(console: ConsoleOptions | ConsoleClient): ConsoleEntry {
    const bookOf = (entry: ConsoleEntry) => {
      const { address, endpoint } = entry.client;
      return this.#statistics.console(address, portOf(endpoint), () => entry.client.health);
    };
    const { waitsForConsoles } = this.#settings;
    const entryOf = (open: () => ConsoleClient) =>
      new ConsoleEntry(open, !waitsForConsoles, bookOf, this.#clock, this.#logger);
    if ('managedSystems' in console) return entryOf(() => console);
    const onRequest = (observation: RequestObservation) => {
      entry.record(observation);
      try {
        console.onRequest?.(observation);
      } catch (error) {
        this.#logger.error({ reason: describeError(error) }, 'onRequest of a console failed');
      }
    };
    const entry = entryOf(
      () => new PowerVmConsole({ clock: this.#clock, logger: this.#logger, ...console, onRequest }),
    );
    return entry;
  }

  /** Discovers the systems of a console periodically until the receiver stops. Never rejects. */
  async #discoverPeriodically(console: ConsoleEntry, signal: AbortSignal, onFirstAttempt: () => void): Promise<void> {
    const series = new FailureSeries(this.#clock);
    for (let failures = 0; !signal.aborted; ) {
      let delay = this.#settings.discoveryInterval;
      try {
        await this.#discover(console, signal);
        console.recordSuccess();
        this.#recordConsoleState(console, 'working');
        const ended = series.ended();
        if (ended) this.#logger.info({ console: console.client.endpoint, ...ended }, 'the console answers again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        console.recordFailure();
        const problem = readingError(error, signal);
        const { code, remedy, message } = problem;
        const state = TERMINAL_CODES.has(code) ? 'refused' : 'failing';
        this.#recordConsoleState(console, state, problem);
        if (state === 'refused') break;
        const count = series.failed(code);
        const fields = { console: console.client.endpoint, code, reason: message, remedy, ...count };
        if (count) this.#logger.warn(fields, 'the console does not answer; trying again');
        delay = backOffDelay(failures, this.#settings.collectionInterval, Math.random());
      } finally {
        onFirstAttempt();
      }
      await this.#clock.sleep(delay, signal).catch(() => undefined);
    }
    onFirstAttempt();
  }

  /** Reports the state of a console; the operator must know at once when one is no longer contacted, and what to do. */
  #recordConsoleState(console: ConsoleEntry, state: ConditionState, error?: PowerVmError): void {
    console.recorder.condition.note(state, error);
    this.#events.publishStatus({ console: console.client.endpoint, system: undefined, state, error });
    if (state !== 'refused' || !error || this.#refused.has(console)) return;
    this.#refused.add(console);
    if (this.#consoles.every((other) => this.#refused.has(other))) this.#events.rejectFirstSample(error);
    const { code, message, remedy } = error;
    this.#logger.error(
      { code, reason: message, remedy },
      'the console is not asked again until the configuration changes',
    );
  }

  #recordSystemState(recorder: SystemRecorder, status: ReceiverStatus): void {
    recorder.condition.note(status.state, status.error);
    this.#events.publishStatus(status);
  }

  async #discover(console: ConsoleEntry, signal: AbortSignal): Promise<void> {
    const systems = await console.client.managedSystems(signal);
    signal.throwIfAborted();
    const kept = systems.filter(this.#settings.keepsSystem);
    if (kept.length === 0) {
      throw new PowerVmError(
        'POWERVM_NO_SYSTEM',
        `${console.client.endpoint}: ${systems.length === 0 ? 'no managed system is visible to this account' : `the filters keep none of ${systems.length} managed systems`}`,
        { context: { console: console.client.endpoint } },
      );
    }
    const ids = kept.map(({ id }) => id);
    const admitted = await this.#settings.admitsSystems?.(console.client.endpoint, ids);
    signal.throwIfAborted();
    const read = admitted ? kept.filter(({ id }) => admitted.has(id)) : kept;
    console.systems = new Map(read.map((system) => [system.id, system]));
    console.discoveredAt = this.#clock.monotonic();
    for (const system of read) this.#addSystem(system, console);
    for (const [id, polled] of this.#systems) {
      if (!this.#consoles.some(({ systems: listed }) => listed.has(id))) this.#removeSystem(id, polled);
    }
  }

  /** A system that two consoles manage is read through the first that found it, once. */
  #addSystem(system: ManagedSystem, console: ConsoleEntry): void {
    const known = this.#systems.get(system.id);
    if (known) {
      known.poller.describe(system);
      this.#statistics.system(system.id).name = system.name;
      return;
    }
    const recorder = this.#statistics.system(system.id);
    recorder.name = system.name;
    const poller = new SystemPoller(system, {
      settings: this.#settings,
      clock: this.#clock,
      logger: this.#logger,
      recorder,
      console: () => polled.console.client,
      beforePoll: () => this.#switchConsoleIfBetter(system.id, polled),
      onConsoleSuccess: () => {
        polled.console.recordSuccess();
        this.#recordConsoleState(polled.console, 'working');
        this.#recordSystemState(recorder, workingStatus(polled.console.client.endpoint, poller.system));
      },
      onConsoleFailure: (reason) => {
        const { endpoint } = polled.console.client;
        const error = readingError(reason, polled.stop.signal);
        if (TERMINAL_CODES.has(error.code)) this.#recordConsoleState(polled.console, 'refused', error);
        else if (CONNECTION_CODES.has(error.code)) this.#recordConsoleState(polled.console, 'failing', error);
        this.#recordSystemState(recorder, { console: endpoint, system: poller.system, state: 'failing', error });
        polled.console.recordFailure();
        this.#switchConsoleIfBetter(system.id, polled);
      },
      onStaleData: () => {
        polled.avoidedConsole = { console: polled.console, until: this.#clock.monotonic() + AVOID_CONSOLE_FOR_MS };
        this.#switchConsoleIfBetter(system.id, polled);
      },
      clockSkew: () => polled.console.clockSkew,
      cursors: this.#cursors,
      deduplicator: this.#deduplicator,
      publish: (activity, losses) => this.#publish(activity, losses),
    });
    const polled: PolledSystem = {
      poller,
      stop: new AbortController(),
      isRunning: false,
      ended: Promise.resolve(),
      console,
      avoidedConsole: undefined,
    };
    this.#systems.set(system.id, polled);
    this.#cursors.open(system.id);
    if (this.#run && !this.#run.signal.aborted) this.#poll(polled, this.#run);
  }

  #removeSystem(id: string, { poller, stop, console }: PolledSystem): void {
    const error = new PowerVmError(
      'POWERVM_NO_SYSTEM',
      `no console manages ${poller.system.name} any more: it was removed there, or this account may not see it`,
      { context: { system: poller.system.name } },
    );
    this.#recordSystemState(this.#statistics.system(id), {
      console: console.client.endpoint,
      system: poller.system,
      state: 'failing',
      error,
    });
    this.#logger.warn({ system: poller.system.name, code: error.code, remedy: error.remedy }, error.message);
    stop.abort(new PowerVmError('POWERVM_SHUT_DOWN', 'the system is gone'));
    this.#systems.delete(id);
  }

  /** Reads on through another console where that is better. */
  #switchConsoleIfBetter(systemId: string, polled: PolledSystem): void {
    if (polled.avoidedConsole && polled.avoidedConsole.until <= this.#clock.monotonic())
      polled.avoidedConsole = undefined;
    const best = chooseConsole(this.#consoles, systemId, polled.console, polled.avoidedConsole?.console);
    if (best === polled.console) return;
    this.#logger.warn(
      { system: polled.poller.system.name, from: polled.console.client.endpoint, to: best.client.endpoint },
      'reading this system through another console',
    );
    polled.console = best;
    polled.poller.handleConsoleChange();
  }

  #publish(activity: FrameActivity, losses: KnownLosses): readonly CursorGap[] {
    const gaps = this.#cursors.publish(activity, losses);
    this.#events.publish(activity);
    return gaps;
  }
}

function workingStatus(console: string, system: ManagedSystem): ReceiverStatus {
  return { console, system, state: 'working', error: undefined };
}

/** Aborts with the first of `signals`. Hundreds of requests may listen to it without Node taking that for a leak. */
function sharedSignal(...signals: readonly AbortSignal[]): AbortSignal {
  const shared = AbortSignal.any([...signals]);
  setMaxListeners(Number.POSITIVE_INFINITY, shared);
  return shared;
}

/** Two consoles may share one host name, as with tunnels. */
function portOf(endpoint: string): number {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return Number(url?.port || (url?.protocol === 'http:' ? 80 : 443));
}
