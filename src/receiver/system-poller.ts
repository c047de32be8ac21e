import type { Clock } from '../base/clock.ts';
import { ConsoleError, describeError, PowerVmError } from '../base/errors.ts';
import { FailureSeries } from '../base/failure-series.ts';
import type { Logger } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import { SAMPLE_INTERVAL } from '../pcm/pairing.ts';
import { explainedFeedError } from '../rest/feed-refusal.ts';
import type { ConsoleClient, ManagedSystem, PcmFeedEntry, PcmPreferences } from '../rest/model.ts';
import { CatchUp } from './catch-up.ts';
import { isInFuture, listsAnotherClock, wasSetBack } from './console-time.ts';
import type { KnownLosses } from './cursor-place.ts';
import type { CursorGap, Cursors } from './cursors.ts';
import { DocumentReader } from './document-reader.ts';
import { DocumentReports } from './document-reports.ts';
import { EnergyFeed } from './energy-feed.ts';
import { GapReports } from './gap-reports.ts';
import { InventoryBook } from './inventory-book.ts';
import { MonitoringFlags } from './monitoring-flags.ts';
import type { ReceiverSettings } from './options.ts';
import { Outages } from './outages.ts';
import { backOffDelay, nextPollDelay } from './poll-schedule.ts';
import { firstLook, LOOK_BACK, SampleWalk, sufficesToBegin, type WalkOptions, type WalkStep } from './sample-walk.ts';
import { StartTimeKeeper } from './start-time-keeper.ts';
import type { SystemBook } from './statistics-book.ts';
import type { ToldOnce } from './told-once.ts';

/**
 * So many new instants are read as they are: a document that failed is asked for with the next poll as well. After more
 * the present begins anew with the newest, and who lacks those before it gets them by catching up.
 */
const MOST_NEW_INSTANTS = 5;

/** Consoles have given times from the future (powervm-rest-api.md 7.4, number 14); so far ahead they are no error of a clock. */
const LARGEST_JUMP = 15 * 60_000;

/** So long the first sample waits for what the inventory says. */
const LONGEST_DESCRIPTION = 10_000;

/** So many instants that cannot be read are replaced by older ones for the first rates. */
const MOST_STAND_INS = 3;

/** What a poller needs from the receiver. */
export interface PollerContext {
  readonly settings: ReceiverSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly book: SystemBook;
  /** The console to read the system through. */
  readonly console: () => ConsoleClient;
  /** Told before every look at the present and when the console failed, so that another may be chosen. */
  readonly beforePoll: () => void;
  readonly onConsoleSuccess: () => void;
  readonly onConsoleFailure: (reason: unknown) => void;
  /** Told when the console answers and has brought nothing new for too long. */
  readonly onStandstill: () => void;
  /** Milliseconds that the console's clock is ahead; undefined while nobody knows. */
  readonly clockSkew: () => number | undefined;
  readonly cursors: Cursors;
  readonly toldOnce: ToldOnce;
  /** @returns what readers lack for good before it */
  readonly publish: (activity: FrameActivity, losses: KnownLosses) => readonly CursorGap[];
}

/**
 * Reads one managed system, cycle by cycle, independently of all others: first the present, then, until the next cycle,
 * what somebody lacks of the past.
 */
export class SystemPoller {
  readonly #context: PollerContext;
  readonly #inventory: InventoryBook;
  readonly #flags: MonitoringFlags;
  readonly #energy: EnergyFeed;
  readonly #documents: DocumentReader;
  readonly #outages: Outages;
  readonly #gaps: GapReports;
  readonly #catchUp: CatchUp;
  readonly #starts: StartTimeKeeper;
  #system: ManagedSystem;
  #walk: SampleWalk;
  #wake: () => void = () => undefined;
  #activity: FrameActivity | undefined;
  #receivedAt = 0;
  #polledAt = Number.NEGATIVE_INFINITY;
  #isFirstContact = true;
  #failures = 0;
  /** Code of the newest failure; undefined while all goes well. */
  readonly #series: FailureSeries;
  /** A document of the hypervisor must be asked for again. */
  #isHeldUp = false;
  /** What the console's clock showed, less the monotonic clock, when the newest sample was read. */
  #consoleOffset: number | undefined;
  #warnedOfComputeOnly = false;
  /** What is listed in the console's future is then what it listed before. */
  #wasSetBack = false;

