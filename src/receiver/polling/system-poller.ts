import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import { SAMPLE_INTERVAL } from '../../pcm/model.ts';
import type { ConsoleClient, ManagedSystem, PcmPreferences } from '../../rest/model.ts';
import { Backfill } from '../cursors/backfill.ts';
import type { CursorGap } from '../cursors/cursors.ts';
import { GapReports } from '../cursors/gap-reports.ts';
import { Outages } from '../cursors/outages.ts';
import { DocumentReader } from '../documents/document-reader.ts';
import { DocumentReports } from '../documents/document-reports.ts';
import { InventoryCache } from '../inventory/inventory-cache.ts';
import { StartTimePersistence } from '../start-times/start-time-persistence.ts';
import { BackfillLoop } from './backfill-loop.ts';
import { sampleTimes } from './clock-skew.ts';
import { CurrentSamples } from './current-samples.ts';
import { EnergyFeed } from './energy-feed.ts';
import { FeedListing } from './feed-listing.ts';
import { missingSample } from './missing-sample.ts';
import { OldSampleReport } from './old-sample-report.ts';
import { withPartitions } from './partition-filter.ts';
import { MonitoringFlags } from './pcm-preferences.ts';
import { backOffDelay, nextPollDelay } from './poll-schedule.ts';
import type { PollerContext } from './poller-context.ts';
import { SampleTraversal, type TraversalOptions } from './sample-traversal.ts';

/** So long the first sample waits for what the inventory says. */
const MAX_DESCRIPTION_WAIT_MS = 10_000;

/**
 * Reads one managed system, cycle by cycle, independently of all others: first current samples, then, until the next
 * cycle, what readers lack of the past.
 */
export class SystemPoller {
  readonly #context: PollerContext;
  readonly #inventory: InventoryCache;
  readonly #flags: MonitoringFlags;
  readonly #feed: FeedListing;
  readonly #current: CurrentSamples;
  readonly #documents: DocumentReader;
  readonly #outages: Outages;
  readonly #gaps: GapReports;
  readonly #backfill: Backfill;
  readonly #backfillLoop: BackfillLoop;
  readonly #starts: StartTimePersistence;
  #system: ManagedSystem;
  #activity: FrameActivity | undefined;
  #receivedAt = 0;
  #polledAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  readonly #series: FailureSeries;
  readonly #oldSample: OldSampleReport;
  /** A document of the hypervisor must be asked for again. */
  #isBlocked = false;
  #hasWarnedAboutComputeOnly = false;

