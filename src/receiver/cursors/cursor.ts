import type { FrameActivity } from '../../inspector/activity.ts';
import type { SamplePosition } from './position.ts';

/**
 * A named position in the stream of samples. It moves only when its reader acknowledges; what was not acknowledged is
 * delivered again, from memory or from PCM. The meaning of the name is up to the reader.
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

/** A sample delivered to a reader, which must finally do one of the two. */
export interface SampleDelivery {
  readonly activity: FrameActivity;
  /** The reader is done with it. The cursor moves when everything before it is acknowledged as well. */
  acknowledge(): void;
  /** The reader returns it, with all later ones of the same system: they are delivered again when it has capacity. */
  requeue(): void;
}

/** A consumer of samples with its own pace. */
export interface SampleReader {
  /** @returns whether there was room; what is not taken is fetched again from PCM when there is */
  take(delivery: SampleDelivery): boolean;
  /** Whether samples that must be fetched for it would be taken now. */
  hasCapacity(systemId: string): boolean;
}

/** Where a cursor begins, and what it must not miss. */
export interface CursorOptions {
  /** Where the reader has got to, by system UUID. Systems that are not in it begin with the next sample. */
  readonly positions?: ReadonlyMap<string, SamplePosition> | undefined;
  /**
   * The same for a system that is not in `positions`, asked when the receiver begins to read it: for whoever shares systems
   * with others, and learns only then how far they have got.
   */
  readonly positionOf?: ((systemId: string) => SamplePosition | undefined) | undefined;
  /**
   * Number of past instants with which a system begins that is not in `positions`. They are fetched from PCM beside
   * current samples; missing ones are no gap. Default 0.
   */
  readonly lookBack?: number | undefined;
  /** Called whenever the cursor of a system moves, and with the start of a new one. */
  readonly onMove?: ((systemId: string, position: SamplePosition) => void) | undefined;
}

/** The receiver's side of a {@link SampleReader}. */
export interface Subscription {
  /** To be called when there is room again for samples that must be fetched. */
  notifyCapacity(): void;
  positions(): ReadonlyMap<string, SamplePosition>;
  close(): void;
}
