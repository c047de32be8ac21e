import type { FrameActivity } from '../../inspector/activity.ts';
import type { SampleCursor, SampleDelivery, SampleReader, Subscription } from './cursor.ts';
import type { SamplePosition } from './position.ts';

/** A reader that asks when it likes: holds what has come since, so many activities of each system. */
export class PulledCursor implements SampleReader, SampleCursor {
  readonly name: string;
  readonly #limit: number;
  /** By system UUID, oldest first. */
  readonly #held = new Map<string, SampleDelivery[]>();
  readonly #subscription: Subscription;

  constructor(name: string, limit: number, subscribe: (reader: SampleReader) => Subscription) {
    this.name = name;
    this.#limit = limit;
    this.#subscription = subscribe(this);
  }

  take(delivery: SampleDelivery): boolean {
    const { systemId } = delivery.activity.sample;
    const held = this.#held.get(systemId) ?? [];
    this.#held.set(systemId, held);
    if (held.length >= this.#limit) return false;
    held.push(delivery);
    return true;
  }

  hasCapacity(systemId: string): boolean {
    return (this.#held.get(systemId)?.length ?? 0) < this.#limit;
  }

  pending(limit = Number.POSITIVE_INFINITY): readonly FrameActivity[] {
    return [...this.#held.values()]
      .flat()
      .slice(0, limit)
      .map(({ activity }) => activity);
  }

  acknowledge(activity: FrameActivity): void {
    const held = this.#held.get(activity.sample.systemId) ?? [];
    const index = held.findIndex((delivery) => delivery.activity === activity);
    for (const delivery of held.splice(0, index + 1)) delivery.acknowledge();
    this.#subscription.notifyCapacity();
  }

  positions(): ReadonlyMap<string, SamplePosition> {
    return this.#subscription.positions();
  }

  close(): void {
    this.#subscription.close();
    this.#held.clear();
  }
}