  constructor(system: ManagedSystem, context: PollerContext) {
    this.#system = system;
    this.#context = context;
    this.#inventory = new InventoryCache(system.id, context.clock, context.logger);
    this.#inventory.describeSystem(system);
    this.#flags = new MonitoringFlags(system.id, context.settings.enablesPcm, context.logger);
    this.#feed = new FeedListing({
      system: () => this.#system,
      preferences: () => this.preferences,
      readsEnergy: context.settings.readsEnergy,
      energy: new EnergyFeed(system.id, context.clock, context.recorder),
    });
    this.#outages = new Outages(context.clock.now());
    this.#series = new FailureSeries(context.clock);
    this.#oldSample = new OldSampleReport(context.clock, context.logger, context.settings.staleAfter);
    this.#gaps = new GapReports(context.recorder, context.logger, this.#outages);
    this.#starts = new StartTimePersistence(system.id, context.settings.startTimes, context.clock, context.logger);
    const reports = new DocumentReports(context.recorder, context.logger);
    const times = sampleTimes(context.clock, context.clockSkew);
    this.#documents = new DocumentReader(context.clock, reports, times);
    this.#current = new CurrentSamples({
      newTraversal: (options) => this.#newTraversal(options),
      feed: this.#feed,
      clock: context.clock,
      clockSkew: context.clockSkew,
      onClockSetBack: (consoleNow) => {
        this.#starts.registry.noteClockSetBack(consoleNow);
        this.#documents.reset();
        this.#backfill.reset();
      },
      logger: context.logger,
      place: () => this.#place,
    });
    this.#backfill = new Backfill({
      systemId: system.id,
      cursors: context.cursors,
      traversalFrom: (from) => this.#newTraversal({ from }),
      listEntries: async (console, since, signal) => {
        const entries = await this.#feed.list(console, since, signal);
        return { entries, isWithoutEnergy: this.#feed.isWithoutEnergy };
      },
      beforePublishing: () => this.#starts.note(),
      filtered: (activity) => withPartitions(activity, this.#context.settings.keepsPartition),
      onSample: () => context.recorder.sample('backfilled'),
      onGap: (gap) => this.#recordGap(gap),
    });
    this.#backfillLoop = new BackfillLoop({
      backfill: this.#backfill,
      clock: context.clock,
      console: context.console,
      onFailure: (error) => this.#recordFailure(error),
    });
  }

  get system(): ManagedSystem {
    return this.#system;
  }

  /** As the console said at first contact; undefined while it has not been asked. */
  get preferences(): PcmPreferences | undefined {
    return this.#flags.preferences;
  }

  /** The newest activity, whatever its age. */
  get activity(): FrameActivity | undefined {
    return this.#activity;
  }

  /** Whether the newest sample was received so long ago that nothing can be said of the present. */
  get isStale(): boolean {
    return this.#context.clock.monotonic() - this.#receivedAt > this.#context.settings.staleAfter;
  }

  describe(system: ManagedSystem): void {
    this.#system = system;
    this.#inventory.describeSystem(system);
  }

  /** Polls on the rhythm of the system until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#isPresentDue) await this.#runCycle(signal);
      const due = this.#context.clock.monotonic() + this.#nextDelay();
      await this.#backfillLoop.runUntil(due, () => this.#failures > 0, signal);
    }
    await this.#starts.save();
  }

  /** While everybody waits for the past, the present is looked at only so often that it does not become stale. */
  get #isPresentDue(): boolean {
    const { clock, cursors, settings } = this.#context;
    const isPending = cursors.hasFollowers(this.#system.id) || !this.#backfill.isWanted;
    return isPending || clock.monotonic() - this.#polledAt >= settings.staleAfter / 2;
  }

  /** To be called when a reader that is behind has capacity again. */
  notifyCapacity(): void {
    this.#backfillLoop.wake();
  }

  /** The system is read through another console from now on. */
  handleConsoleChange(): void {
    this.#documents.reset();
    this.#current.forgetClocks();
    this.#backfill.reset();
  }

  /**
   * One reading: what is new in the feed, then what the inventory lacks.
   * @throws {PowerVmError} when no sample could be had
   */
  async poll(signal: AbortSignal, inventoryBudget = this.#context.settings.inventoryBudget): Promise<void> {
    const { clock, recorder } = this.#context;
    await this.#starts.load();
    const started = clock.monotonic();
    this.#polledAt = started;
    const console = this.#context.console();
    await this.#flags.read(console, this.#place, signal);
    const entries = await this.#current.list(console, signal);
    if (inventoryBudget > 0) this.#inventory.awaitAdapters();
    if (inventoryBudget > 0 && !this.#activity) await this.#describeInitially(console, signal);
    const { activities, duplicates, late, failure, isBlocked } = await this.#current.step(console, entries, signal);
    this.#isBlocked = isBlocked;
    this.#starts.note();
    recorder.sample('duplicate', duplicates);
    recorder.sample('late', late);
    for (const activity of activities) this.#take(activity);
    this.#starts.saveIfDue();
    recorder.scrape((clock.monotonic() - started) / 1000);
    if (failure) throw failure;
    if (!this.#activity) throw missingSample(console.endpoint, this.#system, this.preferences);
    await this.#completeInventory(console, inventoryBudget, signal);
  }

  /** Otherwise inventory data would be missing in the first sample after every start. The wait is bounded. */
  async #describeInitially(console: ConsoleClient, signal: AbortSignal): Promise<void> {
    const timeout = new AbortController();
    const described = this.#inventory.describeInitially(console, signal).finally(() => timeout.abort());
    await Promise.race([
      described,
      this.#context.clock.sleep(MAX_DESCRIPTION_WAIT_MS, timeout.signal).catch(() => undefined),
    ]);
  }

  async #runCycle(signal: AbortSignal): Promise<void> {
    this.#context.beforePoll();
    try {
      await this.poll(signal);
      this.#context.onConsoleSuccess();
      const ended = this.#series.ended();
      if (ended) this.#context.logger.info({ ...this.#place, ...ended }, 'the system answers again');
      this.#failures = 0;
      this.#outages.end(this.#context.clock.now());
      if (this.isStale) this.#context.onStaleData();
      if (this.#activity) this.#oldSample.note(this.#activity.time - (this.#context.clockSkew() ?? 0), this.#place);
    } catch (error) {
      if (!signal.aborted) this.#recordFailure(error);
    }
  }

  #recordFailure(error: unknown): void {
    this.#failures += 1;
    this.#context.onConsoleFailure(error);
    const code = error instanceof PowerVmError ? error.code : undefined;
    this.#outages.note(this.#context.clock.now(), code);
    // At once for every reason: an outage may change its cause.
    const count = this.#series.failed(code ?? describeError(error));
    if (count) {
      const remedy = error instanceof PowerVmError ? error.remedy : undefined;
      const isFinal = this.#context.console().health?.isLogonRefused ?? false;
      this.#context.logger.warn(
        { ...this.#place, code, reason: describeError(error), remedy, ...count },
        isFinal ? 'no sample' : 'no sample; trying again',
      );
    }
    this.#context.recorder.documentError('feed', code ?? 'UNEXPECTED');
  }

  #nextDelay(): number {
    const { settings, clock, clockSkew } = this.#context;
    if (this.#failures > 1) return backOffDelay(this.#failures - 1, settings.collectionInterval, Math.random());
    // A pending document is requested more often than new ones are published.
    const interval = this.#isBlocked
      ? Math.min(settings.collectionInterval, SAMPLE_INTERVAL)
      : settings.collectionInterval;
    const schedule = { interval, lag: settings.lag, jitter: settings.jitter };
    return nextPollDelay(schedule, clock.now(), this.#current.newestInstant, clockSkew() ?? 0, Math.random());
  }

  get #place(): { readonly system: string; readonly console: string } {
    return { system: this.#system.name, console: this.#context.console().endpoint };
  }

  #newTraversal(options: TraversalOptions = {}): SampleTraversal {
    const { deduplicator } = this.#context;
    const context = {
      inventory: this.#inventory,
      documents: this.#documents,
      deduplicator,
      starts: this.#starts.registry,
    };
    return new SampleTraversal(this.#system.id, context, options);
  }

  #take(activity: FrameActivity): void {
    const { sample } = activity;
    if (sample.fresh.hypervisor) {
      this.#context.recorder.sample('new');
      this.#context.recorder.newestSample(activity.time - (this.#context.clockSkew() ?? 0));
      this.#receivedAt = this.#context.clock.monotonic();
      this.#current.noteReceived(this.#receivedAt);
    }
    const published = withPartitions(activity, this.#context.settings.keepsPartition);
    if (!this.#activity || sample.listedAt >= this.#activity.sample.listedAt) {
      this.#activity = published;
      if (this.#receivedAt === 0) this.#receivedAt = this.#context.clock.monotonic();
    }
    if (!sample.hypervisor.hasInputOutput) this.#warnAboutComputeOnly();
    for (const gap of this.#context.publish(published, this.#current.losses)) this.#recordGap(gap);
  }

  #warnAboutComputeOnly(): void {
    if (this.#hasWarnedAboutComputeOnly || this.preferences?.computeLongTermMonitor !== true) return;
    this.#hasWarnedAboutComputeOnly = true;
    this.#context.logger.warn(
      this.#place,
      'compute-only monitoring: PCM gives no network and storage values of this system',
    );
  }

  #recordGap(gap: CursorGap): void {
    const { clock, clockSkew } = this.#context;
    this.#gaps.note(gap, this.#place, clock.now(), clockSkew() ?? 0);
  }

  async #completeInventory(console: ConsoleClient, budget: number, signal: AbortSignal): Promise<void> {
    const activity = this.#activity;
    const learned = activity && (await this.#inventory.complete(console, activity, budget, signal));
    const refreshed = learned ? this.#current.withNewInventory() : undefined;
    this.#current.forgetPrevious();
    if (refreshed) this.#activity = withPartitions(refreshed, this.#context.settings.keepsPartition);
  }
}
