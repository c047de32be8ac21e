import type { Clock } from '../../../base/clock/clock.ts';
import type { CeilometerSample } from '../../samples/sample.ts';

/** The state of a queue as reported by the broker. */
export interface QueueDepth {
  readonly messages: number;
  readonly consumers: number;
}

/** Milliseconds, as all of them: what was sent before that has been worked off, or waits for something else. */
const SETTLED_AFTER = 10_000;
const PAUSE = 250;
/** The queue is empty while its last messages are still being worked on. */
const LAST_MESSAGES = 1_000;
/** An agent that takes so long is not waited for: PCM forgets what waits here. */
const MAX_WAIT_MS = 60_000;

/**
 * Keeps the order of a backlog. A notification agent works on dozens of messages at a time in no order, and Gnocchi
 * drops what is older than what it has already; so samples of a resource follow earlier ones of it only when the queue
 * has been worked off. In ordinary times minutes lie between them and nothing waits.
 */
export class BacklogPacing {
  readonly #clock: Clock;
  readonly #depth: () => Promise<QueueDepth | undefined>;
  readonly #recentResources = new Set<string>();
  #lastSentAt = Number.NEGATIVE_INFINITY;

  /** @param depth of the queue that samples go to; `undefined` when the broker does not say */
  constructor(clock: Clock, depth: () => Promise<QueueDepth | undefined>) {
    this.#clock = clock;
    this.#depth = depth;
  }

  /** To be called before samples are sent: resolves when they cannot overtake earlier ones, or it has waited enough. */
  async beforeSending(samples: readonly CeilometerSample[]): Promise<void> {
    const isSettled = this.#clock.monotonic() - this.#lastSentAt > SETTLED_AFTER;
    if (!isSettled && samples.some((sample) => this.#recentResources.has(sample.resource_id))) {
      await this.#untilWorkedOff();
      this.#recentResources.clear();
    } else if (isSettled) {
      this.#recentResources.clear();
    }
    for (const sample of samples) this.#recentResources.add(sample.resource_id);
  }

  /** To be called when samples have been sent, or a part of them. */
  sent(): void {
    this.#lastSentAt = this.#clock.monotonic();
  }

  async #untilWorkedOff(): Promise<void> {
    const since = this.#clock.monotonic();
    while (this.#clock.monotonic() - since < MAX_WAIT_MS) {
      const depth = await this.#depth();
      // Without an agent nothing is worked off: the broker keeps what comes.
      if (!depth || depth.consumers === 0) return;
      if (depth.messages === 0) return this.#clock.sleep(LAST_MESSAGES);
      await this.#clock.sleep(PAUSE);
    }
  }
}
