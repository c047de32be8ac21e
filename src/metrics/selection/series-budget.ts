import type { FrameActivity } from '../../inspector/activity.ts';
import { listMetrics, type MetricCatalog } from '../catalog/index.ts';
import type { MetricDefinition, Observe, SelectionContext } from '../definition.ts';

/** What a budget had to leave out. */
export interface SeriesShortage {
  /** Names of all metrics that are left out, in the order in which they were. */
  readonly dropped: readonly string[];
  /** Series that are left; more than `limit` when no optional metric is left. */
  readonly series: number;
  readonly limit: number;
}

/**
 * Keeps the number of series below a limit by leaving out whole metrics that are off by default: the one with the most
 * series first, of equals the one that stands last in the catalog. What was left out stays out, so that no series comes and
 * goes. Metrics that are on by default are never left out, and those of the receiver about itself do not count.
 */
export class SeriesBudget {
  readonly #limit: number;
  readonly #full: MetricCatalog;
  readonly #context: SelectionContext;
  readonly #onShortage: (shortage: SeriesShortage) => void;
  readonly #dropped = new Set<string>();
  /** Series of each metric in the newest activity of each system. */
  readonly #series = new Map<string, ReadonlyMap<string, number>>();
  readonly #admitted = new WeakSet<FrameActivity>();
  #catalog: MetricCatalog;
  #droppedPoints = 0;
  #isExhausted = false;

  constructor(
    limit: number,
    catalog: MetricCatalog,
    context: SelectionContext,
    onShortage: (shortage: SeriesShortage) => void,
  ) {
    this.#limit = limit;
    this.#full = catalog;
    this.#catalog = catalog;
    this.#context = context;
    this.#onShortage = onShortage;
  }

  /** The reported metrics. */
  get catalog(): MetricCatalog {
    return this.#catalog;
  }

  /** Points that were left out, each once however many exporters there are. */
  get droppedPoints(): number {
    return this.#droppedPoints;
  }

  /** Counts the series of activities before they are reported. */
  admit(frames: readonly FrameActivity[]): void {
    for (const frame of frames) {
      if (this.#admitted.has(frame)) continue;
      this.#admitted.add(frame);
      const series = countSeries(frame, this.#full, this.#context);
      this.#series.set(frame.sample.systemId, series);
      this.#fit();
      if (!frame.sample.fresh.hypervisor) continue;
      for (const name of this.#dropped) this.#droppedPoints += series.get(name) ?? 0;
    }
  }

  #fit(): void {
    const totals = this.#totals();
    let series = sum(totals.values());
    if (series <= this.#limit || this.#isExhausted) return;
    for (const name of this.#candidates(totals)) {
      if (series <= this.#limit) break;
      this.#dropped.add(name);
      series -= totals.get(name) ?? 0;
    }
    this.#isExhausted = series > this.#limit;
    const stays = ({ name }: { readonly name: string }) => !this.#dropped.has(name);
    const { system, lpar, vios, ssp, receiver } = this.#full;
    this.#catalog = {
      system: system.filter(stays),
      lpar: lpar.filter(stays),
      vios: vios.filter(stays),
      ssp: ssp.filter(stays),
      receiver,
    };
    this.#onShortage({ dropped: [...this.#dropped], series, limit: this.#limit });
  }

  /** Series of all systems by metric, without those that were left out. */
  #totals(): ReadonlyMap<string, number> {
    const totals = new Map<string, number>();
    for (const series of this.#series.values()) {
      for (const [name, count] of series) {
        if (!this.#dropped.has(name)) totals.set(name, (totals.get(name) ?? 0) + count);
      }
    }
    return totals;
  }

  /** Metrics that may be left out, the first one first. */
  #candidates(totals: ReadonlyMap<string, number>): readonly string[] {
    return listMetrics(this.#full)
      .filter((metric) => !metric.default && totals.has(metric.name))
      .map(({ name }) => name)
      .reverse()
      .sort((left, right) => (totals.get(right) ?? 0) - (totals.get(left) ?? 0));
  }
}

/** How many series each metric has in an activity, whether its values are fresh or not. */
function countSeries(
  { system, partitions, storagePools }: FrameActivity,
  catalog: MetricCatalog,
  context: SelectionContext,
): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  const count = <Entity>(definitions: readonly MetricDefinition<Entity>[], entity: Entity) => {
    for (const { name, select } of definitions) {
      let points = 0;
      const observe: Observe = (_timed, value) => {
        if (value !== undefined) points += 1;
      };
      select(entity, observe, context);
      if (points > 0) series.set(name, (series.get(name) ?? 0) + points);
    }
  };
  count(catalog.system, system);
  for (const partition of partitions) {
    count(catalog.lpar, partition);
    if (partition.vios) count(catalog.vios, partition);
  }
  for (const pool of storagePools) count(catalog.ssp, pool);
  return series;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
