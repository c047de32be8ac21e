import type { FrameActivity } from '../../inspector/index.ts';
import { diskTraffic, networkTraffic, wholeOf } from '../../inspector/index.ts';
import { Onlooker } from '../../receiver/index.ts';
import { type HistoryValue, historyValues } from './status-model.ts';

/** Half an hour of samples. */
const CAPACITY = 60;

/** The values of one partition over the last half hour, oldest first. */
export interface ValuesOverTime {
  readonly times: readonly number[];
  readonly series: Readonly<Record<HistoryValue, readonly (number | null)[]>>;
}

interface Ring {
  readonly times: number[];
  readonly values: Record<HistoryValue, (number | null)[]>;
}

/** Remembers half an hour of every partition, for the charts of the page. Partitions that are gone are forgotten. */
export class HistoryBook extends Onlooker {
  readonly #rings = new Map<string, Ring>();

  override add({ partitions, sample }: FrameActivity): void {
    if (!sample.fresh.hypervisor) return;
    for (const partition of partitions) {
      const ring = this.#ringOf(partition.id);
      // The same instant comes again when a late document completes it.
      if (partition.time <= (ring.times.at(-1) ?? 0)) continue;
      const { entitlement, consumed, busy } = partition.processor;
      const network = wholeOf(networkTraffic(partition));
      const disk = wholeOf(diskTraffic(partition));
      const now = { entitlement, consumed, busy, network, disk };
      append(ring.times, partition.time);
      for (const name of historyValues) append(ring.values[name], now[name] ?? null);
    }
  }

  of(partitionId: string): ValuesOverTime {
    const { times, values } = this.#rings.get(partitionId) ?? emptyRing();
    return { times, series: values };
  }

  keepOnly(partitionIds: ReadonlySet<string>): void {
    for (const id of this.#rings.keys()) if (!partitionIds.has(id)) this.#rings.delete(id);
  }

  #ringOf(partitionId: string): Ring {
    const ring = this.#rings.get(partitionId) ?? emptyRing();
    this.#rings.set(partitionId, ring);
    return ring;
  }
}

function emptyRing(): Ring {
  return { times: [], values: { entitlement: [], consumed: [], busy: [], network: [], disk: [] } };
}

function append<Value>(list: Value[], value: Value): void {
  list.push(value);
  if (list.length > CAPACITY) list.shift();
}
