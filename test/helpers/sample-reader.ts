import type { FrameActivity } from '../../src/inspector/index.ts';
import type { SampleDelivery, SampleReader } from '../../src/receiver/cursors/cursor.ts';
import { HALF_MINUTE, timeOf } from './document-console.ts';
import { phyp } from './documents.ts';
import { inspectPolls } from './frames.ts';

/** So many activities of one system, half a minute apart; only the first has nothing before it. */
export function activitiesOf(count: number): readonly FrameActivity[] {
  return inspectPolls(
    Array.from({ length: count }, (_, instant) => ({ time: timeOf(instant), phyp: phyp(timeOf(instant)) })),
  );
}

/** The number of the instant that an activity is of. */
export function instantOf({ time }: FrameActivity): number {
  return (time - timeOf(0)) / HALF_MINUTE;
}

/** A reader that keeps what it is given and does with it what the test says. */
export class KeepingReader implements SampleReader {
  readonly deliveries: SampleDelivery[] = [];
  isFull = false;
  acknowledgesAtOnce = false;

  take(delivery: SampleDelivery): boolean {
    if (this.isFull) return false;
    this.deliveries.push(delivery);
    if (this.acknowledgesAtOnce) delivery.acknowledge();
    return true;
  }

  hasCapacity(): boolean {
    return !this.isFull;
  }

  get instants(): readonly number[] {
    return this.deliveries.map(({ activity }) => instantOf(activity));
  }
}
