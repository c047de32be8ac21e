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
  /** By lane, oldest first. */
  readonly #lanes = new Map<string, HeldSample[]>();

  constructor(exporter: BatchExporter) {
    this.#exporter = exporter;
  }

  get size(): number {
    return [...this.#lanes.values()].reduce((sum, held) => sum + held.length, 0);
  }

  /** The exporter has taken the sample; acknowledges what it does not hold. */
  deliver(lane: string, sample: HeldSample): void {
    if (!this.keep(lane, sample)) sample.delivery.acknowledge();
    else this.#settle(lane);
  }

  /** Whether the exporter keeps what it has taken in, delivered or not. */
  keep(lane: string, sample: HeldSample): boolean {
    if (!this.#exporter.unpublishedSince) return false;
    const held = this.#lanes.get(lane) ?? [];
    this.#lanes.set(lane, held);
    held.push(sample);
    return true;
  }

  settleAll(): void {
    for (const lane of this.#lanes.keys()) this.#settle(lane);
  }

  #settle(lane: string): void {
    const held = this.#lanes.get(lane) ?? [];
    const since = this.#exporter.unpublishedSince?.(held[0]?.systemId) ?? Number.POSITIVE_INFINITY;
    while (held[0] && held[0].time < since) held.shift()?.delivery.acknowledge();
  }
}
