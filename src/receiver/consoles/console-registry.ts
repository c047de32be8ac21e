import type { Clock } from '../../base/clock/clock.ts';
import type { ConditionState } from '../../base/condition.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import type { Logger } from '../../base/logger.ts';
import {
  type ConsoleClient,
  type ConsoleOptions,
  type ManagedSystem,
  PowerVmConsole,
  type RequestObservation,
} from '../../rest/index.ts';
import type { ReceiverSettings } from '../options.ts';
import { backOffDelay } from '../polling/poll-schedule.ts';
import type { ReceiverEvents } from '../receiver-events.ts';
import { readingError } from '../refresh.ts';
import { sharedSignal } from '../run.ts';
import type { StatisticsRecorder } from '../statistics/statistics-recorder.ts';
import { ConsoleEntry } from './console-entry.ts';
import { isTerminal } from './console-errors.ts';

export interface ConsoleRegistryContext {
  readonly settings: ReceiverSettings;
  readonly statistics: StatisticsRecorder;
  readonly events: ReceiverEvents;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The consoles of a receiver: which systems each manages, and how it works. */
export class ConsoleRegistry {
  readonly entries: readonly ConsoleEntry[];
  readonly #context: ConsoleRegistryContext;
  readonly #refused = new Set<ConsoleEntry>();

  /** @throws {ConfigurationError} for a console that cannot be what its options say */
  constructor(consoles: readonly (ConsoleOptions | ConsoleClient)[], context: ConsoleRegistryContext) {
    this.#context = context;
    this.entries = consoles.map((console) => this.#open(console));
  }

  /** Endpoints of the consoles that refused the logon and are not contacted again. */
  refusedEndpoints(): readonly string[] {
    return this.entries.flatMap(({ client }) => (client.health?.isLogonRefused ? [client.endpoint] : []));
  }

  /** To be called before the receiver starts again. */
  reset(): void {
    this.#refused.clear();
  }

  isListed(systemId: string): boolean {
    return this.entries.some(({ systems }) => systems.has(systemId));
  }

  /** Those that are read; the others are known and left aside. */
  held(): readonly ConsoleEntry[] {
    return this.entries.filter(({ isHeld }) => isHeld);
  }

  /** Never rejects. */
  async logOff({ client }: ConsoleEntry): Promise<void> {
    await client.logoff().catch((error) => {
      const fields = { console: client.endpoint, reason: describeError(error) };
      this.#context.logger.warn(fields, 'the console was not logged off');
    });
  }

  /** Reports the state of a console; the operator must know at once when one is no longer contacted, and what to do. */
  recordState(console: ConsoleEntry, state: ConditionState, error?: PowerVmError): void {
    const { events, logger } = this.#context;
    console.recorder.condition.note(state, error);
    events.publishStatus({ console: console.client.endpoint, system: undefined, state, error });
    if (state !== 'refused' || !error || this.#refused.has(console)) return;
    this.#refused.add(console);
    if (this.entries.every((other) => this.#refused.has(other))) events.rejectFirstSample(error);
    const { code, message, remedy } = error;
    logger.error({ code, reason: message, remedy }, 'the console is not asked again until the configuration changes');
  }

  /**
   * Notes which systems a console manages now.
   * @returns those that the filters keep, and a fleet admits
   * @throws {PowerVmError} `POWERVM_NO_SYSTEM` when there is none, and what the console throws
   */
  async discover(console: ConsoleEntry, signal: AbortSignal): Promise<readonly ManagedSystem[]> {
    const systems = await console.client.managedSystems(signal);
    signal.throwIfAborted();
    const kept = systems.filter(this.#context.settings.keepsSystem);
    if (kept.length === 0) {
      throw new PowerVmError(
        'POWERVM_NO_SYSTEM',
        `${console.client.endpoint}: ${systems.length === 0 ? 'no managed system is visible to this account' : `the filters keep none of ${systems.length} managed systems`}`,
        { context: { console: console.client.endpoint } },
      );
    }
    const ids = kept.map(({ id }) => id);
    const admitted = await this.#context.settings.admitsSystems?.(console.client.endpoint, ids);
    signal.throwIfAborted();
    const read = admitted ? kept.filter(({ id }) => admitted.has(id)) : kept;
    console.systems = new Map(read.map((system) => [system.id, system]));
    console.discoveredAt = this.#context.clock.monotonic();
    return read;
  }

  /**
   * Calls `discover` for a console again and again until the signal aborts, or the console refuses the logon. Never
   * rejects.
   */
  async discoverPeriodically(
    console: ConsoleEntry,
    signal: AbortSignal,
    discover: (console: ConsoleEntry, signal: AbortSignal) => Promise<void>,
    onFirstAttempt: () => void,
  ): Promise<void> {
    const { clock, logger, settings } = this.#context;
    const series = new FailureSeries(clock);
    for (let failures = 0; !signal.aborted; ) {
      let delay = settings.discoveryInterval;
      try {
        await discover(console, signal);
        console.recordSuccess();
        this.recordState(console, 'working');
        const ended = series.ended();
        if (ended) logger.info({ console: console.client.endpoint, ...ended }, 'the console answers again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        console.recordFailure();
        const problem = readingError(error, signal);
        const { code, remedy, message } = problem;
        const state = isTerminal(problem) ? 'refused' : 'failing';
        this.recordState(console, state, problem);
        if (state === 'refused') break;
        const { endpoint } = console.client;
        const count = series.failed(code);
        if (count) {
          const fields = { console: endpoint, code, reason: message, remedy, ...count };
          logger.warn(fields, 'the console does not answer; trying again');
        }
        delay = backOffDelay(failures, settings.collectionInterval, Math.random());
      } finally {
        onFirstAttempt();
      }
      const pause = new AbortController();
      console.endPause = () => pause.abort();
      await clock.sleep(delay, sharedSignal(signal, pause.signal)).catch(() => undefined);
    }
    onFirstAttempt();
  }

  #open(console: ConsoleOptions | ConsoleClient): ConsoleEntry {
    const { settings, statistics, clock, logger } = this.#context;
    const recorderOf = (entry: ConsoleEntry) => {
      const { address, endpoint } = entry.client;
      return statistics.console(address, portOf(endpoint), () => entry.client.health);
    };
    const entryOf = (open: () => ConsoleClient) =>
      new ConsoleEntry(open, !settings.waitsForConsoles, recorderOf, clock, logger);
    if ('managedSystems' in console) return entryOf(() => console);
    const onRequest = (observation: RequestObservation) => {
      entry.record(observation);
      try {
        console.onRequest?.(observation);
      } catch (error) {
        logger.error({ reason: describeError(error) }, 'onRequest of a console failed');
      }
    };
    const entry = entryOf(() => new PowerVmConsole({ clock, logger, ...console, onRequest }));
    return entry;
  }
}

/** Two consoles may share one host name, as with tunnels. */
function portOf(endpoint: string): number {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return Number(url?.port || (url?.protocol === 'http:' ? 80 : 443));
}
