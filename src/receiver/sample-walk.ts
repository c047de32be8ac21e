import type { PowerVmError } from '../base/errors.ts';
import type { FrameActivity, PartitionCount } from '../inspector/activity.ts';
import { withVanished } from '../inspector/frame-sums.ts';
import {
  type FrameHistory,
  forgetPartitions,
  historyAfterClockStep,
  inspectFrame,
} from '../inspector/inspect-frame.ts';
import { presenceOf } from '../inspector/mobility.ts';
import { type AssemblyState, afterClockStep, assemble, emptyAssembly, newEntries } from '../pcm/index.ts';
import type { PcmDocument } from '../pcm/model.ts';
import { GUEST_MEMORY_REACH, SAMPLE_INTERVAL } from '../pcm/pairing.ts';
import { believeTimes, clocksAfterStep, unknownClocks } from '../pcm/source-times.ts';
import type { Listed, SystemSample } from '../pcm/system-sample.ts';
import type { ConsoleClient, PcmFeedEntry } from '../rest/model.ts';
import type { KnownLosses } from './cursor-place.ts';
import type { DocumentReader, WaitingDocuments } from './document-reader.ts';
import type { InventoryBook } from './inventory-book.ts';
import type { LostDocument } from './position.ts';
import type { StartTimeRegistry } from './start-time-registry.ts';
import type { ToldOnce } from './told-once.ts';

/** How far back the feed is asked for: late documents of the last instants, and the lpar document before them. */
export const LOOK_BACK = GUEST_MEMORY_REACH;

/** As long as all goes well the newest two instants are less than {@link LOOK_BACK} old, and need what came that long before. */
const FIRST_LOOK = 2 * LOOK_BACK;

/** What to ask for at first contact, instead of the half hour that a whole feed has of every VIOS. */
export function firstLook(consoleNow: number): number {
  return consoleNow - FIRST_LOOK;
}

/** Whether a feed that begins at `since` has the newest two instants and all that a walk needs to begin with them. */
export function sufficesToBegin(entries: readonly PcmFeedEntry[], since: number): boolean {
  const instants = entries.filter(({ category }) => category === 'phyp').map(({ listedAt }) => listedAt);
  const lastButOne = instants.sort((left, right) => left - right).at(-2);
  return lastButOne !== undefined && lastButOne - LOOK_BACK >= since;
}

export interface WalkOptions {
  /** Feed time of an instant that is known: the walk begins with it and with the one before, for the first rates. */
  readonly from?: number | undefined;
  /** How many of the newest instants a walk without `from` begins with. Default 2. */
  readonly instants?: number | undefined;
}

/** What a walk needs beside the console. */
export interface WalkContext {
  readonly inventory: InventoryBook;
  readonly documents: DocumentReader;
  readonly toldOnce: ToldOnce;
  /** One for all walks of the system. */
  readonly starts: StartTimeRegistry;
}

/** What one step brought. */
export interface WalkStep {
  /** Oldest first. */
  readonly activities: readonly FrameActivity[];
  readonly duplicates: number;
  readonly late: number;
  /** Whether a hypervisor document must be asked for again, later. */
  readonly isHeldUp: boolean;
  /** Feed times of the hypervisor documents that are awaited. */
  readonly unreadInstants: readonly number[];
  /** Why there is nothing to go on with. */
  readonly failure: PowerVmError | undefined;
}

/** So many instants that will not come are remembered, and as many documents of each other source that a system may have. */
const REMEMBERED_LOSSES = 64;
const REMEMBERED_LOST_PARTS = 1_000;

/**
 * A way through the samples of one system, oldest first. It remembers what the next sample must be compared with, and
 * nothing that lies farther behind. Without `from` it begins with the newest two instants.
 */
export class SampleWalk {
  readonly #context: WalkContext;
  readonly #since: number | undefined;
  readonly #instants: number;
  #assembly: AssemblyState;
  #clocks = unknownClocks;
  #lostInstants: readonly number[] = [];
  #lostParts: readonly LostDocument[] = [];
  readonly #waiting: WaitingDocuments = new Map();
  #history: FrameHistory | undefined;
  /** Partitions by type and state as they were told of last. */
  #counts: readonly PartitionCount[] = [];
  /** File names of the feed that were asked for, with whatever success. */
  #done: ReadonlySet<string> = new Set();
  /** History and sample of the newest activity, to tell it again with a better inventory. */
  #newest: { readonly before: FrameHistory | undefined; readonly told: FrameActivity } | undefined;

  constructor(systemId: string, context: WalkContext, { from, instants = 2 }: WalkOptions = {}) {
    this.#context = context;
    this.#since = from === undefined ? undefined : from - SAMPLE_INTERVAL * 1.5;
    this.#instants = instants;
    this.#assembly = emptyAssembly(systemId);
  }

  /** Feed time of the newest instant; undefined before the first. */
  get newestInstant(): number | undefined {
    return this.#assembly.marks.hypervisor;
  }

