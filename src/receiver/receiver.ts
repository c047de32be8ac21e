import { type Clock, systemClock } from '../base/clock/clock.ts';
import { describeError, PowerVmError } from '../base/errors/errors.ts';
import { type Logger, loggerOf } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import type { SampleSource } from '../inspector/views/sample-source.ts';
import type { ConsoleEntry } from './consoles/console-entry.ts';
import { ConsoleRegistry } from './consoles/console-registry.ts';
import type { CursorOptions, SampleCursor, SampleReader, Subscription } from './cursors/cursor.ts';
import { Cursors } from './cursors/cursors.ts';
import { PulledCursor } from './cursors/pulled-cursor.ts';
import { type PowerVmReceiverOptions, type ReceiverSettings, receiverSettings } from './options.ts';
import { CrossSystemDeduplicator } from './ownership/deduplication.ts';
import { type PolledSystem, PolledSystems } from './polling/polled-systems.ts';
import { ReceiverEvents, type ReceiverStatus } from './receiver-events.ts';
import { type RefreshFailure, type RefreshOptions, type RefreshResult, readingError } from './refresh.ts';
import { type Run, sharedSignal } from './run.ts';
import type { ReceiverStatistics } from './statistics/statistics.ts';
import { StatisticsRecorder } from './statistics/statistics-recorder.ts';
import type { SystemStatus } from './system-status.ts';

