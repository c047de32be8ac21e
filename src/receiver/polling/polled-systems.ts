import type { Clock } from '../../base/clock/clock.ts';
import { PowerVmError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import type { ManagedSystem } from '../../rest/index.ts';
import { type ConsoleEntry, chooseConsole } from '../consoles/console-entry.ts';
import { isConnectionError, isTerminal } from '../consoles/console-errors.ts';
import type { ConsoleRegistry } from '../consoles/console-registry.ts';
import type { KnownLosses } from '../cursors/cursor-progress.ts';
import type { CursorGap, Cursors } from '../cursors/cursors.ts';
import type { ReceiverSettings } from '../options.ts';
import type { CrossSystemDeduplicator } from '../ownership/deduplication.ts';
import type { ReceiverEvents, ReceiverStatus } from '../receiver-events.ts';
import { readingError } from '../refresh.ts';
import type { StatisticsRecorder, SystemRecorder } from '../statistics/statistics-recorder.ts';
import type { SystemPoller } from './system-poller.ts';

/** A console with stale data of a system is avoided for so long. */
const AVOID_CONSOLE_FOR_MS = 30 * 60_000;

export interface PolledSystem {
  readonly poller: SystemPoller;
  readonly stop: AbortController;
  isRunning: boolean;
  /** Resolves when it does not poll any more. */
  ended: Promise<void>;
  console: ConsoleEntry;
  /** A console that responds with stale data of this system, and until when it is avoided; monotonic. */
  avoidedConsole: { readonly console: ConsoleEntry; readonly until: number } | undefined;
}

export interface PolledSystemsContext {
  readonly settings: ReceiverSettings;
  readonly consoles: ConsoleRegistry;
  readonly statistics: StatisticsRecorder;
  readonly events: ReceiverEvents;
  readonly cursors: Cursors;
  readonly deduplicator: CrossSystemDeduplicator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The managed systems that a receiver polls, and the console that each is read through. */
export class PolledSystems {
  readonly #context: PolledSystemsContext;
  readonly #systems = new Map<string, PolledSystem>();

  constructor(context: PolledSystemsContext) {
    this.#context = context;
  }

  list(): readonly PolledSystem[] {
    return [...this.#systems.values()];
  }

  /**
   * A system that two consoles manage is read through the first that found it, once.
   * @param Poller the class, which is loaded when it is needed
   * @returns one that is new
   */
  add(system: ManagedSystem, console: ConsoleEntry, Poller: typeof SystemPoller): PolledSystem | undefined {
    const { settings, clock, logger, cursors, deduplicator, statistics } = this.#context;
    const recorder = statistics.system(system.id);
    const known = this.#systems.get(system.id);
    recorder.name = system.name;
    if (known) {
      known.poller.describe(system);
      return undefined;
    }
    const poller = new Poller(system, {
      settings,
      clock,
      logger,
      recorder,
      console: () => polled.console.client,
      beforePoll: () => this.#switchConsoleIfBetter(system.id, polled),
      onConsoleSuccess: () => this.#recordConsoleSuccess(polled, recorder),
      onConsoleFailure: (reason) => {
        this.#recordConsoleFailure(polled, recorder, readingError(reason, polled.stop.signal));
        this.#switchConsoleIfBetter(system.id, polled);
      },
      onStaleData: () => {
        polled.avoidedConsole = { console: polled.console, until: clock.monotonic() + AVOID_CONSOLE_FOR_MS };
        this.#switchConsoleIfBetter(system.id, polled);
      },
      clockSkew: () => polled.console.clockSkew,
      cursors,
      deduplicator,
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
    cursors.open(system.id);
    return polled;
  }

  /**
   * Ends the polling of systems whose console is left aside, without a word: others read them.
   * @returns their ids, and when they do not poll any more
   */
  release(reason: unknown): { readonly ids: readonly string[]; readonly ended: Promise<unknown> } {
    const released = [...this.#systems].filter(([id]) => !this.#context.consoles.isListed(id));
    for (const [id, { stop }] of released) {
      stop.abort(reason);
      this.#systems.delete(id);
    }
    return { ids: released.map(([id]) => id), ended: Promise.all(released.map(([, { ended }]) => ended)) };
  }

  /** Ends the polling of systems that no console lists any more. */
  removeUnlisted(): void {
    for (const [id, polled] of this.#systems) if (!this.#context.consoles.isListed(id)) this.#remove(id, polled);
  }

  #remove(id: string, { poller, stop, console }: PolledSystem): void {
    const { statistics, logger } = this.#context;
    const error = new PowerVmError(
      'POWERVM_NO_SYSTEM',
      `no console manages ${poller.system.name} any more: it was removed there, or this account may not see it`,
      { context: { system: poller.system.name } },
    );
    const { endpoint } = console.client;
    const status = { console: endpoint, system: poller.system, state: 'failing', error } as const;
    this.#recordState(statistics.system(id), status);
    logger.warn({ system: poller.system.name, code: error.code, remedy: error.remedy }, error.message);
    stop.abort(new PowerVmError('POWERVM_SHUT_DOWN', 'the system is gone'));
    this.#systems.delete(id);
  }

  #recordConsoleSuccess({ console, poller }: PolledSystem, recorder: SystemRecorder): void {
    console.recordSuccess();
    this.#context.consoles.recordState(console, 'working');
    const { endpoint } = console.client;
    this.#recordState(recorder, { console: endpoint, system: poller.system, state: 'working', error: undefined });
  }

  #recordConsoleFailure({ console, poller }: PolledSystem, recorder: SystemRecorder, error: PowerVmError): void {
    const { consoles } = this.#context;
    if (isTerminal(error)) consoles.recordState(console, 'refused', error);
    else if (isConnectionError(error)) consoles.recordState(console, 'failing', error);
    const { endpoint } = console.client;
    this.#recordState(recorder, { console: endpoint, system: poller.system, state: 'failing', error });
    console.recordFailure();
  }

  #recordState(recorder: SystemRecorder, status: ReceiverStatus): void {
    recorder.condition.note(status.state, status.error);
    this.#context.events.publishStatus(status);
  }

  /** Reads on through another console where that is better. */
  #switchConsoleIfBetter(systemId: string, polled: PolledSystem): void {
    const { clock, consoles, logger } = this.#context;
    if (polled.avoidedConsole && polled.avoidedConsole.until <= clock.monotonic()) polled.avoidedConsole = undefined;
    const best = chooseConsole(consoles.entries, systemId, polled.console, polled.avoidedConsole?.console);
    if (best === polled.console) return;
    logger.warn(
      { system: polled.poller.system.name, from: polled.console.client.endpoint, to: best.client.endpoint },
      'reading this system through another console',
    );
    polled.console = best;
    polled.poller.handleConsoleChange();
  }

  #publish(activity: FrameActivity, losses: KnownLosses): readonly CursorGap[] {
    const gaps = this.#context.cursors.publish(activity, losses);
    this.#context.events.publish(activity);
    return gaps;
  }
}