  /** What of the way did not come, or cannot be used, or came too late for its instant. */
  get losses(): KnownLosses {
    return { instants: this.#lostInstants, parts: this.#lostParts };
  }

  /** Feed time of the newest energy that came. */
  get newestEnergy(): number | undefined {
    return this.#assembly.marks.energy;
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

  /** Reads listed documents and goes on by the instants that they make. */
  async step(console: ConsoleClient, entries: readonly PcmFeedEntry[], signal: AbortSignal): Promise<WalkStep> {
    const keepsOrder = this.newestInstant !== undefined || this.#since !== undefined;
    const { documents } = this.#context;
    const read = await documents.read(console, entries, { keepsOrder, waiting: this.#waiting }, signal);
    this.#done = new Set([
      ...this.#done,
      ...entries.map(({ fileName }) => fileName).filter((name) => !read.postponed.has(name)),
    ]);
    const { clocks, believed, misdated, withoutTimebase } = believeTimes(this.#clocks, read.documents);
    this.#clocks = clocks;
    documents.reports.misdated(misdated);
    documents.reports.withoutTimebase(withoutTimebase);
    const unusable = misdated.filter(({ document }) => document.kind === 'phyp').map(({ listedAt }) => listedAt);
    this.#lostInstants = [...this.#lostInstants, ...read.lostInstants, ...unusable].slice(-REMEMBERED_LOSSES);
    const { state, samples, duplicates, late, unplaced } = assemble(this.#assembly, believed);
    this.#assembly = state;
    this.#rememberLostParts([...read.lostParts, ...misdated.flatMap(partOf), ...unplaced.flatMap(partOf)]);
    return {
      activities: samples.map((sample) => this.#inspect(sample)),
      duplicates,
      late,
      isHeldUp: read.isHeldUp,
      unreadInstants: entries
        .filter(({ category, fileName }) => category === 'phyp' && read.postponed.has(fileName))
        .map(({ listedAt }) => listedAt),
      failure: read.failure,
    };
  }

  /** The newest activity once more, with what the inventory has learnt since. */
  retell(): FrameActivity | undefined {
    if (!this.#newest) return undefined;
    const { before, told } = this.#newest;
    const { inventory, starts } = this.#context;
    const { activity } = inspectFrame(before, told.sample, inventory.inventory, starts);
    // Which system tells the size of a pool was settled when the sample came.
    return { ...this.#context.toldOnce.show(activity), storagePools: told.storagePools };
  }

  /** The console's clock was set by so many milliseconds: goes on with its new time. */
  noteClockStep(step: number): void {
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

  /** Lets go of what only {@link retell} needs: it holds two older generations of everything. */
  forgetBefore(): void {
    this.#newest = undefined;
  }

  /** Whose instant is lost as well is told of with that. */
  #rememberLostParts(parts: readonly LostDocument[]): void {
    if (parts.length === 0) return;
    const isOfInstant = ({ listedAt }: LostDocument) =>
      !this.#lostInstants.some((instant) => Math.abs(instant - listedAt) < SAMPLE_INTERVAL / 2);
    this.#lostParts = [...this.#lostParts, ...parts.filter(isOfInstant)].slice(-REMEMBERED_LOST_PARTS);
  }

  /** Counts of partitions are of those that the system tells of, so that only here it is known which of them have vanished. */
  #withVanishedCounts(told: FrameActivity): FrameActivity {
    if (!told.sample.fresh.hypervisor) return told;
    const { system, partitions } = told;
    const partitionCounts = withVanished(system.partitionCounts, this.#counts, partitions);
    this.#counts = system.partitionCounts;
    return partitionCounts === system.partitionCounts ? told : { ...told, system: { ...system, partitionCounts } };
  }

  #inspect(sample: SystemSample): FrameActivity {
    const before = this.#history;
    const { inventory, starts, toldOnce } = this.#context;
    const { activity, history } = inspectFrame(before, sample, inventory.inventory, starts);
    const { told: counted, away } = toldOnce.tell(activity, this.#since === undefined);
    const told = this.#withVanishedCounts(counted);
    // Should one that rests here while it lives elsewhere come back, its counters hold what it did there.
    const resting = away.filter((partition) => presenceOf(partition) !== 'active').map(({ id }) => id);
    for (const id of resting) starts.close(id, sample.hypervisor.time);
    this.#history = forgetPartitions(history, resting);
    if (!this.#newest || sample.listedAt >= this.#newest.told.sample.listedAt) this.#newest = { before, told };
    return told;
  }
}

/** A document that has no instant, as one that is lost. */
function partOf({ listedAt, document }: Listed<PcmDocument>): readonly LostDocument[] {
  switch (document.kind) {
    case 'phyp':
      return [];
    case 'vios':
      return [{ source: `vios_${document.number}`, listedAt }];
    default:
      return [{ source: document.kind, listedAt }];
  }
}
