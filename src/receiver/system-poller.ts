import type { Clock } from '../base/clock.ts';
import { ConsoleError, describeError, PowerVmError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import { type FrameHistory, inspectFrame } from '../inspector/inspect-frame.ts';
import { type AssemblyState, assemble, emptyAssembly, newEntries } from '../pcm/index.ts';
import { GUEST_MEMORY_REACH } from '../pcm/pairing.ts';
import type { SystemSample } from '../pcm/system-sample.ts';
import type { ConsoleClient, ManagedSystem, PcmFeedEntry, PcmPreferences } from '../rest/model.ts';
import { DocumentReader } from './document-reader.ts';
import { InventoryBook } from './inventory-book.ts';
import type { ReceiverSettings } from './options.ts';
import { backOffDelay, nextPollDelay } from './poll-schedule.ts';
import type { SystemBook } from './statistics-book.ts';

/** How far back the feed is asked for: late documents of the last instants, and the lpar document before them. */
const LOOK_BACK = GUEST_MEMORY_REACH;

/** What a poller needs from the receiver. */
export interface PollerContext {
  readonly settings: ReceiverSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly book: SystemBook;
  /** The console to read the system through. */
  readonly console: () => ConsoleClient;
  /** Told when the present console failed, so that another may be chosen. */
  readonly onConsoleFailure: () => void;
  /** Milliseconds that the console's clock is ahead. */
  readonly clockSkew: () => number;
  readonly publish: (activity: FrameActivity) => void;
}

/** Reads one managed system, cycle by cycle, independently of all others. */
export class SystemPoller {
  readonly #context: PollerContext;
  readonly #inventory: InventoryBook;
  readonly #documents: DocumentReader;
  #system: ManagedSystem;
  #preferences: PcmPreferences | undefined;
  #assembly: AssemblyState;
  #history: FrameHistory | undefined;
  /** History and sample of this poll's newest activity, to tell it again with a better inventory. */
  #newest: { readonly before: FrameHistory | undefined; readonly sample: SystemSample } | undefined;
  #activity: FrameActivity | undefined;
  #receivedAt = 0;
  #failures = 0;
  #warnedOfComputeOnly = false;

  constructor(system: ManagedSystem, context: PollerContext) {
    this.#system = system;
    this.#context = context;
    this.#inventory = new InventoryBook(system.id, context.clock, context.logger);
    this.#inventory.describeSystem(system);
    this.#documents = new DocumentReader(context.book, context.logger);
    this.#assembly = emptyAssembly(system.id);
  }

  get system(): ManagedSystem {
    return this.#system;
  }

  /** As the console said at first contact; undefined while it has not been asked. */
  get preferences(): PcmPreferences | undefined {
    return this.#preferences;
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
      await this.#runCycle(signal);
      try {
        await this.#context.clock.sleep(this.#nextDelay(), signal);
      } catch {
        return;
      }
    }
  }

  /**
   * One reading: what is new in the feed, then what the inventory lacks.
   * @throws {PowerVmError} when no sample could be had
   */
  async poll(signal: AbortSignal, inventoryBudget = this.#context.settings.inventoryBudget): Promise<void> {
    const started = this.#context.clock.monotonic();
    const console = this.#context.console();
    await this.#readPreferences(console, signal);
    const entries = await this.#listEntries(console, signal);
    const isFirstContact = this.#assembly.marks.hypervisor === undefined;
    const wanted = newEntries(this.#assembly, entries);
    const documents = await this.#documents.read(console, wanted, !isFirstContact, signal);
    const { state, samples, duplicates, late } = assemble(this.#assembly, documents);
    this.#assembly = state;
    this.#context.book.sample('duplicate', duplicates);
    this.#context.book.sample('late', late);
    for (const sample of samples) this.#take(sample);
    this.#context.book.scrape((this.#context.clock.monotonic() - started) / 1000);
    this.#demandSample();
    await this.#completeInventory(console, inventoryBudget, signal);
  }

  async #runCycle(signal: AbortSignal): Promise<void> {
    try {
      await this.poll(signal);
      if (this.#failures > 0) this.#context.logger.info(this.#place, 'the system answers again');
      this.#failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      this.#failures += 1;
      this.#context.onConsoleFailure();
      const code = error instanceof PowerVmError ? error.code : undefined;
      if (code === undefined || this.#failures === 1) {
        this.#context.logger.warn({ ...this.#place, code, reason: describeError(error) }, 'no sample; trying again');
      }
      this.#context.book.documentError('feed', code ?? 'UNEXPECTED');
    }
  }

  #nextDelay(): number {
    const { settings, clock, clockSkew } = this.#context;
    if (this.#failures > 1) return backOffDelay(this.#failures - 1, settings.collectionInterval, Math.random());
    const schedule = { interval: settings.collectionInterval, lag: settings.lag, jitter: settings.jitter };
    return nextPollDelay(schedule, clock.now(), this.#assembly.marks.hypervisor, clockSkew(), Math.random());
  }

  get #place(): { readonly system: string; readonly console: string } {
    return { system: this.#system.name, console: this.#context.console().endpoint };
  }

  /** At first contact only. Flags are advice: the feed is read even when they say off, and counts. */
  async #readPreferences(console: ConsoleClient, signal: AbortSignal): Promise<void> {
    if (this.#preferences) return;
    try {
      const preferences = await console.pcmPreferences(this.#system.id, signal);
      this.#preferences = preferences;
      if (preferences.longTermMonitor !== false) return;
      if (!this.#context.settings.enablesPcm) {
        this.#context.logger.info(
          this.#place,
          'the preferences say that long-term monitoring is off; reading the feed anyway',
        );
        return;
      }
      this.#preferences = await console.enableLongTermMonitor(this.#system.id, signal);
      this.#context.logger.info(
        this.#place,
        'switched long-term monitoring on; the first sample comes within a minute',
      );
    } catch (error) {
      if (signal.aborted || isConsoleTrouble(error)) throw error;
      this.#context.logger.info({ ...this.#place, reason: describeError(error) }, 'preferences of PCM not available');
    }
  }

  async #listEntries(console: ConsoleClient, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const newest = this.#assembly.marks.hypervisor;
    const since = newest === undefined ? undefined : newest - LOOK_BACK;
    try {
      const energy = this.#readsEnergy ? await this.#listEnergy(console, since, signal) : [];
      return [...(await console.longTermMonitorFeed(this.#system.id, since, signal)), ...energy];
    } catch (error) {
      if (error instanceof ConsoleError && error.code === 'POWERVM_PCM_DISABLED') throw this.#disabled(error);
      throw error;
    }
  }

  async #listEnergy(
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
  ): Promise<readonly PcmFeedEntry[]> {
    try {
      return await console.energyFeed(this.#system.id, since, signal);
    } catch (error) {
      if (signal.aborted || isConsoleTrouble(error)) throw error;
      this.#context.book.documentError('energy', error instanceof PowerVmError ? error.code : 'UNEXPECTED');
      return [];
    }
  }

  get #readsEnergy(): boolean {
    return this.#context.settings.readsEnergy && this.#preferences?.energyMonitor === true;
  }

  #take(sample: SystemSample): void {
    const before = this.#history;
    const { activity, history } = inspectFrame(before, sample, this.#inventory.inventory);
    this.#history = history;
    if (sample.fresh.hypervisor) {
      this.#context.book.sample('new');
      this.#context.book.newestSample(activity.time);
      this.#receivedAt = this.#context.clock.monotonic();
    }
    const published = this.#filtered(activity);
    if (!this.#activity || activity.sample.listedAt >= this.#activity.sample.listedAt) {
      this.#activity = published;
      this.#newest = { before, sample };
      if (this.#receivedAt === 0) this.#receivedAt = this.#context.clock.monotonic();
    }
    if (!sample.hypervisor.hasInputOutput) this.#warnOfComputeOnly();
    this.#context.publish(published);
  }

  #filtered(activity: FrameActivity): FrameActivity {
    const { keepsPartition } = this.#context.settings;
    if (!keepsPartition) return activity;
    const { description } = activity.system;
    const system = { id: description.id, name: description.name ?? description.id, mtms: description.mtms };
    const partitions = activity.partitions.filter(({ id, name, type, state }) =>
      keepsPartition({ id, name, type, state, system }),
    );
    return partitions.length === activity.partitions.length ? activity : { ...activity, partitions };
  }

  #warnOfComputeOnly(): void {
    if (this.#warnedOfComputeOnly || this.#preferences?.computeLongTermMonitor !== true) return;
    this.#warnedOfComputeOnly = true;
    this.#context.logger.warn(
      this.#place,
      'compute-only monitoring: PCM gives no network and storage values of this system',
    );
  }

  /** Without any sample there is nothing to tell, and the reason decides what the operator does. */
  #demandSample(): void {
    if (this.#activity) return;
    if (this.#preferences?.longTermMonitor === false) throw this.#disabled();
    throw new ConsoleError(
      'POWERVM_PCM_NO_SAMPLE',
      `${this.#context.console().endpoint}: PCM has no sample of ${this.#system.name}`,
      {
        context: { console: this.#context.console().endpoint, system: this.#system.id },
      },
    );
  }

  #disabled(cause?: unknown): ConsoleError {
    return new ConsoleError(
      'POWERVM_PCM_DISABLED',
      `${this.#context.console().endpoint}: performance monitoring is off for ${this.#system.name}, or the account may not read it`,
      { cause, context: { console: this.#context.console().endpoint, system: this.#system.id } },
    );
  }

  async #completeInventory(console: ConsoleClient, budget: number, signal: AbortSignal): Promise<void> {
    const activity = this.#activity;
    const newest = this.#newest;
    // It holds two older generations of everything: not longer than it is needed.
    this.#newest = undefined;
    if (!activity || !(await this.#inventory.complete(console, activity, budget, signal)) || !newest) return;
    const { before, sample } = newest;
    this.#activity = this.#filtered(inspectFrame(before, sample, this.#inventory.inventory).activity);
  }
}

/** Trouble that every other request to the same console would meet as well. */
function isConsoleTrouble(error: unknown): boolean {
  return (
    error instanceof ConsoleError &&
    [
      'POWERVM_CONSOLE_UNREACHABLE',
      'POWERVM_TLS_UNTRUSTED',
      'POWERVM_LOGON_REFUSED',
      'POWERVM_REMOTE_ACCESS_OFF',
      'POWERVM_LOGON_FAILED',
      'POWERVM_FILE_LOGON_FAILED',
      'POWERVM_SESSION_LOST',
      'POWERVM_SHUT_DOWN',
    ].includes(error.code)
  );
}
