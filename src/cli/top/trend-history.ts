import type { FrameActivity } from '../../inspector/index.ts';
import { PassiveReader } from '../../receiver/index.ts';

/** What PCM keeps, and what a trend shows. */
const TREND_SPAN_MS = 1_800_000;
/** PCM takes a sample every 30 s. */
const TREND_STEP_MS = 30_000;
export const TREND_INSTANTS = TREND_SPAN_MS / TREND_STEP_MS - 2;

/** Remembers half an hour of consumed processors of every partition, for the trends of `top`. */
export class TrendHistory extends PassiveReader {
  /** By system and partition; by sample time. */
  readonly #consumed = new Map<string, Map<number, number>>();

  override add({ time, system, sample, partitions }: FrameActivity): void {
    if (!sample.fresh.hypervisor) return;
    for (const { id, processor } of partitions) {
      if (processor.consumed === undefined) continue;
      const key = trendKey(system.description.id, id);
      const values = this.#consumed.get(key) ?? new Map<number, number>();
      this.#consumed.set(key, values);
      values.set(time, processor.consumed);
      for (const old of values.keys()) if (old < time - TREND_SPAN_MS) values.delete(old);
    }
  }

  /** One value for each 30 s of the half hour that ends with `newest`; `undefined` where no sample was. */
  consumed(systemId: string, partitionId: string, newest: number): readonly (number | undefined)[] {
    const values = this.#consumed.get(trendKey(systemId, partitionId)) ?? new Map<number, number>();
    const steps = new Array<number | undefined>(TREND_SPAN_MS / TREND_STEP_MS).fill(undefined);
    for (const [time, value] of values) {
      const ago = Math.round((newest - time) / TREND_STEP_MS);
      if (ago >= 0 && ago < steps.length) steps[steps.length - 1 - ago] = value;
    }
    return steps;
  }
}

function trendKey(systemId: string, partitionId: string): string {
  return `${systemId} ${partitionId}`;
}
