import type { PowerVmError } from '../../base/errors/errors.ts';
import type { FrameActivity, PartitionCount } from '../../inspector/activity.ts';
import { type FrameHistory, forgetPartitions, historyAfterClockStep } from '../../inspector/frame-history.ts';
import { inspectFrame } from '../../inspector/inspect-frame.ts';
import { presenceState } from '../../inspector/partition/mobility.ts';
import { withVanished } from '../../inspector/system/frame-sums.ts';
import { clocksAfterStep, unknownClocks, validateTimes } from '../../pcm/assembly/source-times.ts';
import type { Listed, SystemSample } from '../../pcm/assembly/system-sample.ts';
import { LONGEST_REACH, sourceOfDocument } from '../../pcm/documents/document-kinds.ts';
import { type AssemblyState, afterClockStep, assemble, emptyAssembly, newEntries } from '../../pcm/index.ts';
import { type PcmDocument, SAMPLE_INTERVAL } from '../../pcm/model.ts';
import type { ConsoleClient, PcmFeedEntry } from '../../rest/model.ts';
import type { KnownLosses } from '../cursors/cursor-progress.ts';
import type { LostDocument } from '../cursors/position.ts';
import type { DocumentReader, ReadDocuments, WaitingDocuments } from '../documents/document-reader.ts';
import type { InventoryCache } from '../inventory/inventory-cache.ts';
import type { CrossSystemDeduplicator } from '../ownership/deduplication.ts';
import type { StartTimeRegistry } from '../start-times/start-time-registry.ts';

/** How far back the feed is requested: late documents of the last instants, and the lpar document before them. */
export const LOOK_BACK = LONGEST_REACH;

/**
 * In normal operation the newest two instants are less than {@link LOOK_BACK} old, and need what came that long before.
 */
const FIRST_LOOK = 2 * LOOK_BACK;

/** The start of the feed on first contact, instead of the half hour that a whole feed has of every VIOS. */
export function firstLook(consoleNow: number): number {
  return consoleNow - FIRST_LOOK;
}

/**
 * Whether a feed that begins at `since` has the newest two instants and all that a traversal needs to begin with them.
 */
export function isEnoughToBegin(entries: readonly PcmFeedEntry[], since: number): boolean {
  const instants = entries.filter(({ category }) => category === 'phyp').map(({ listedAt }) => listedAt);
  const secondNewest = instants.sort((left, right) => left - right).at(-2);
  return secondNewest !== undefined && secondNewest - LOOK_BACK >= since;
}

export interface TraversalOptions {
  /** Feed time of a known instant: the traversal begins with it and the one before, for the first rates. */
  readonly from?: number | undefined;
  /** How many of the newest instants a traversal without `from` begins with. Default 2. */
  readonly instants?: number | undefined;
  /** Documents that another traversal has read, by file name: they are not asked for again. */
  readonly known?: ReadDocuments['read'] | undefined;
}

/** What a traversal needs beside the console. */
export interface TraversalContext {
  readonly inventory: InventoryCache;
  readonly documents: DocumentReader;
  readonly deduplicator: CrossSystemDeduplicator;
  /** One for all traversals of the system. */
  readonly starts: StartTimeRegistry;
}

/** The result of one step. */
export interface TraversalStep {
  /** Oldest first. */
  readonly activities: readonly FrameActivity[];
  /** The documents that it read, by file name. */
  readonly read: ReadDocuments['read'];
  readonly duplicates: number;
  readonly late: number;
  /** Whether a hypervisor document must be requested again later. */
  readonly isBlocked: boolean;
  /** Feed times of the hypervisor documents that are awaited. */
  readonly unreadInstants: readonly number[];
  /** Why there is nothing to continue with. */
  readonly failure: PowerVmError | undefined;
}

/** So many instants that will not come are remembered, and as many documents of each other source that a system may have. */
const MAX_REMEMBERED_LOSSES = 64;
const REMEMBERED_LOST_PARTS = 1_000;