/** Milliseconds between two looks whether readers have done with what they were handed. */
const PAUSE_FOR_READERS = 20;

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
  readonly #consoles: ConsoleRegistry;
  readonly #systems: PolledSystems;
  readonly #events: ReceiverEvents;
  #run: Run | undefined;
  /** The end of the run before. */
  #stopped: Promise<void> = Promise.resolve();

  /** @throws {ConfigurationError} for an option that cannot be meant, or a console that cannot be what its options say */
  constructor(options: PowerVmReceiverOptions) {
    this.#settings = receiverSettings(options);
    this.#clock = options.clock ?? systemClock;
    this.#logger = loggerOf(options);
    this.#events = new ReceiverEvents(this.#logger);
    this.#cursors = new Cursors(() => {
      for (const { poller } of this.#systems.list()) poller.notifyCapacity();
    });
    const { staleAfter, sharedSightings } = this.#settings;
    this.#deduplicator = new CrossSystemDeduplicator(this.#clock, this.#logger, staleAfter, sharedSightings);
    this.#statistics = new StatisticsRecorder(this.#clock, this.#settings.staleAfter);
    const context = {
      settings: this.#settings,
      statistics: this.#statistics,
      events: this.#events,
      clock: this.#clock,
      logger: this.#logger,
    };
    this.#consoles = new ConsoleRegistry(options.consoles, context);
    this.#systems = new PolledSystems({
      ...context,
      consoles: this.#consoles,
      cursors: this.#cursors,
      deduplicator: this.#deduplicator,
    });
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
    this.#consoles.reset();
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
    for (const polled of this.#systems.list()) this.#poll(polled, run);
    await Promise.all(this.#consoles.held().map((console) => this.#watch(console, run)));
  }

  /** Resolves when the console was tried once. */
  #watch(console: ConsoleEntry, run: Run): Promise<void> {
    const signal = sharedSignal(run.signal, console.stop.signal);
    return new Promise<void>((onFirstAttempt) => {
      const discover = this.#discover.bind(this);
      console.ended = this.#consoles.discoverPeriodically(console, signal, discover, onFirstAttempt);
      run.work.push(console.ended);
    });
  }

  /**
   * Begins to read consoles that it knows and leaves aside. Positions of cursors are asked for as systems are found.
   * @param endpoints as they were given
   */
  adopt(endpoints: readonly string[]): void {
    for (const console of this.#consoles.entries) {
      if (console.isHeld || !endpoints.includes(console.client.endpoint)) continue;
      console.adopt();
      if (this.#run && !this.#run.signal.aborted) void this.#watch(console, this.#run);
    }
  }

  /** Has consoles list their systems soon, because other systems of them are admitted now. */
  discoverAgain(endpoints: readonly string[]): void {
    for (const console of this.#consoles.held()) if (endpoints.includes(console.client.endpoint)) console.endPause();
  }

  /**
   * Leaves consoles aside, for others to read them. Asks nothing more from now on, and resolves when they are logged
   * off.
   * @param timeout milliseconds for what was delivered and is not acknowledged; what comes later moves no cursor
   */
  async release(endpoints: readonly string[], timeout = 0): Promise<void> {
    const reason = new PowerVmError('POWERVM_SHUT_DOWN', 'the console is read by others');
    const consoles = this.#consoles.held().filter(({ client }) => endpoints.includes(client.endpoint));
    for (const console of consoles) console.letGo(reason);
    const { ids, ended } = this.#systems.release(reason);
    if (timeout === 0) this.#forget(ids);
    await Promise.all([ended, ...consoles.map((console) => console.ended)]);
    const begun = performance.now();
    // Destinations live in real time, whatever clock the receiver has.
    while (!this.#cursors.isSettled(ids) && performance.now() - begun < timeout) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_FOR_READERS));
    }
    this.#forget(ids);
    await Promise.all(consoles.map((console) => this.#consoles.logOff(console)));
  }

  #forget(systemIds: readonly string[]): void {
    for (const id of systemIds) {
      this.#cursors.forget(id);
      this.#deduplicator.forget(id);
      this.#statistics.letGo(id);
    }
  }

  async #end(run: Run | undefined): Promise<void> {
    await run?.started;
    await Promise.all(run?.work ?? []);
    await Promise.all(this.#consoles.held().map((console) => this.#consoles.logOff(console)));
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
      this.#consoles.held().map(async (console) => {
        if (this.#clock.monotonic() - console.discoveredAt < this.#settings.discoveryInterval) return;
        onProgress(`connecting to ${console.client.endpoint}`);
        try {
          await this.#discover(console, abort);
        } catch (error) {
          failures.push({ console: console.client.endpoint, system: undefined, error: readingError(error, abort) });
        }
      }),
    );
    await Promise.all(
      this.#systems.list().map(async ({ poller, console }) => {
        onProgress(`reading ${poller.system.name}`);
        try {
          await poller.poll(abort, withInventory ? Number.POSITIVE_INFINITY : 0);
        } catch (error) {
          failures.push({ console: console.client.endpoint, system: poller.system, error: readingError(error, abort) });
        }
      }),
    );
    return { frames: this.frames(), failures };
  }

  frames(): readonly FrameActivity[] {
    return this.#systems
      .list()
      .flatMap(({ poller }) =>
        poller.activity && !poller.isStale ? [this.#deduplicator.currentView(poller.activity)] : [],
      );
  }

  /** Milliseconds after which the newest sample of a system is stale. */
  get staleAfter(): number {
    return this.#settings.staleAfter;
  }

  systems(): readonly SystemStatus[] {
    return this.#systems.list().map(({ poller, console }) => ({
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
    return this.#consoles.refusedEndpoints();
  }

  statistics(): ReceiverStatistics {
    return this.#statistics.snapshot();
  }

  async #discover(console: ConsoleEntry, signal: AbortSignal): Promise<void> {
    // Half of the receiver and all formulas: importing the package is faster without them.
    const [systems, { SystemPoller }] = await Promise.all([
      this.#consoles.discover(console, signal),
      import('./polling/system-poller.ts'),
    ]);
    signal.throwIfAborted();
    for (const system of systems) {
      const added = this.#systems.add(system, console, SystemPoller);
      if (added && this.#run && !this.#run.signal.aborted) this.#poll(added, this.#run);
    }
    this.#systems.removeUnlisted();
  }
}