  constructor(system: ManagedSystem, context: PollerContext) {
    this.#system = system;
    this.#context = context;
    this.#inventory = new InventoryBook(system.id, context.clock, context.logger);
    this.#inventory.describeSystem(system);
    this.#flags = new MonitoringFlags(system.id, context.settings.enablesPcm, context.logger);
    this.#energy = new EnergyFeed(system.id, context.clock, context.book);
    this.#outages = new Outages(context.clock.now());
    this.#series = new FailureSeries(context.clock);
    this.#gaps = new GapReports(context.book, context.logger, this.#outages);
    this.#starts = new StartTimeKeeper(system.id, context.settings.startTimes, context.clock, context.logger);
    const reports = new DocumentReports(context.book, context.logger);
    this.#documents = new DocumentReader(context.clock, reports, () => this.#latestTime);
    this.#walk = this.#newWalk();
    this.#catchUp = new CatchUp({
      systemId: system.id,
      cursors: context.cursors,
      walkFrom: (from) => this.#newWalk({ from }),
      listEntries: async (console, since, signal) => {
        const entries = await this.#listEntries(console, since, signal);
        return { entries, isWithoutEnergy: this.#readsEnergy && this.#energy.isLacking };
      },
      beforePublishing: () => this.#starts.note(),
      filtered: (activity) => this.#filtered(activity),
      onSample: () => context.book.sample('backfilled'),
      onGap: (gap) => this.#noteGap(gap),
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
      await this.#catchUpUntil(this.#context.clock.monotonic() + this.#nextDelay(), signal);
    }
    await this.#starts.save();
  }

  /** While everybody waits for the past, the present is looked at only so often that it does not become stale. */
  get #isPresentDue(): boolean {
    const { clock, cursors, settings } = this.#context;
    const isAwaited = cursors.hasFollowers(this.#system.id) || !this.#catchUp.isWanted;
    return isAwaited || clock.monotonic() - this.#polledAt >= settings.staleAfter / 2;
  }

