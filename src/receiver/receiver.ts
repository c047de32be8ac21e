import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../base/clock.ts';
import { describeError, PowerVmError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import type { SampleSource } from '../inspector/sample-source.ts';
import {
  type ConsoleClient,
  type ConsoleOptions,
  type ManagedSystem,
  type PcmPreferences,
  PowerVmConsole,
  type RequestObservation,
} from '../rest/index.ts';
import { ConsoleEntry, chooseConsole } from './console-entry.ts';
import type { CursorOptions, SampleCursor, SampleReader, Subscription } from './cursor.ts';
import { Cursors } from './cursors.ts';
import { type PowerVmReceiverOptions, type ReceiverSettings, receiverSettings } from './options.ts';
import { backOffDelay } from './poll-schedule.ts';
import { PulledCursor } from './pulled-cursor.ts';
import type { ReceiverStatistics } from './statistics.ts';
import { StatisticsBook } from './statistics-book.ts';
import { SystemPoller } from './system-poller.ts';
import { ToldOnce } from './told-once.ts';

/** Trouble of a console after which only the operator can help. */
const TERMINAL_CODES = new Set(['POWERVM_LOGON_REFUSED', 'POWERVM_REMOTE_ACCESS_OFF']);

/** A console whose data of a system stood still is left out for so long. */
const AVOIDANCE = 30 * 60_000;

/** A managed system as the receiver knows it. */
export interface SystemStatus {
  readonly system: ManagedSystem;
  /** Endpoint of the console that it is read through. */
  readonly console: string;
  readonly preferences: PcmPreferences | undefined;
  /** The newest activity, however old. */
  readonly activity: FrameActivity | undefined;
}

/** What {@link PowerVmReceiver.refresh} could not read. */
export interface RefreshFailure {
  readonly console: string;
  /** Undefined when the console as a whole failed. */
  readonly system: ManagedSystem | undefined;
  readonly error: PowerVmError;
}

export interface RefreshResult {
  readonly frames: readonly FrameActivity[];
  readonly failures: readonly RefreshFailure[];
}

export interface RefreshOptions {
  readonly signal?: AbortSignal;
  /** Told what is being done, in words for a terminal. */
  readonly onProgress?: (message: string) => void;
  /** Whether to ask for MAC addresses, one request per partition. Default true. */
  readonly withInventory?: boolean;
}

interface PolledSystem {
  readonly poller: SystemPoller;
  readonly stop: AbortController;
  running: Promise<void> | undefined;
  console: ConsoleEntry;
  /** One whose data of this system stand still while it answers, and until when it is left out; monotonic. */
  avoided: { readonly console: ConsoleEntry; readonly until: number } | undefined;
}

/**
 * Finds the managed systems of all consoles and polls each on its own rhythm. Hands out what it received in two ways:
 * {@link frames}, the newest of every system, for whoever looks; and {@link cursor}, every sample exactly once, for
 * whoever delivers.
 */
export class PowerVmReceiver implements SampleSource {
  readonly #settings: ReceiverSettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #statistics: StatisticsBook;
  readonly #cursors: Cursors;
  readonly #toldOnce: ToldOnce;
  readonly #consoles: readonly ConsoleEntry[];
  readonly #systems = new Map<string, PolledSystem>();
  readonly #listeners = new Set<(activity: FrameActivity) => void>();
  #stopping = new AbortController();
  #supervision: Promise<unknown> = Promise.resolve();
  #isStarted = false;

  /** @throws {ConfigurationError} for a console that cannot be what its options say */
  constructor(options: PowerVmReceiverOptions) {
    this.#settings = receiverSettings(options);
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#statistics = new StatisticsBook(this.#clock);
    this.#cursors = new Cursors(() => {
      for (const { poller } of this.#systems.values()) poller.notifyRoom();
    });
    this.#toldOnce = new ToldOnce(this.#clock, this.#logger, this.#settings.staleAfter);
    this.#consoles = options.consoles.map((console) => this.#openConsole(console));
  }

  /**
   * Begins to discover and poll, until {@link stop}. Resolves when every console was tried once; one that is down is
   * logged and tried again, so that this never rejects for it.
   */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#stopping = new AbortController();
    const firstRounds = this.#consoles.map((console) => {
      let tried: () => void = () => undefined;
      const firstTry = new Promise<void>((resolve) => {
        tried = resolve;
      });
      const supervision = this.#supervise(console, tried);
      return { firstTry, supervision };
    });
    this.#supervision = Promise.all(firstRounds.map(({ supervision }) => supervision));
    await Promise.all(firstRounds.map(({ firstTry }) => firstTry));
  }

  /** Ends all polling and logs off every console. */
  async stop(): Promise<void> {
    this.#stopping.abort(new PowerVmError('POWERVM_SHUT_DOWN', 'the receiver is stopping'));
    await this.#supervision;
    await Promise.all([...this.#systems.values()].map((system) => system.running));
    await Promise.all(this.#consoles.map(({ client }) => client.logoff()));
    this.#isStarted = false;
  }

  /**
   * Reads every system once, as `inspect` does. What fails is told in the result, not thrown. Systems are looked for
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
      this.#consoles.map(async (console) => {
        if (this.#clock.monotonic() - console.discoveredAt < this.#settings.discoveryInterval) return;
        onProgress(`connecting to ${console.client.endpoint}`);
        try {
          await this.#discover(console, abort);
        } catch (error) {
          failures.push({ console: console.client.endpoint, system: undefined, error: typed(error, abort) });
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
          failures.push({ console: console.client.endpoint, system: poller.system, error: typed(error, abort) });
        }
      }),
    );
    return { frames: this.frames(), failures };
  }

  frames(): readonly FrameActivity[] {
    return [...this.#systems.values()].flatMap(({ poller }) =>
      poller.activity && !poller.isStale ? [this.#toldOnce.show(poller.activity)] : [],
    );
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
   * A cursor of that name, which holds what has come until it is asked. A new one begins with the next sample; one with
   * positions goes on from them, as far as PCM still has what follows.
   */
  cursor(name: string, options: CursorOptions = {}): SampleCursor {
    return new PulledCursor(name, this.#settings.historyLimit, (reader) => this.subscribe(name, reader, options));
  }

  /** The same for a reader that takes samples as they come and has a memory of its own. */
  subscribe(name: string, reader: SampleReader, options: CursorOptions = {}): Subscription {
    return this.#cursors.add(name, reader, options);
  }

  /**
   * Calls `listener` with every new activity, as it comes. What it throws is logged.
   * @returns ends it
   */
  onActivity(listener: (activity: FrameActivity) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Endpoints of the consoles that refused the logon, and are not asked again. */
  refusedConsoles(): readonly string[] {
    return this.#consoles.flatMap(({ client }) => (client.health?.isLogonRefused ? [client.endpoint] : []));
  }

  statistics(): ReceiverStatistics {
    return this.#statistics.snapshot();
  }

  #openConsole(console: ConsoleOptions | ConsoleClient): ConsoleEntry {
    const entryOf = (client: ConsoleClient) => {
      const book = this.#statistics.console(client.address, () => client.health);
      return new ConsoleEntry(client, book, this.#clock, this.#logger);
    };
    if ('managedSystems' in console) return entryOf(console);
    const onRequest = (observation: RequestObservation) => {
      entry.record(observation);
      console.onRequest?.(observation);
    };
    const client = new PowerVmConsole({ clock: this.#clock, logger: this.#logger, ...console, onRequest });
    const entry = entryOf(client);
    return entry;
  }

  /** Looks for systems on a console now and then, until the receiver stops. Never rejects. */
  async #supervise(console: ConsoleEntry, tried: () => void): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      let delay = this.#settings.discoveryInterval;
      try {
        await this.#discover(console, signal);
        console.noteSuccess();
        if (failures > 0) this.#logger.info({ console: console.client.endpoint }, 'the console answers again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        console.noteFailure();
        const { code, remedy, message } = typed(error, signal);
        if (TERMINAL_CODES.has(code)) {
          this.#logger.error(
            { code, reason: message, remedy },
            'the console is not asked again until the configuration changes',
          );
          break;
        }
        if (failures === 1)
          this.#logger.warn({ code, reason: message, remedy }, 'the console does not answer; trying again');
        delay = backOffDelay(failures, this.#settings.collectionInterval, Math.random());
      } finally {
        tried();
      }
      await this.#clock.sleep(delay, signal).catch(() => undefined);
    }
    tried();
  }

  async #discover(console: ConsoleEntry, signal: AbortSignal): Promise<void> {
    const systems = await console.client.managedSystems(signal);
    const kept = systems.filter(this.#settings.keepsSystem);
    if (kept.length === 0) {
      throw new PowerVmError(
        'POWERVM_NO_SYSTEM',
        `${console.client.endpoint}: ${systems.length === 0 ? 'no managed system is visible to this account' : `the filters keep none of ${systems.length} managed systems`}`,
        { context: { console: console.client.endpoint } },
      );
    }
    console.systems = new Map(kept.map((system) => [system.id, system]));
    console.discoveredAt = this.#clock.monotonic();
    for (const system of kept) this.#include(system, console);
    for (const [id, polled] of this.#systems) {
      if (!this.#consoles.some(({ systems: listed }) => listed.has(id))) this.#exclude(id, polled);
    }
  }

  /** A system that two consoles manage is read through the first that found it, once. */
  #include(system: ManagedSystem, console: ConsoleEntry): void {
    const known = this.#systems.get(system.id);
    if (known) {
      known.poller.describe(system);
      return;
    }
    const poller = new SystemPoller(system, {
      settings: this.#settings,
      clock: this.#clock,
      logger: this.#logger,
      book: this.#statistics.system(system.id),
      console: () => polled.console.client,
      beforePoll: () => this.#moveIfBetter(system.id, polled),
      onConsoleSuccess: () => polled.console.noteSuccess(),
      onConsoleFailure: () => {
        polled.console.noteFailure();
        this.#moveIfBetter(system.id, polled);
      },
      onStandstill: () => {
        polled.avoided = { console: polled.console, until: this.#clock.monotonic() + AVOIDANCE };
        this.#moveIfBetter(system.id, polled);
      },
      clockSkew: () => polled.console.clockSkew,
      cursors: this.#cursors,
      toldOnce: this.#toldOnce,
      publish: (activity) => this.#publish(activity),
    });
    const polled: PolledSystem = {
      poller,
      stop: new AbortController(),
      running: undefined,
      console,
      avoided: undefined,
    };
    this.#systems.set(system.id, polled);
    if (this.#isStarted) polled.running = poller.run(sharedSignal(polled.stop.signal, this.#stopping.signal));
  }

  #exclude(id: string, { poller, stop }: PolledSystem): void {
    this.#logger.info({ system: poller.system.name }, 'no console manages this system any more');
    stop.abort(new PowerVmError('POWERVM_SHUT_DOWN', 'the system is gone'));
    this.#systems.delete(id);
  }

  /** Reads on through another console where that is better. */
  #moveIfBetter(systemId: string, polled: PolledSystem): void {
    if (polled.avoided && polled.avoided.until <= this.#clock.monotonic()) polled.avoided = undefined;
    const best = chooseConsole(this.#consoles, systemId, polled.console, polled.avoided?.console);
    if (best === polled.console) return;
    this.#logger.warn(
      { system: polled.poller.system.name, from: polled.console.client.endpoint, to: best.client.endpoint },
      'reading this system through another console',
    );
    polled.console = best;
    polled.poller.noteConsoleChange();
  }

  #publish(activity: FrameActivity): void {
    this.#cursors.publish(activity);
    for (const listener of this.#listeners) {
      try {
        listener(activity);
      } catch (error) {
        this.#logger.error({ reason: describeError(error) }, 'a listener of the receiver failed');
      }
    }
  }
}

/** Aborts with the first of `signals`. Hundreds of requests may listen to it without Node taking that for a leak. */
function sharedSignal(...signals: readonly AbortSignal[]): AbortSignal {
  const shared = AbortSignal.any([...signals]);
  setMaxListeners(Number.POSITIVE_INFINITY, shared);
  return shared;
}

function typed(error: unknown, signal: AbortSignal): PowerVmError {
  if (error instanceof PowerVmError) return error;
  if (signal.aborted) return new PowerVmError('POWERVM_SHUT_DOWN', 'interrupted', { cause: error });
  return new PowerVmError('POWERVM_REQUEST_REJECTED', describeError(error), { cause: error });
}
