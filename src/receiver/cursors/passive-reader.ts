import type { FrameActivity } from '../../inspector/activity.ts';
import type { SampleDelivery, SampleReader } from './cursor.ts';

/** A reader that has done with a sample when it has seen it, and always has room. */
export abstract class PassiveReader implements SampleReader {
  abstract add(activity: FrameActivity): void;

  take({ activity, acknowledge }: SampleDelivery): boolean {
    this.add(activity);
    acknowledge();
    return true;
  }

  hasCapacity(): boolean {
    return true;
  }
}
