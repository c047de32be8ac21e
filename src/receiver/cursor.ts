import type { FrameActivity } from '../inspector/activity.ts';
import type { SamplePosition } from './position.ts';

/**
 * A named place in the stream of samples. It moves only when its reader acknowledges; what was not acknowledged comes
 * again, from memory or from PCM. What the name means is the reader's business.
 */
export interface SampleCursor {
  readonly name: string;
  /**
   * Activities of all systems that are not acknowledged, per system oldest first. The cursor holds only so many (see
   * `historyLimit`); those after them are fetched again when there is room.
   * @param limit at most so many; all without it
   */
  pending(limit?: number): readonly FrameActivity[];
  /** Moves the cursor of the activity's system up to and including that activity. */
  acknowledge(activity: FrameActivity): void;
  /** How far the reader has got, by system UUID: what to hand in again after a restart. */
  positions(): ReadonlyMap<string, SamplePosition>;
  /** Forgets the cursor, so that it no longer keeps samples in memory. */
  close(): void;
}

/** A sample on its way to a reader, who must do one of the two in the end. */
export interface SampleDelivery {
  readonly activity: FrameActivity;
  /** The reader has done with it. The cursor moves when everything before it is acknowledged as well. */
  acknowledge(): void;
  /** The reader gives it up, with all that it took later of the same system: they come again when it has room. */
  giveBack(): void;
}

/** Somebody who takes samples as they come, at a pace of their own. */
export interface SampleReader {
  /** @returns whether there was room; what is not taken is fetched again from PCM when there is */
  take(delivery: SampleDelivery): boolean;
  /** Whether samples that must be fetched for it would be taken now. */
  hasRoom(systemId: string): boolean;
}

export interface CursorOptions {
  /** Where the reader has got to, by system UUID. Systems that are not in it begin with the next sample. */
  readonly positions?: ReadonlyMap<string, SamplePosition> | undefined;
  /**
   * The same for a system that is not in `positions`, asked when the receiver begins to read it: for whoever shares systems
   * with others, and learns only then how far they have got.
   */
  readonly positionOf?: ((systemId: string) => SamplePosition | undefined) | undefined;
  /**
   * So many instants before the present one a system begins with that is not in `positions`: for whoever wants to see what
   * was. They are fetched from PCM beside the present; what PCM does not have of them is no gap. Default 0.
   */
  readonly lookBack?: number | undefined;
  /** Told whenever the cursor of a system moves, and where a new one begins. */
  readonly onMove?: ((systemId: string, position: SamplePosition) => void) | undefined;
}

/** The receiver's side of a {@link SampleReader}. */
export interface Subscription {
  /** To be called when there is room again for samples that must be fetched. */
  notifyRoom(): void;
  positions(): ReadonlyMap<string, SamplePosition>;
  close(): void;
}
