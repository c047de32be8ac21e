import type { FrameActivity } from '../inspector/activity.ts';
import { firstInstants } from '../pcm/index.ts';
import type { ConsoleClient, PcmFeedEntry } from '../rest/model.ts';
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
/** Instants between one who is served and the next one that are worth walking through instead of beginning anew. */
const WORTH_WALKING = 3;

export interface CatchUpContext {
  readonly systemId: string;
  readonly cursors: Cursors;
  /** A walk that begins at a known instant, given its feed time. */
  readonly walkFrom: (listedAt: number) => SampleWalk;
  readonly listEntries: (
    console: ConsoleClient,
    since: number | undefined,
    signal: AbortSignal,
  ) => Promise<readonly PcmFeedEntry[]>;
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
      this.#way = { walk, entries: await this.#list(console, walk, signal), present, end: from };
    }
    const way = this.#way;
    let planned = way.walk.plan(way.entries);
    if (planned.length === 0 && isAhead(way.present, present)) {
      way.present = present;
      way.entries = await this.#list(console, way.walk, signal);
      planned = way.walk.plan(way.entries);
    }
    if (planned.length === 0) {
      this.#way = undefined;
      for (const gap of cursors.endCatchUp(systemId, way.end, way.present)) this.#context.onGap(gap);
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

  #list(console: ConsoleClient, walk: SampleWalk, signal: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    return this.#context.listEntries(console, walk.feedStart, signal);
  }

  #publish(way: Way, activity: FrameActivity): void {
    const isUnread = lostBetween(way.end, positionAt(activity), way.walk.lostInstants) > 0;
    const { isTaken, gaps } = this.#context.cursors.publishCaughtUp(
      this.#context.filtered(activity),
      way.end,
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
