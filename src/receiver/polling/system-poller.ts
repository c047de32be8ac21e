import type { Clock } from '../../base/clock/clock.ts';
import { ConsoleError, describeError, PowerVmError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import type { Logger } from '../../base/logger.ts';
import type { FrameActivity } from '../../inspector/activity.ts';
import { SAMPLE_INTERVAL } from '../../pcm/assembly/pairing.ts';
import { explainedFeedError } from '../../rest/errors/feed-rejection.ts';
import type { ConsoleClient, ManagedSystem, PcmFeedEntry, PcmPreferences } from '../../rest/model.ts';
import { Backfill } from '../cursors/backfill.ts';
import type { KnownLosses } from '../cursors/cursor-progress.ts';
import type { CursorGap, Cursors } from '../cursors/cursors.ts';
import { GapReports } from '../cursors/gap-reports.ts';
import { Outages } from '../cursors/outages.ts';
import { DocumentReader } from '../documents/document-reader.ts';
import { DocumentReports } from '../documents/document-reports.ts';
import { InventoryCache } from '../inventory/inventory-cache.ts';
import type { ReceiverSettings } from '../options.ts';
import type { CrossSystemDeduplicator } from '../ownership/deduplication.ts';
import { StartTimePersistence } from '../start-times/start-time-persistence.ts';
import type { SystemRecorder } from '../statistics/statistics-recorder.ts';
import { clockWasSetBack, isInFuture, listsAnotherClock } from './clock-skew.ts';
import { EnergyFeed } from './energy-feed.ts';
import { MonitoringFlags } from './pcm-preferences.ts';
import { backOffDelay, nextPollDelay } from './poll-schedule.ts';
import {
  firstLook,
  isEnoughToBegin,
  LOOK_BACK,
  SampleTraversal,
  type TraversalOptions,
  type TraversalStep,
} from './sample-traversal.ts';

/**
 * Up to so many new instants are read in order; a failed document is requested again with the next poll. With more,
 * polling restarts at the newest, and readers get the earlier ones by backfill.
 */
const MAX_NEW_INSTANTS = 5;

/** Consoles have given times from the future (powervm-rest-api.md 7.4, number 14); so far ahead they are no error of a clock. */
const MAX_CLOCK_JUMP_MS = 15 * 60_000;

/** So long the first sample waits for what the inventory says. */
const MAX_DESCRIPTION_WAIT_MS = 10_000;

/** So many instants that cannot be read are replaced by older ones for the first rates. */
const MAX_FALLBACK_INSTANTS = 3;

/** What a poller needs from the receiver. */
export interface PollerContext {
  readonly settings: ReceiverSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: SystemRecorder;
  /** The console to read the system through. */
  readonly console: () => ConsoleClient;
  /** Called before every poll and when the console failed, so that another may be chosen. */
  readonly beforePoll: () => void;
  readonly onConsoleSuccess: () => void;
  readonly onConsoleFailure: (reason: unknown) => void;
  /** Called when the console responds without new samples for too long. */
  readonly onStaleData: () => void;
  /** Milliseconds that the console's clock is ahead; undefined while unknown. */
  readonly clockSkew: () => number | undefined;
  readonly cursors: Cursors;
  readonly deduplicator: CrossSystemDeduplicator;
  /** @returns what readers lack permanently before it */
  readonly publish: (activity: FrameActivity, losses: KnownLosses) => readonly CursorGap[];
}

/**
 * Reads one managed system, cycle by cycle, independently of all others: first current samples, then, until the next
 * cycle, what readers lack of the past.
 */
export class SystemPoller {
  readonly #context: PollerContext;
  readonly #inventory: InventoryCache;
  readonly #flags: MonitoringFlags;
  readonly #energy: EnergyFeed;
  readonly #documents: DocumentReader;
  readonly #outages: Outages;
  readonly #gaps: GapReports;
  readonly #backfill: Backfill;
  readonly #starts: StartTimePersistence;
  #system: ManagedSystem;
  #traversal: SampleTraversal;
  #wake: () => void = () => undefined;
  #activity: FrameActivity | undefined;
  #receivedAt = 0;
  #polledAt = Number.NEGATIVE_INFINITY;
  #isFirstContact = true;
  #failures = 0;
  /** Code of the newest failure; undefined while all goes well. */
  readonly #series: FailureSeries;
  /** A document of the hypervisor must be asked for again. */
  #isBlocked = false;
  /** What the console's clock showed, less the monotonic clock, when the newest sample was read. */
  #consoleOffset: number | undefined;
  #hasWarnedAboutComputeOnly = false;
  /** What is listed in the console's future is then what it listed before. */
  #clockWasSetBack = false;

  constructor(system: ManagedSystem, context: PollerContext) {
    this.#system = system;
    this.#context = context;
    this.#inventory = new InventoryCache(system.id, context.clock, context.logger);
    this.#inventory.describeSystem(system);
    this.#flags = new MonitoringFlags(system.id, context.settings.enablesPcm, context.logger);
    this.#energy = new EnergyFeed(system.id, context.clock, context.recorder);
    this.#outages = new Outages(context.clock.now());
    this.#series = new FailureSeries(context.clock);
    this.#gaps = new GapReports(context.recorder, context.logger, this.#outages);
    this.#starts = new StartTimePersistence(system.id, context.settings.startTimes, context.clock, context.logger);
    const reports = new DocumentReports(context.recorder, context.logger);
    this.#documents = new DocumentReader(context.clock, reports, () => this.#latestTime);
    this.#traversal = this.#newTraversal();
    this.#backfill = new Backfill({
      systemId: system.id,
      cursors: context.cursors,
      traversalFrom: (from) => this.#newTraversal({ from }),
      listEntries: async (console, since, signal) => {
        const entries = await this.#listEntries(console, since, signal);
        return { entries, isWithoutEnergy: this.#readsEnergy && this.#energy.isIncomplete };
      },
      beforePublishing: () => this.#starts.note(),
      filtered: (activity) => this.#filtered(activity),
      onSample: () => context.recorder.sample('backfilled'),
      onGap: (gap) => this.#recordGap(gap),
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
      await this.#backfillUntil(this.#context.clock.monotonic() + this.#nextDelay(), signal);
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
    if (this.#backfill.isWanted) this.#wake();
  }

  /** The system is read through another console from now on. */
  handleConsoleChange(): void {
    this.#documents.reset();
    this.#traversal.forgetClocks();
    this.#consoleOffset = undefined;
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
    const entries = await this.#listPresent(console, signal);
    if (this.#traversal.plan(entries).filter(({ category }) => category === 'phyp').length > MAX_NEW_INSTANTS) {
      this.#traversal = this.#newTraversal();
    }
    if (inventoryBudget > 0) this.#inventory.awaitAdapters();
    if (inventoryBudget > 0 && !this.#activity) await this.#describeInitially(console, signal);
    const { activities, duplicates, late, failure, isBlocked } = await this.#stepPresent(console, entries, signal);
    this.#isBlocked = isBlocked;
    this.#starts.note();
    recorder.sample('duplicate', duplicates);
    recorder.sample('late', late);
    for (const activity of activities) this.#take(activity);
    this.#starts.saveIfDue();
    recorder.scrape((clock.monotonic() - started) / 1000);
    if (failure) throw failure;
    this.#requireSample();
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

  /**
   * Continues with the new entries of the feed. At the beginning two instants give the first rates: an unreadable one
   * is replaced by an older one.
   */
  async #stepPresent(
    console: ConsoleClient,
    entries: readonly PcmFeedEntry[],
    signal: AbortSignal,
  ): Promise<TraversalStep> {
    const isBeginning = this.#traversal.newestInstant === undefined;
    let step = await this.#traversal.step(console, this.#traversal.plan(entries), signal);
    let usable = entries;
    for (let tries = 0; isBeginning && tries < MAX_FALLBACK_INSTANTS; tries += 1) {
      const unread = new Set([...step.unreadInstants, ...this.#traversal.losses.instants]);
      if (unread.size === 0 || step.activities.length === 0) break;
      if (step.activities.some(({ previousTime }) => previousTime !== undefined)) break;
      usable = usable.filter(({ category, listedAt }) => category !== 'phyp' || !unread.has(listedAt));
      this.#traversal = this.#newTraversal();
      step = await this.#traversal.step(console, this.#traversal.plan(usable), signal);
    }
    const newest = step.activities[1];
    if (!isBeginning || this.#clockWasSetBack || !newest || !lacksRates(newest)) return step;
    // What of the older instant could not be read is in the one before it.
    this.#traversal = this.#newTraversal({ instants: 3 });
    step = await this.#traversal.step(console, this.#traversal.plan(usable), signal);
    return { ...step, activities: step.activities.slice(-2) };
  }

  /** The current entries of the feed, also after the console's clock was set back. */
  async #listPresent(console: ConsoleClient, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const { clockSkew } = this.#context;
    const { feedStart, newestInstant } = this.#traversal;
    const atFirst = feedStart === undefined && this.#isFirstContact && clockSkew() !== undefined;
    let entries = atFirst
      ? await this.#listAtFirst(console, firstLook(this.#consoleNow), signal)
      : await this.#listEntries(console, this.#feedStartBy(this.#consoleNow), signal, this.#traversal.newestEnergy);
    this.#isFirstContact = false;
    // The response carries the console's time: was the request made by a clock that has been set back since?
    const since = this.#feedStartBy(this.#consoleNow);
    if (!atFirst && since !== undefined && feedStart !== undefined && since < feedStart) {
      entries = await this.#listEntries(console, since, signal);
    }
    if (clockWasSetBack(newestInstant, this.#consoleNow, entries)) this.#handleClockSetBack(newestInstant ?? 0);
    else if (newestInstant === undefined && listsAnotherClock(entries, this.#consoleNow)) this.#clockWasSetBack = true;
    const consoleNow = this.#consoleNow;
    return this.#clockWasSetBack ? entries.filter(({ listedAt }) => !isInFuture(listedAt, consoleNow)) : entries;
  }

  get #consoleNow(): number {
    return this.#context.clock.now() + (this.#context.clockSkew() ?? 0);
  }

  /** The start of the feed request: never a future that the console's clock has left. */
  #feedStartBy(consoleNow: number): number | undefined {
    const { feedStart, newestInstant } = this.#traversal;
    return isInFuture(newestInstant, consoleNow) ? consoleNow - LOOK_BACK : feedStart;
  }

  #handleClockSetBack(newestInstant: number): void {
    const { clock, logger } = this.#context;
    const lead = newestInstant - this.#consoleNow;
    logger.warn(
      { ...this.#place, seconds: Math.round(lead / 1000) },
      "the console's clock was set back; going on with its new time",
    );
    this.#clockWasSetBack = true;
    this.#starts.registry.noteClockSetBack(this.#consoleNow);
    const step = this.#consoleOffset === undefined ? 0 : this.#consoleNow - clock.monotonic() - this.#consoleOffset;
    // Without knowing how far it was set back, polling restarts.
    if (isInFuture(newestInstant + step, this.#consoleNow) || step >= 0) this.#traversal = this.#newTraversal();
    else this.#traversal.applyClockStep(Math.round(step));
    this.#documents.reset();
    this.#backfill.reset();
  }

  /** The whole feed only when the end of it does not do: samples stand still, or the clock is not the one of the samples. */
  async #listAtFirst(console: ConsoleClient, since: number, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const entries = await this.#listEntries(console, since, signal);
    return isEnoughToBegin(entries, since) ? entries : this.#listEntries(console, undefined, signal);
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
    } catch (error) {
      if (!signal.aborted) this.#recordFailure(error);
    }
  }

  #recordFailure(error: unknown): void {
    this.#failures += 1;
    this.#context.onConsoleFailure(error);
    const code = error instanceof PowerVmError ? error.code : undefined;
    this.#outages.note(this.#context.clock.now(), code);
    // At once for every reason: an outage may begin as one thing and continue as another.
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

  /** Fetches what readers lack, at least one step, until the next poll is due. */
  async #backfillUntil(due: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    do {
      const isBlocked = this.#failures > 0 || !(await this.#tryBackfill(due, signal));
      const woken = new AbortController();
      const wake = () => woken.abort();
      this.#wake = isBlocked ? () => undefined : wake;
      if (isBlocked || !this.#backfill.isWanted) {
        // Not AbortSignal.any: Node remembers every combination for as long as the signal of the receiver lives.
        signal.addEventListener('abort', wake, { once: true });
        if (signal.aborted) wake();
        await clock.sleep(Math.max(0, due - clock.monotonic()), woken.signal).catch(() => undefined);
        signal.removeEventListener('abort', wake);
      }
      this.#wake = () => undefined;
    } while (!signal.aborted && clock.monotonic() < due);
  }

  /** @returns whether it went as far as possible; when not, it is retried after the next poll */
  async #tryBackfill(due: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#context;
    try {
      while (this.#backfill.isWanted) {
        if (!(await this.#backfill.step(this.#context.console(), signal))) return !this.#backfill.isWanted;
        if (clock.monotonic() >= due) return true;
      }
      return true;
    } catch (error) {
      if (!signal.aborted) this.#recordFailure(error);
      return false;
    }
  }

  #nextDelay(): number {
    const { settings, clock, clockSkew } = this.#context;
    if (this.#failures > 1) return backOffDelay(this.#failures - 1, settings.collectionInterval, Math.random());
    // A pending document is requested more often than new ones are published.
    const interval = this.#isBlocked
      ? Math.min(settings.collectionInterval, SAMPLE_INTERVAL)
      : settings.collectionInterval;
    const schedule = { interval, lag: settings.lag, jitter: settings.jitter };
    return nextPollDelay(schedule, clock.now(), this.#traversal.newestInstant, clockSkew() ?? 0, Math.random());
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

  /** No sample can have been taken later than this, by the console's own clock. */
  get #latestTime(): number {
    const skew = this.#context.clockSkew();
    return skew === undefined ? Number.POSITIVE_INFINITY : this.#context.clock.now() + skew + MAX_CLOCK_JUMP_MS;
  }

  /** @param oldestWanted of energy, whose feed may not have answered for longer than the other */
  async #listEntries(
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
    oldestWanted?: number,
  ): Promise<readonly PcmFeedEntry[]> {
    try {
      // Energy second: its list is then never older than that of the instants to which it belongs.
      const entries = await console.longTermMonitorFeed(this.#system.id, since, signal);
      const isAggregated = this.preferences?.aggregation === true;
      const energySince = since === undefined ? undefined : Math.min(since, oldestWanted ?? since);
      const energy = this.#readsEnergy ? await this.#energy.list(console, energySince, isAggregated, signal) : [];
      return [...entries, ...energy];
    } catch (error) {
      throw await explainedFeedError(error, console, this.#system, signal);
    }
  }

  get #readsEnergy(): boolean {
    return this.#context.settings.readsEnergy && this.preferences?.energyMonitor === true;
  }

  #take(activity: FrameActivity): void {
    const { sample } = activity;
    if (sample.fresh.hypervisor) {
      this.#context.recorder.sample('new');
      this.#context.recorder.newestSample(activity.time - (this.#context.clockSkew() ?? 0));
      this.#receivedAt = this.#context.clock.monotonic();
      const isSkewKnown = this.#context.clockSkew() !== undefined;
      this.#consoleOffset = isSkewKnown ? this.#consoleNow - this.#receivedAt : undefined;
    }
    const published = this.#filtered(activity);
    if (!this.#activity || sample.listedAt >= this.#activity.sample.listedAt) {
      this.#activity = published;
      if (this.#receivedAt === 0) this.#receivedAt = this.#context.clock.monotonic();
    }
    if (!sample.hypervisor.hasInputOutput) this.#warnAboutComputeOnly();
    for (const gap of this.#context.publish(published, this.#traversal.losses)) this.#recordGap(gap);
  }

  #filtered(activity: FrameActivity): FrameActivity {
    const { keepsPartition } = this.#context.settings;
    if (!keepsPartition) return activity;
    const { description } = activity.system;
    const system = { id: description.id, name: description.name ?? description.id, mtms: description.mtms };
    const partitions = activity.partitions.filter(({ id, name, number, type, state }) =>
      keepsPartition({ id, name, number, type, state, system }),
    );
    return partitions.length === activity.partitions.length ? activity : { ...activity, partitions };
  }

  #warnAboutComputeOnly(): void {
    if (this.#hasWarnedAboutComputeOnly || this.preferences?.computeLongTermMonitor !== true) return;
    this.#hasWarnedAboutComputeOnly = true;
    this.#context.logger.warn(
      this.#place,
      'compute-only monitoring: PCM gives no network and storage values of this system',
    );
  }

  /** Without any sample there is nothing to report; the reason decides what the operator does. */
  #requireSample(): void {
    if (this.#activity) return;
    if (this.preferences?.longTermMonitor === false) throw this.#disabled();
    throw new ConsoleError(
      'POWERVM_PCM_NO_SAMPLE',
      `${this.#context.console().endpoint}: PCM has no sample of ${this.#system.name}`,
      {
        context: { console: this.#context.console().endpoint, system: this.#system.id },
      },
    );
  }

  #disabled(): ConsoleError {
    return new ConsoleError(
      'POWERVM_PCM_DISABLED',
      `${this.#context.console().endpoint}: performance monitoring is off for ${this.#system.name}`,
      { context: { console: this.#context.console().endpoint, system: this.#system.id } },
    );
  }

  #recordGap(gap: CursorGap): void {
    const { clock, clockSkew } = this.#context;
    this.#gaps.note(gap, this.#place, clock.now(), clockSkew() ?? 0);
  }

  async #completeInventory(console: ConsoleClient, budget: number, signal: AbortSignal): Promise<void> {
    const activity = this.#activity;
    const learned = activity && (await this.#inventory.complete(console, activity, budget, signal));
    const refreshed = learned ? this.#traversal.withNewInventory() : undefined;
    this.#traversal.forgetPrevious();
    if (refreshed) this.#activity = this.#filtered(refreshed);
  }
}

/** Whether something lacks a rate that the sample before should have given. */
function lacksRates({ partitions }: FrameActivity): boolean {
  return partitions.some(
    ({ processor, networkAdapters, disks }) =>
      processor.consumed === undefined ||
      networkAdapters.some(({ rates }) => rates?.receivedBytes === undefined || rates.sentBytes === undefined) ||
      disks.some(({ rates }) => rates?.readBytes === undefined || rates.writtenBytes === undefined),
  );
}
