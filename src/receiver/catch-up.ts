import type { FrameActivity } from '../inspector/activity.ts';
import { firstInstants } from '../pcm/index.ts';
import { SAMPLE_INTERVAL } from '../pcm/pairing.ts';
import type { ConsoleClient, PcmFeedEntry } from '../rest/model.ts';
import type { KnownLosses } from './cursor-place.ts';
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
import type { SampleWalk } from './sample-walk.ts';

/** So much is fetched and handed out at a time; the present is looked at in between. */
const INSTANTS_PER_STEP = 2;
/** So many times in a row the past is not begun with while the feed of energy does not answer. */
const MOST_WAITS_FOR_ENERGY = 2;
/** Milliseconds of samples that may be thrown away between two lists. */
const MOST_BETWEEN_LISTS = 90_000;
/** Instants between one who is served and the next one that are worth walking through instead of beginning anew. */
const WORTH_WALKING = 3;

/** What PCM has of the past. */
export interface PastListing {
  readonly entries: readonly PcmFeedEntry[];
  /** The feed of energy did not answer. */
  readonly isWithoutEnergy: boolean;
}

export interface CatchUpContext {
  readonly systemId: string;
  readonly cursors: Cursors;
  /** A walk that begins at a known instant, given its feed time. */
  readonly walkFrom: (listedAt: number) => SampleWalk;
  readonly listEntries: (
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
  ) => Promise<PastListing>;
  /** Told when samples were read, before anybody gets them. */
  readonly beforePublishing: () => void;
  /** What may leave the receiver of what a walk brings. */
  readonly filtered: (activity: FrameActivity) => FrameActivity;
  /** Told of every new instant that somebody took. */
  readonly onSample: () => void;
  readonly onGap: (gap: CursorGap) => void;
}

interface Way {
  readonly walk: SampleWalk;
  /** What the feed said, and what was offered as present before it was asked. */
  entries: readonly PcmFeedEntry[];
  /** Feed time before which energy was not listed, though it had been there; undefined: all of it. */
  energyFrom: number | undefined;
  present: SamplePosition;
  /** The newest on the way. */
  end: SamplePosition;
}

/**
 * Serves those who are behind with what PCM still has, oldest first, one walk for all of them. It goes in small steps
 * and only while a reader has room, so that PCM keeps the backlog and not our memory.
 */
export class CatchUp {
  readonly #context: CatchUpContext;
  #way: Way | undefined;
  #waitsForEnergy = 0;

  constructor(context: CatchUpContext) {
    this.#context = context;
  }

  /** Whether somebody is behind and has room. */
  get isWanted(): boolean {
    return this.#context.cursors.farthestBehind(this.#context.systemId) !== undefined;
  }

  /**
   * Goes on by a few instants.
   * @returns whether there is more to be done at once
   * @throws {PowerVmError} when the console fails
   */
  async step(console: ConsoleClient, signal: AbortSignal): Promise<boolean> {
    const { cursors, systemId } = this.#context;
    const from = cursors.farthestBehind(systemId);
    const present = cursors.present(systemId);
    if (!from || !present) {
      this.#way = undefined;
      return false;
    }
    if (!this.#way || !leadsTo(this.#way, from)) {
      const walk = this.#context.walkFrom(completeUntil(from));
      const listed = await this.#list(console, walk, signal);
      if (!listed) return false;
      this.#way = { walk, ...listed, present, end: from };
    }
    const way = this.#way;
    let planned = way.walk.plan(way.entries);
    if (planned.length === 0 && isAhead(way.present, present)) {
      const listed = await this.#list(console, way.walk, signal);
      if (!listed) return false;
      Object.assign(way, listed, { present });
      planned = way.walk.plan(way.entries);
    }
    if (planned.length === 0) {
      this.#way = undefined;
      for (const gap of cursors.endCatchUp(systemId, way.end, way.present, lossesOf(way))) this.#context.onGap(gap);
      return this.isWanted;
    }
    const step = await way.walk.step(console, firstInstants(planned, INSTANTS_PER_STEP), signal);
    // Nothing is told again of the past.
    way.walk.forgetBefore();
    this.#context.beforePublishing();
    for (const activity of step.activities) this.#publish(way, activity);
    if (step.failure) throw step.failure;
    return !step.isHeldUp;
  }

  /** Another console lists other times. */
  beginAnew(): void {
    this.#way = undefined;
  }

  /** @returns undefined when the feed of energy is worth being waited for: what is passed without it is lost */
  async #list(
    console: ConsoleClient,
    walk: SampleWalk,
    signal: AbortSignal,
  ): Promise<Pick<Way, 'entries' | 'energyFrom'> | undefined> {
    const { entries, isWithoutEnergy } = await this.#context.listEntries(console, walk.feedStart, signal);
    this.#waitsForEnergy = isWithoutEnergy ? this.#waitsForEnergy + 1 : 0;
    if (isWithoutEnergy && this.#waitsForEnergy <= MOST_WAITS_FOR_ENERGY) return undefined;
    return { entries, energyFrom: isWithoutEnergy ? Number.POSITIVE_INFINITY : energyFromOf(entries) };
  }

  #publish(way: Way, activity: FrameActivity): void {
    const isUnread = lostBetween(way.end, positionAt(activity), way.walk.losses.instants) > 0;
    const { isTaken, gaps } = this.#context.cursors.publishCaughtUp(
      this.#context.filtered(activity),
      way.end,
      lossesOf(way, activity),
      isUnread,
    );
    way.end = farthest(way.end, positionAt(activity));
    if (isTaken && activity.sample.fresh.hypervisor) this.#context.onSample();
    for (const gap of gaps) this.#context.onGap(gap);
  }
}

/** Whether the way has not passed it yet, and will come to it soon. */
function leadsTo({ end }: Way, from: SamplePosition): boolean {
  return !isAhead(from, end) && instantsBetween(end, from) <= WORTH_WALKING;
}

/** The lists of instants and of energy are not of one moment: the oldest energy may have been thrown away in between. */
function energyFromOf(entries: readonly PcmFeedEntry[]): number | undefined {
  const oldest = (kind: PcmFeedEntry['category']) =>
    entries.reduce(
      (time, { category, listedAt }) => (category === kind ? Math.min(time, listedAt) : time),
      Number.POSITIVE_INFINITY,
    );
  const [instants, energy] = [oldest('phyp'), oldest('energy')];
  return energy > instants && energy - instants <= MOST_BETWEEN_LISTS ? energy : undefined;
}

/** What the way loses, with the energy of an instant that was not listed. */
function lossesOf({ walk, energyFrom = Number.NEGATIVE_INFINITY }: Way, activity?: FrameActivity): KnownLosses {
  const { instants, parts } = walk.losses;
  const listedAt = activity?.sample.listedAt;
  if (listedAt === undefined || listedAt >= energyFrom - SAMPLE_INTERVAL / 2) return { instants, parts };
  return activity?.sample.energy
    ? { instants, parts }
    : { instants, parts: [...parts, { source: 'energy', listedAt }] };
}
