import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import { changedResources, lostIncreases, overlappingStreams } from '../helpers/streams.ts';

const INTERVAL = 30_000;
/**
 * Without a rhythm of their own: attributes of adapters come from the inventory and may come late, and a storage pool
 * that several systems share is reported by one of them, which may change.
 */
const WITHOUT_RHYTHM = /^powervm\.(lpar\.adapter\.link$|ssp\.)/;

interface Series {
  readonly metric: string;
  readonly systemId: string;
  readonly entityId: string;
  readonly values: Map<number, string>;
}

/** An instant that a series lacks. */
export interface MissingInstant {
  readonly systemId: string;
  readonly time: number;
}

/** Everything that one exporter brought: every point of every series, once. */
export class PointRecord {
  readonly #series = new Map<string, Series>();
  readonly contradictions: string[] = [];
  /** Sums, for what is to be said of their start times and increases. */
  readonly #sums: ReceivedPoint[] = [];
  /** One point of each entity and Resource. */
  readonly #resources = new Map<string, ReceivedPoint>();
  points = 0;
  repeated = 0;

  add(point: ReceivedPoint): void {
    const systemId = text(point.resource['powervm.system.id']);
    const entityId = text(point.resource['powervm.lpar.id'] ?? point.resource['powervm.ssp.id'] ?? systemId);
    if (entityId === '' || WITHOUT_RHYTHM.test(point.metric)) return;
    if (point.kind === 'sum') this.#sums.push(point);
    this.#resources.set(attributesText(point.resource), point);
    const key = `${systemId} ${entityId} ${point.metric} ${attributesText(point.attributes)}`;
    const series = this.#series.get(key) ?? { metric: point.metric, systemId, entityId, values: new Map() };
    this.#series.set(key, series);
    const time = Number(point.timeUnixNano / 1_000_000n);
    const value = String(point.value);
    const known = series.values.get(time);
    this.points += 1;
    if (known === undefined) series.values.set(time, value);
    else if (known === value) this.repeated += 1;
    else this.contradictions.push(`${key} at ${new Date(time).toISOString()}: ${known}, then ${value}`);
  }

  /** Streams that overlap, and entities that have more than one Resource, in words. */
  brokenStreams(): readonly string[] {
    return [...overlappingStreams(this.#sums), ...changedResources([...this.#resources.values()])];
  }

  /** What the deltas of another record of the same run have lost or counted twice. */
  lostIncreases(delta: PointRecord, wasKilled: boolean): readonly string[] {
    const { compared, problems } = lostIncreases(this.#sums, delta.#sums, { wasKilled });
    return compared === 0 ? ['there was no counter to compare'] : problems;
  }

  get seriesCount(): number {
    return this.#series.size;
  }

  /** Partitions that brought anything. */
  entities(): ReadonlySet<string> {
    return new Set([...this.#series.values()].map(({ entityId }) => entityId));
  }

  /** Time of the newest point of the system that comes least far. */
  reached(systems: readonly string[]): number {
    const newest = new Map(systems.map((id) => [id, 0]));
    for (const { systemId, values } of this.#series.values()) {
      for (const time of values.keys()) newest.set(systemId, Math.max(newest.get(systemId) ?? 0, time));
    }
    return Math.min(...newest.values());
  }

  /** Instants that a series lacks between its first point and `end`, which every series must reach. */
  missing(end: number): readonly (MissingInstant & { readonly metric: string })[] {
    return [...this.#series.values()].flatMap(({ metric, systemId, values }) => {
      const first = Math.min(...values.keys());
      const lacking: (MissingInstant & { readonly metric: string })[] = [];
      for (let time = first; time < end; time += INTERVAL) {
        if (!values.has(time)) lacking.push({ systemId, time, metric });
      }
      return lacking;
    });
  }
}

function attributesText(attributes: ReceivedPoint['attributes']): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