/**
 * Reads the samples of one system in order, oldest first. It keeps what the next sample must be compared with, and
 * nothing older. Without `from` it begins with the newest two instants.
 */
export class SampleTraversal {
  readonly #context: TraversalContext;
  readonly #since: number | undefined;
  readonly #instants: number;
  #assembly: AssemblyState;
  #clocks = unknownClocks;
  #lostInstants: readonly number[] = [];
  #lostParts: readonly LostDocument[] = [];
  readonly #waiting: WaitingDocuments;
  #history: FrameHistory | undefined;
  /** Partitions by type and state as last reported. */
  #counts: readonly PartitionCount[] = [];
  /** File names of the feed that were requested, successfully or not. */
  #done: ReadonlySet<string> = new Set();
  /** History and sample of the newest activity, to repeat it with a newer inventory. */
  #newest: { readonly before: FrameHistory | undefined; readonly published: FrameActivity } | undefined;

  constructor(systemId: string, context: TraversalContext, { from, instants = 2, known }: TraversalOptions = {}) {
    this.#context = context;
    this.#since = from === undefined ? undefined : from - SAMPLE_INTERVAL * 1.5;
    this.#instants = instants;
    this.#waiting = new Map(known);
    this.#assembly = emptyAssembly(systemId);
  }

  /** Feed time of the newest instant; undefined before the first. */
  get newestInstant(): number | undefined {
    return this.#assembly.marks.get('phyp');
  }

