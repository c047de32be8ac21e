import type { BatchExporter } from '../components/exporters/exporter-component.ts';

interface HeldSample {
  readonly systemId: string;
  readonly time: number;
  readonly delivery: { acknowledge(): void };
}

/**
 * Samples that an exporter has taken in and not sent yet, since it makes one of many. They are acknowledged when it
 * says that it has nothing older any more, so that after a crash the interval comes again as a whole.
 */
export class HeldSamples {
  readonly #exporter: BatchExporter;
  /** By ordering key, oldest first. */
  readonly #heldByKey = new Map<string, HeldSample[]>();

  constructor(exporter: BatchExporter) {
    this.#exporter = exporter;
  }

  get size(): number {
    return [...this.#heldByKey.values()].reduce((sum, held) => sum + held.length, 0);
  }

  /** The exporter has taken the sample; acknowledges what it does not hold. */
  deliver(orderingKey: string, sample: HeldSample): void {
    if (!this.keep(orderingKey, sample)) sample.delivery.acknowledge();
    else this.#settle(orderingKey);
  }

  /** Whether the exporter keeps what it has taken in, delivered or not. */
  keep(orderingKey: string, sample: HeldSample): boolean {
    if (!this.#exporter.unpublishedSince) return false;
    const held = this.#heldByKey.get(orderingKey) ?? [];
    this.#heldByKey.set(orderingKey, held);
    held.push(sample);
    return true;
  }

  settleAll(): void {
    for (const orderingKey of this.#heldByKey.keys()) this.#settle(orderingKey);
  }

  #settle(orderingKey: string): void {
    const held = this.#heldByKey.get(orderingKey) ?? [];
    const since = this.#exporter.unpublishedSince?.(held[0]?.systemId) ?? Number.POSITIVE_INFINITY;
    while (held[0] && held[0].time < since) held.shift()?.delivery.acknowledge();
  }
}
