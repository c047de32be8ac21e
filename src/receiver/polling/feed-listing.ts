import { explainedFeedError } from '../../rest/errors/feed-rejection.ts';
import type { ConsoleClient, ManagedSystem, PcmFeedEntry, PcmPreferences } from '../../rest/model.ts';
import type { EnergyFeed } from './energy-feed.ts';
import { isEnoughToBegin } from './sample-traversal.ts';

export interface FeedListingContext {
  readonly system: () => ManagedSystem;
  readonly preferences: () => PcmPreferences | undefined;
  readonly readsEnergy: boolean;
  readonly energy: EnergyFeed;
}

/** Lists what PCM has of one system: the feed of its samples, and that of energy where it is monitored. */
export class FeedListing {
  readonly #context: FeedListingContext;

  constructor(context: FeedListingContext) {
    this.#context = context;
  }

  /**
   * @param since console time; undefined for the whole feed
   * @param oldestWanted of energy, whose feed may not have answered for longer than the other
   * @throws {PowerVmError} with an explanation by the preferences where they have one
   */
  async list(
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
    oldestWanted?: number,
  ): Promise<readonly PcmFeedEntry[]> {
    const { system, preferences, energy } = this.#context;
    try {
      // Energy second: its list is then never older than that of the instants to which it belongs.
      const entries = await console.longTermMonitorFeed(system().id, since, signal);
      if (!this.#readsEnergy) return entries;
      const isAggregated = preferences()?.aggregation === true;
      const energySince = since === undefined ? undefined : Math.min(since, oldestWanted ?? since);
      return [...entries, ...(await energy.list(console, energySince, isAggregated, signal))];
    } catch (error) {
      throw await explainedFeedError(error, console, system(), signal);
    }
  }

  /** The whole feed only when the end of it does not do: samples stand still, or the clock is not the one of the samples. */
  async listAtFirst(console: ConsoleClient, since: number, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const entries = await this.list(console, since, signal);
    return isEnoughToBegin(entries, since) ? entries : this.list(console, undefined, signal);
  }

  /** Whether energy is monitored and its newest list is missing. */
  get isWithoutEnergy(): boolean {
    return this.#readsEnergy && this.#context.energy.isIncomplete;
  }

  get #readsEnergy(): boolean {
    return this.#context.readsEnergy && this.#context.preferences()?.energyMonitor === true;
  }
}