  /** To be called when somebody who is behind has room again. */
  notifyRoom(): void {
    if (this.#catchUp.isWanted) this.#wake();
  }

  /** The system is read through another console from now on. */
  noteConsoleChange(): void {
    this.#documents.beginAnew();
    this.#walk.forgetClocks();
    this.#consoleOffset = undefined;
    this.#catchUp.beginAnew();
  }

  /**
   * One reading: what is new in the feed, then what the inventory lacks.
   * @throws {PowerVmError} when no sample could be had
   */
  async poll(signal: AbortSignal, inventoryBudget = this.#context.settings.inventoryBudget): Promise<void> {
    const { clock, book } = this.#context;
    await this.#starts.load();
    const started = clock.monotonic();
    this.#polledAt = started;
    const console = this.#context.console();
    await this.#flags.read(console, this.#place, signal);
    const entries = await this.#listPresent(console, signal);
    if (this.#walk.plan(entries).filter(({ category }) => category === 'phyp').length > MOST_NEW_INSTANTS) {
      this.#walk = this.#newWalk();
    }
    if (inventoryBudget > 0) this.#inventory.awaitAdapters();
    if (inventoryBudget > 0 && !this.#activity) await this.#describeFirst(console, signal);
    const { activities, duplicates, late, failure, isHeldUp } = await this.#stepPresent(console, entries, signal);
    this.#isHeldUp = isHeldUp;
    this.#starts.note();
    book.sample('duplicate', duplicates);
    book.sample('late', late);
    for (const activity of activities) this.#take(activity);
    this.#starts.saveIfDue();
    book.scrape((clock.monotonic() - started) / 1000);
    if (failure) throw failure;
    this.#demandSample();
    await this.#completeInventory(console, inventoryBudget, signal);
  }

  /** What only the inventory knows would be missing in the first sample after every start. It is not waited for long. */
  async #describeFirst(console: ConsoleClient, signal: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const described = this.#inventory.describeFirst(console, signal).finally(() => patience.abort());
    await Promise.race([
      described,
      this.#context.clock.sleep(LONGEST_DESCRIPTION, patience.signal).catch(() => undefined),
    ]);
  }

  /**
   * Goes on by what the feed has. Where the present begins, two instants give the first rates: for one that cannot be read
   * an older one stands in.
   */
  async #stepPresent(console: ConsoleClient, entries: readonly PcmFeedEntry[], signal: AbortSignal): Promise<WalkStep> {
    const isBeginning = this.#walk.newestInstant === undefined;
    let step = await this.#walk.step(console, this.#walk.plan(entries), signal);
    let usable = entries;
    for (let tries = 0; isBeginning && tries < MOST_STAND_INS; tries += 1) {
      const unread = new Set([...step.unreadInstants, ...this.#walk.losses.instants]);
      if (unread.size === 0 || step.activities.length === 0) break;
      if (step.activities.some(({ previousTime }) => previousTime !== undefined)) break;
      usable = usable.filter(({ category, listedAt }) => category !== 'phyp' || !unread.has(listedAt));
      this.#walk = this.#newWalk();
      step = await this.#walk.step(console, this.#walk.plan(usable), signal);
    }
    const newest = step.activities[1];
    if (!isBeginning || this.#wasSetBack || !newest || !lacksRates(newest)) return step;
    // What of the older instant could not be read stands in the one before it.
    this.#walk = this.#newWalk({ instants: 3 });
    step = await this.#walk.step(console, this.#walk.plan(usable), signal);
    return { ...step, activities: step.activities.slice(-2) };
  }

  /** What the feed has of the present, also when the console's clock was set back in the meantime. */
  async #listPresent(console: ConsoleClient, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const { clockSkew } = this.#context;
    const { feedStart, newestInstant } = this.#walk;
    const atFirst = feedStart === undefined && this.#isFirstContact && clockSkew() !== undefined;
    let entries = atFirst
      ? await this.#listAtFirst(console, firstLook(this.#consoleNow), signal)
      : await this.#listEntries(console, this.#feedStartBy(this.#consoleNow), signal, this.#walk.newestEnergy);
    this.#isFirstContact = false;
    // The answer has told the console's time: was the question put by a clock that has been set back since?
    const since = this.#feedStartBy(this.#consoleNow);
    if (!atFirst && since !== undefined && feedStart !== undefined && since < feedStart) {
      entries = await this.#listEntries(console, since, signal);
    }
    if (wasSetBack(newestInstant, this.#consoleNow, entries)) this.#goOnWithClockSetBack(newestInstant ?? 0);
    else if (newestInstant === undefined && listsAnotherClock(entries, this.#consoleNow)) this.#wasSetBack = true;
    const consoleNow = this.#consoleNow;
    return this.#wasSetBack ? entries.filter(({ listedAt }) => !isInFuture(listedAt, consoleNow)) : entries;
  }

  get #consoleNow(): number {
    return this.#context.clock.now() + (this.#context.clockSkew() ?? 0);
  }

  /** What the feed is to be asked for: not for a future that the console's clock has left. */
  #feedStartBy(consoleNow: number): number | undefined {
    const { feedStart, newestInstant } = this.#walk;
    return isInFuture(newestInstant, consoleNow) ? consoleNow - LOOK_BACK : feedStart;
  }

  #goOnWithClockSetBack(newestInstant: number): void {
    const { clock, logger } = this.#context;
    const lead = newestInstant - this.#consoleNow;
    logger.warn(
      { ...this.#place, seconds: Math.round(lead / 1000) },
      "the console's clock was set back; going on with its new time",
    );
    this.#wasSetBack = true;
    this.#starts.registry.noteClockSetBack(this.#consoleNow);
    const step = this.#consoleOffset === undefined ? 0 : this.#consoleNow - clock.monotonic() - this.#consoleOffset;
    // Without knowing how far it was set back, the present begins anew.
    if (isInFuture(newestInstant + step, this.#consoleNow) || step >= 0) this.#walk = this.#newWalk();
    else this.#walk.noteClockStep(Math.round(step));
    this.#documents.beginAnew();
    this.#catchUp.beginAnew();
  }

  /** The whole feed only when the end of it does not do: samples stand still, or the clock is not the one of the samples. */
  async #listAtFirst(console: ConsoleClient, since: number, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const entries = await this.#listEntries(console, since, signal);
    return sufficesToBegin(entries, since) ? entries : this.#listEntries(console, undefined, signal);
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
      if (this.isStale) this.#context.onStandstill();
    } catch (error) {
      if (!signal.aborted) this.#noteFailure(error);
    }
  }

  #noteFailure(error: unknown): void {
    this.#failures += 1;
    this.#context.onConsoleFailure(error);
    const code = error instanceof PowerVmError ? error.code : undefined;
    this.#outages.note(this.#context.clock.now(), code);
    // At once for every reason: an outage may begin as one thing and go on as another.
    const count = this.#series.failed(code ?? describeError(error));
    if (count) {
      const remedy = error instanceof PowerVmError ? error.remedy : undefined;
      const isFinal = this.#context.console().health?.isLogonRefused ?? false;
      this.#context.logger.warn(
        { ...this.#place, code, reason: describeError(error), remedy, ...count },
        isFinal ? 'no sample' : 'no sample; trying again',
      );
    }
    this.#context.book.documentError('feed', code ?? 'UNEXPECTED');
  }

  /** Fetches what somebody lacks, one step at least, until the present is due again. */
  async #catchUpUntil(due: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    do {
      const isHeldUp = this.#failures > 0 || !(await this.#catchUpSafely(due, signal));
      const woken = new AbortController();
      const wake = () => woken.abort();
      this.#wake = isHeldUp ? () => undefined : wake;
      if (isHeldUp || !this.#catchUp.isWanted) {
        // Not AbortSignal.any: Node remembers every combination for as long as the signal of the receiver lives.
        signal.addEventListener('abort', wake, { once: true });
        if (signal.aborted) wake();
        await clock.sleep(Math.max(0, due - clock.monotonic()), woken.signal).catch(() => undefined);
        signal.removeEventListener('abort', wake);
      }
      this.#wake = () => undefined;
    } while (!signal.aborted && clock.monotonic() < due);
  }

  /** @returns whether it went as far as it could; when not, it is tried again after the next look at the present */
  async #catchUpSafely(due: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#context;
    try {
      while (this.#catchUp.isWanted) {
        if (!(await this.#catchUp.step(this.#context.console(), signal))) return !this.#catchUp.isWanted;
        if (clock.monotonic() >= due) return true;
      }
      return true;
    } catch (error) {
      if (!signal.aborted) this.#noteFailure(error);
      return false;
    }
  }

  #nextDelay(): number {
    const { settings, clock, clockSkew } = this.#context;
    if (this.#failures > 1) return backOffDelay(this.#failures - 1, settings.collectionInterval, Math.random());
    // A document that is awaited is not asked for as rarely as new ones come.
    const interval = this.#isHeldUp
      ? Math.min(settings.collectionInterval, SAMPLE_INTERVAL)
      : settings.collectionInterval;
    const schedule = { interval, lag: settings.lag, jitter: settings.jitter };
    return nextPollDelay(schedule, clock.now(), this.#walk.newestInstant, clockSkew() ?? 0, Math.random());
  }

  get #place(): { readonly system: string; readonly console: string } {
    return { system: this.#system.name, console: this.#context.console().endpoint };
  }

  #newWalk(options: WalkOptions = {}): SampleWalk {
    const { toldOnce } = this.#context;
    const context = {
      inventory: this.#inventory,
      documents: this.#documents,
      toldOnce,
      starts: this.#starts.registry,
    };
    return new SampleWalk(this.#system.id, context, options);
  }

  /** No sample can have been taken later than this, by the console's own clock. */
  get #latestTime(): number {
    const skew = this.#context.clockSkew();
    return skew === undefined ? Number.POSITIVE_INFINITY : this.#context.clock.now() + skew + LARGEST_JUMP;
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
      this.#context.book.sample('new');
      this.#context.book.newestSample(activity.time - (this.#context.clockSkew() ?? 0));
      this.#receivedAt = this.#context.clock.monotonic();
      const isSkewKnown = this.#context.clockSkew() !== undefined;
      this.#consoleOffset = isSkewKnown ? this.#consoleNow - this.#receivedAt : undefined;
    }
    const published = this.#filtered(activity);
    if (!this.#activity || sample.listedAt >= this.#activity.sample.listedAt) {
      this.#activity = published;
      if (this.#receivedAt === 0) this.#receivedAt = this.#context.clock.monotonic();
    }
    if (!sample.hypervisor.hasInputOutput) this.#warnOfComputeOnly();
    for (const gap of this.#context.publish(published, this.#walk.losses)) this.#noteGap(gap);
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

  #warnOfComputeOnly(): void {
    if (this.#warnedOfComputeOnly || this.preferences?.computeLongTermMonitor !== true) return;
    this.#warnedOfComputeOnly = true;
    this.#context.logger.warn(
      this.#place,
      'compute-only monitoring: PCM gives no network and storage values of this system',
    );
  }

  /** Without any sample there is nothing to tell, and the reason decides what the operator does. */
  #demandSample(): void {
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

  #noteGap(gap: CursorGap): void {
    const { clock, clockSkew } = this.#context;
    this.#gaps.note(gap, this.#place, clock.now(), clockSkew() ?? 0);
  }

  async #completeInventory(console: ConsoleClient, budget: number, signal: AbortSignal): Promise<void> {
    const activity = this.#activity;
    const learnt = activity && (await this.#inventory.complete(console, activity, budget, signal));
    const retold = learnt ? this.#walk.retell() : undefined;
    this.#walk.forgetBefore();
    if (retold) this.#activity = this.#filtered(retold);
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
