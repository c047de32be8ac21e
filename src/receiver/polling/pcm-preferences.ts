import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ConsoleClient, PcmPreferences } from '../../rest/model.ts';
import { isBusy, isConsoleError, MAX_SIDE_QUERY_FAILURES } from '../consoles/console-errors.ts';

/**
 * The PCM preferences of a system, read on first contact. They are only hints: the feed is read even when they report
 * monitoring off, and decides. A refusal here has no other effect.
 */
export class MonitoringFlags {
  readonly #systemId: string;
  readonly #enablesPcm: boolean;
  readonly #logger: Logger;
  #preferences: PcmPreferences | undefined;
  /** In a row. */
  #failures = 0;

  /** @param enablesPcm whether long-term monitoring is switched on where it is off */
  constructor(systemId: string, enablesPcm: boolean, logger: Logger) {
    this.#systemId = systemId;
    this.#enablesPcm = enablesPcm;
    this.#logger = logger;
  }

  /** Undefined while unknown. */
  get preferences(): PcmPreferences | undefined {
    return this.#preferences;
  }

  /**
   * @param place of the system, for the log
   * @throws what concerns the console as a whole, and what may pass soon, a few times
   */
  async read(console: ConsoleClient, place: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    if (this.#preferences) return;
    try {
      const preferences = await console.pcmPreferences(this.#systemId, signal);
      this.#preferences = preferences;
      if (preferences.longTermMonitor !== false) return;
      if (!this.#enablesPcm) {
        this.#logger.info(place, 'the preferences say that long-term monitoring is off; reading the feed anyway');
        return;
      }
      this.#preferences = await console.switchLongTermMonitor(this.#systemId, true, signal);
      this.#logger.info(place, 'switched long-term monitoring on; the first sample comes within a minute');
    } catch (error) {
      this.#failures += 1;
      const isWorthAnotherTry = isBusy(error) && this.#failures < MAX_SIDE_QUERY_FAILURES;
      if (signal.aborted || isConsoleError(error) || isWorthAnotherTry) throw error;
      this.#logger.info({ ...place, reason: describeError(error) }, 'preferences of PCM not available');
    }
  }
}
