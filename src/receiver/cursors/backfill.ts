import type { FrameActivity } from '../../inspector/activity.ts';
import { firstInstants } from '../../pcm/index.ts';
import { SAMPLE_INTERVAL } from '../../pcm/model.ts';
import type { ConsoleClient, PcmFeedEntry } from '../../rest/model.ts';
import type { SampleTraversal } from '../polling/sample-traversal.ts';
import type { KnownLosses } from './cursor-progress.ts';
import type { CursorGap, Cursors } from './cursors.ts';
import {
  completeUntil,
  farthest,
  instantsBetween,
  isAhead,
  lostBetween,
  positionAt,
  type SamplePosition,
} from './position.ts';

/** So many instants are fetched and delivered at a time; current samples are polled in between. */
const INSTANTS_PER_STEP = 2;
/** So many times in a row the past is not begun with while the feed of energy does not answer. */
const MAX_WAITS_FOR_ENERGY = 2;
/** Milliseconds of samples that may be thrown away between two lists. */
const MAX_BETWEEN_LISTS = 90_000;
/** Instants between one reader and the next that are read through instead of starting a new traversal. */
const MAX_INSTANTS_TO_SKIP = 3;

/** What PCM has of the past. */
export interface PastListing {
  readonly entries: readonly PcmFeedEntry[];
  /** The feed of energy did not answer. */
  readonly isWithoutEnergy: boolean;
}

export interface BackfillContext {
  readonly systemId: string;
  readonly cursors: Cursors;
  /** A traversal that begins at a known instant, given its feed time. */
  readonly traversalFrom: (listedAt: number) => SampleTraversal;
  readonly listEntries: (
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
  ) => Promise<PastListing>;
  /** Called when samples were read, before any reader gets them. */
  readonly beforePublishing: () => void;
  /** Filters what a traversal brings. */
  readonly filtered: (activity: FrameActivity) => FrameActivity;
  /** Called for every new instant that a reader took. */
  readonly onSample: () => void;
  readonly onGap: (gap: CursorGap) => void;
}

interface BackfillRun {
  readonly traversal: SampleTraversal;
  /** The entries of the feed, and the present position before it was read. */
  entries: readonly PcmFeedEntry[];
  /** Feed time before which energy was not listed, though it had been there; undefined: all of it. */
  energyFrom: number | undefined;
  present: SamplePosition;
  /** The newest position of this run. */
  end: SamplePosition;
}

/**
 * Serves readers that are behind with what PCM still has, oldest first, with one traversal for all of them. It works in
 * small steps and only while a reader has capacity, so that the backlog stays in PCM and not in memory.
 */
export class Backfill {
  readonly #context: BackfillContext;
  #run: BackfillRun | undefined;
  #waitsForEnergy = 0;

  constructor(context: BackfillContext) {
    this.#context = context;
  }

  /** Whether a reader is behind and has capacity. */
  get isWanted(): boolean {
    return this.#context.cursors.farthestBehind(this.#context.systemId) !== undefined;
  }

  /**
   * Continues by a few instants.
   * @returns whether more can be done at once
   * @throws {PowerVmError} when the console fails
   */
  async step(console: ConsoleClient, signal: AbortSignal): Promise<boolean> {
    const { cursors, systemId } = this.#context;
    const from = cursors.farthestBehind(systemId);
    const present = cursors.present(systemId);
    if (!from || !present) {
      this.#run = undefined;
      return false;
    }
    if (!this.#run || !continuesTo(this.#run, from)) {
      const traversal = this.#context.traversalFrom(completeUntil(from));
      const listed = await this.#list(console, traversal, signal);
      if (!listed) return false;
      this.#run = { traversal, ...listed, present, end: from };
    }
    const run = this.#run;
    let planned = run.traversal.plan(run.entries);
    if (planned.length === 0 && isAhead(run.present, present)) {
      const listed = await this.#list(console, run.traversal, signal);
      if (!listed) return false;
      Object.assign(run, listed, { present });
      planned = run.traversal.plan(run.entries);
    }
    if (planned.length === 0) {
      this.#run = undefined;
      for (const gap of cursors.endBackfill(systemId, run.end, run.present, lossesOf(run))) this.#context.onGap(gap);
      return this.isWanted;
    }
    const step = await run.traversal.step(console, firstInstants(planned, INSTANTS_PER_STEP), signal);
    // Past samples are not reported again.
    run.traversal.forgetPrevious();
    this.#context.beforePublishing();
    for (const activity of step.activities) this.#publish(run, activity);
    if (step.failure) throw step.failure;
    return !step.isBlocked;
  }

  /** After a change of the console, which lists other times. */
  reset(): void {
    this.#run = undefined;
  }

  /** @returns undefined when the feed of energy is worth being waited for: what is passed without it is lost */
  async #list(
    console: ConsoleClient,
    traversal: SampleTraversal,
    signal: AbortSignal,
  ): Promise<Pick<BackfillRun, 'entries' | 'energyFrom'> | undefined> {
    const { entries, isWithoutEnergy } = await this.#context.listEntries(console, traversal.feedStart, signal);
    this.#waitsForEnergy = isWithoutEnergy ? this.#waitsForEnergy + 1 : 0;
    if (isWithoutEnergy && this.#waitsForEnergy <= MAX_WAITS_FOR_ENERGY) return undefined;
    return { entries, energyFrom: isWithoutEnergy ? Number.POSITIVE_INFINITY : energyFromOf(entries) };
  }

  #publish(run: BackfillRun, activity: FrameActivity): void {
    const isUnread = lostBetween(run.end, positionAt(activity), run.traversal.losses.instants) > 0;
    const { isTaken, gaps } = this.#context.cursors.publishBackfilled(
      this.#context.filtered(activity),
      run.end,
      lossesOf(run, activity),
      isUnread,
    );
    run.end = farthest(run.end, positionAt(activity));
    if (isTaken && activity.sample.fresh.hypervisor) this.#context.onSample();
    for (const gap of gaps) this.#context.onGap(gap);
  }
}

/** Whether the run has not passed the position yet, and will reach it soon. */
function continuesTo({ end }: BackfillRun, from: SamplePosition): boolean {
  return !isAhead(from, end) && instantsBetween(end, from) <= MAX_INSTANTS_TO_SKIP;
}

/** The lists of instants and of energy are not of one moment: the oldest energy may have been thrown away in between. */
function energyFromOf(entries: readonly PcmFeedEntry[]): number | undefined {
  const oldest = (kind: PcmFeedEntry['category']) =>
    entries.reduce(
      (time, { category, listedAt }) => (category === kind ? Math.min(time, listedAt) : time),
      Number.POSITIVE_INFINITY,
    );
  const [instants, energy] = [oldest('phyp'), oldest('energy')];
  return energy > instants && energy - instants <= MAX_BETWEEN_LISTS ? energy : undefined;
}

/** What the way loses, with the energy of an instant that was not listed. */
function lossesOf(
  { traversal, energyFrom = Number.NEGATIVE_INFINITY }: BackfillRun,
  activity?: FrameActivity,
): KnownLosses {
  const { instants, parts } = traversal.losses;
  const listedAt = activity?.sample.listedAt;
  if (listedAt === undefined || listedAt >= energyFrom - SAMPLE_INTERVAL / 2) return { instants, parts };
  return activity?.sample.energy
    ? { instants, parts }
    : { instants, parts: [...parts, { source: 'energy', listedAt }] };
}