  /** What of the way did not come, or cannot be used, or came too late for its instant. */
  get losses(): KnownLosses {
    return { instants: this.#lostInstants, parts: this.#lostParts };
  }

  /** Feed time of the newest energy that came. */
  get newestEnergy(): number | undefined {
    return this.#assembly.marks.get('energy');
  }

  /** What to ask the feed for: everything after this time. Undefined: all that it has. */
  get feedStart(): number | undefined {
    const begin = this.newestInstant ?? this.#since;
    return begin === undefined ? undefined : begin - LOOK_BACK;
  }

  /** What of a feed is still to be read, oldest first. */
  plan(entries: readonly PcmFeedEntry[]): readonly PcmFeedEntry[] {
    this.#done = new Set(entries.map(({ fileName }) => fileName).filter((name) => this.#done.has(name)));
    const others = entries.filter(({ fileName }) => !this.#done.has(fileName));
    return newEntries(this.#assembly, others, { since: this.#since, instants: this.#instants });
  }

  /** Reads listed documents and continues by the instants that they make. */
  async step(console: ConsoleClient, entries: readonly PcmFeedEntry[], signal: AbortSignal): Promise<TraversalStep> {
    const preservesOrder = this.newestInstant !== undefined || this.#since !== undefined;
    const { documents } = this.#context;
    const read = await documents.read(console, entries, { preservesOrder, waiting: this.#waiting }, signal);
    this.#done = new Set([
      ...this.#done,
      ...entries.map(({ fileName }) => fileName).filter((name) => !read.postponed.has(name)),
    ]);
    const { clocks, valid, invalidTimes, ignoredTimebase } = validateTimes(this.#clocks, read.documents);
    this.#clocks = clocks;
    documents.reports.invalidTimes(invalidTimes);
    documents.reports.ignoredTimebase(ignoredTimebase);
    const unusable = invalidTimes.filter(({ document }) => document.kind === 'phyp').map(({ listedAt }) => listedAt);
    this.#lostInstants = [...this.#lostInstants, ...read.lostInstants, ...unusable].slice(-MAX_REMEMBERED_LOSSES);
    const { state, samples, duplicates, late, unplaced } = assemble(this.#assembly, valid);
    this.#assembly = state;
    await this.#context.deduplicator.prepare(samples);
    this.#rememberLostParts([...read.lostParts, ...invalidTimes.flatMap(partOf), ...unplaced.flatMap(partOf)]);
    return {
      activities: samples.map((sample) => this.#inspect(sample)),
      read: read.read,
      duplicates,
      late,
      isBlocked: read.isBlocked,
      unreadInstants: entries
        .filter(({ category, fileName }) => category === 'phyp' && read.postponed.has(fileName))
        .map(({ listedAt }) => listedAt),
      failure: read.failure,
    };
  }

  /** The newest activity again, with the current inventory. */
  withNewInventory(): FrameActivity | undefined {
    if (!this.#newest) return undefined;
    const { before, published } = this.#newest;
    const { inventory, starts } = this.#context;
    const { activity } = inspectFrame(before, published.sample, inventory.inventory, starts);
    // Which system reports the size of a pool was decided when the sample was read.
    return { ...this.#context.deduplicator.currentView(activity), storagePools: published.storagePools };
  }

  /** The console's clock was set by so many milliseconds: continues with its new time. */
  applyClockStep(step: number): void {
    this.#assembly = afterClockStep(this.#assembly, step);
    if (this.#history) this.#history = historyAfterClockStep(this.#history, step);
    this.#lostInstants = this.#lostInstants.map((listedAt) => listedAt + step);
    this.#lostParts = this.#lostParts.map(({ source, listedAt }) => ({ source, listedAt: listedAt + step }));
    // A file of the new time may be called like one of the old.
    this.#done = new Set();
    this.#waiting.clear();
    this.#clocks = clocksAfterStep(this.#clocks, step);
  }

  /** Another console: what was learnt of its stamps says nothing of those of the next. */
  forgetClocks(): void {
    this.#clocks = unknownClocks;
  }

  /** Lets go of what only {@link withNewInventory} needs: it holds two older generations of everything. */
  forgetPrevious(): void {
    this.#newest = undefined;
  }

  /** Whose instant is lost as well is reported with that. */
  #rememberLostParts(parts: readonly LostDocument[]): void {
    if (parts.length === 0) return;
    const isOfInstant = ({ listedAt }: LostDocument) =>
      !this.#lostInstants.some((instant) => Math.abs(instant - listedAt) < SAMPLE_INTERVAL / 2);
    this.#lostParts = [...this.#lostParts, ...parts.filter(isOfInstant)].slice(-REMEMBERED_LOST_PARTS);
  }

  /** Counts cover the partitions that the system reports, so only here it is known which have disappeared. */
  #withVanishedCounts(published: FrameActivity): FrameActivity {
    if (!published.sample.fresh.hypervisor) return published;
    const { system, partitions } = published;
    const partitionCounts = withVanished(system.partitionCounts, this.#counts, partitions);
    this.#counts = system.partitionCounts;
    return partitionCounts === system.partitionCounts
      ? published
      : { ...published, system: { ...system, partitionCounts } };
  }

  #inspect(sample: SystemSample): FrameActivity {
    const before = this.#history;
    const { inventory, starts, deduplicator } = this.#context;
    const { activity, history } = inspectFrame(before, sample, inventory.inventory, starts);
    const { owned: own, elsewhere } = deduplicator.deduplicate(activity, this.#since === undefined);
    const published = this.#withVanishedCounts(own);
    // When a partition returns that was inactive here, its counters include what it did elsewhere.
    const resting = elsewhere.filter((partition) => presenceState(partition) !== 'active').map(({ id }) => id);
    for (const id of resting) starts.close(id, sample.hypervisor.time);
    this.#history = forgetPartitions(history, resting);
    if (!this.#newest || sample.listedAt >= this.#newest.published.sample.listedAt)
      this.#newest = { before, published };
    return published;
  }
}

/** A document that has no instant, as one that is lost. */
function partOf({ listedAt, document }: Listed<PcmDocument>): readonly LostDocument[] {
  return document.kind === 'phyp' ? [] : [{ source: sourceOfDocument(document), listedAt }];
}
