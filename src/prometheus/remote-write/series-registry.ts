import type { Attributes, HrTime } from '@opentelemetry/api';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../../base/clock/clock.ts';
import { attributesKey } from '../labels.ts';
import { prometheusName } from '../metric-name.ts';
import { identityOf, type ResourceIdentity } from './resource-identity.ts';
import { encodeLabels, type MetricMetadata, type Sample } from './write-request.ts';

/** One series with what a batch brings of it. */
export interface PreparedSeries {
  readonly labels: Uint8Array;
  readonly samples: Sample[];
}

interface Source {
  /** Milliseconds since 1970. */
  newest: number;
  /** No series of the source has ended before. */
  nextEnd: number;
  /** When it last brought something, by the monotonic clock. */
  receivedAt: number;
}

interface KnownOwner {
  source: Source;
  /** Of its newest sample, milliseconds since 1970. */
  newest: number;
  readonly metrics: Map<string, KnownMetric>;
}

/** What the points of a Resource come with. */
interface Arrival {
  readonly owner: KnownOwner;
  readonly source: Source;
  /** Whether they say how far the source has come. */
  readonly movesTime: boolean;
}

interface KnownMetric {
  readonly name: string;
  readonly series: Map<string, KnownSeries>;
  /** The same in the order of the last batch, which is mostly that of the next one. */
  readonly inOrder: KnownSeries[];
}

interface KnownSeries {
  readonly labels: Uint8Array;
  /** Of its last point: a collector has the same object in every batch. */
  attributes: Attributes;
  /** Of its newest sample, milliseconds since 1970. */
  lastTime: number;
  /** Shortest time between two samples; undefined after the first. */
  spacing: number | undefined;
  /** What the last batch brought. */
  prepared: PreparedSeries | undefined;
  /** Which batch that was. */
  batch: number;
}

/** Memory inside the guests comes every two minutes, everything else every half: each series by its own measure. */
const SPACINGS = 2.5;
/** After so long Prometheus ends a series by itself. */
const PROMETHEUS_LOOKBACK = 300_000;
/** What a frame had so long ago says nothing of what ends when it comes back. */
const FORGET_AFTER = 24 * 3_600_000;

export interface PreparedBatch {
  readonly series: readonly PreparedSeries[];
  /** Of all metrics of the batch. */
  readonly metadata: readonly MetricMetadata[];
}

/**
 * Makes series of batches, with the names and labels of the `prometheus` page, and notices when one has ended: its
 * frame continues and it does not, for longer than samples are apart. The end is said once, as a stale marker. A frame
 * that brings nothing for a day, since it is gone or another collector reads it, is forgotten without one.
 */
export class SeriesRegistry {
  readonly #externalLabels: Readonly<Record<string, string>>;
  readonly #staleAfter: number;
  readonly #clock: Clock;
  /** Weak: a collector keeps the Resource of an entity, others may make one for every batch. */
  readonly #identities = new WeakMap<Attributes, ResourceIdentity>();
  /** A thousand short keys for each of three levels are looked up faster than long ones. */
  readonly #owners = new Map<string, KnownOwner>();
  readonly #sources = new Map<string, Source>();
  #batch = 0;

  /** @param staleAfter milliseconds */
  constructor(externalLabels: Readonly<Record<string, string>>, staleAfter: number, clock: Clock) {
    this.#externalLabels = externalLabels;
    this.#staleAfter = staleAfter;
    this.#clock = clock;
  }

  /**
   * @param systems by UUID of the instance, the frame whose time the series of an instance of OpenStack follow. Only
   *   {@link advance} moves that time, since the samples of an instance, which come by ways of different lengths, say
   *   nothing of those of another.
   */
  prepare(batch: readonly ResourceMetrics[], systems?: ReadonlyMap<string, string>): PreparedBatch {
    this.#batch += 1;
    const receivedAt = this.#clock.monotonic();
    const prepared: PreparedSeries[] = [];
    const metadata = new Map<string, MetricMetadata>();
    for (const { resource, scopeMetrics } of batch) {
      const { attributes } = resource;
      const identity = this.#identityOf(attributes);
      const system = systems?.get(identity.source);
      const source = this.#sourceOf(system ?? identity.source);
      source.receivedAt = receivedAt;
      const owner = this.#ownerOf(identity, source);
      const arrival = { owner, source, movesTime: system === undefined };
      for (const { metrics } of scopeMetrics) {
        for (const data of metrics) {
          // What describes an entity has all that its Resource says.
          const isInformation = data.descriptor.name === identity.information?.name;
          const metric = metricOf(owner, data, isInformation ? identity.information.key : data.descriptor.name);
          if (!metadata.has(metric.name)) metadata.set(metric.name, metadataOf(metric.name, data));
          const labels = isInformation ? attributes : identity.labels;
          this.#readPoints(metric, data, labels, arrival, prepared);
        }
      }
    }
    for (const { samples } of prepared) {
      if (samples.length > 1) samples.sort((left, right) => left.time - right.time);
    }
    this.#forgetSilent(receivedAt - FORGET_AFTER);
    return { series: prepared, metadata: [...metadata.values()] };
  }

  /** @param times up to when everything of a frame was prepared, milliseconds since 1970 */
  advance(times: ReadonlyMap<string, number>): void {
    for (const [name, time] of times) {
      const source = this.#sources.get(name);
      if (source && time > source.newest) source.newest = time;
    }
  }

  /** Markers of the series that have ended; forgets them. To be called when the batch that shows it was delivered. */
  takeEnded(): readonly PreparedSeries[] {
    const due = new Set([...this.#sources.values()].filter(({ newest, nextEnd }) => newest > nextEnd));
    if (due.size === 0) return [];
    for (const source of due) source.nextEnd = Number.POSITIVE_INFINITY;
    const ended: PreparedSeries[] = [];
    for (const [ownerKey, { source, metrics }] of this.#owners) {
      if (!due.has(source)) continue;
      for (const [metricKey, { series, inOrder }] of metrics) {
        for (const [key, each] of series) {
          const end = this.#endOf(each);
          if (source.newest > end) {
            ended.push({ labels: each.labels, samples: [{ time: source.newest, value: undefined }] });
            series.delete(key);
            inOrder.length = 0;
          } else if (end < source.nextEnd) source.nextEnd = end;
        }
        if (series.size === 0) metrics.delete(metricKey);
      }
      if (metrics.size === 0) this.#owners.delete(ownerKey);
    }
    return ended;
  }

  /** @param oldest by the monotonic clock, milliseconds */
  #forgetSilent(oldest: number): void {
    const silent = new Set<Source>();
    for (const [name, source] of this.#sources) {
      if (source.receivedAt >= oldest) continue;
      silent.add(source);
      this.#sources.delete(name);
    }
    if (silent.size === 0) return;
    for (const [key, { source }] of this.#owners) if (silent.has(source)) this.#owners.delete(key);
  }

  #identityOf(attributes: Attributes): ResourceIdentity {
    const known = this.#identities.get(attributes);
    if (known) return known;
    const identity = identityOf(attributes);
    this.#identities.set(attributes, identity);
    return identity;
  }

  #sourceOf(name: string): Source {
    return entryOf(this.#sources, name, () => ({ newest: 0, nextEnd: Number.POSITIVE_INFINITY, receivedAt: 0 }));
  }

  #ownerOf({ ownerKey }: ResourceIdentity, source: Source): KnownOwner {
    return entryOf(this.#owners, ownerKey, () => ({ source, newest: 0, metrics: new Map() }));
  }

  #readPoints(metric: KnownMetric, data: MetricData, labels: Attributes, arrival: Arrival, prepared: PreparedSeries[]) {
    let place = 0;
    for (const { value, attributes, endTime } of data.dataPoints) {
      if (typeof value !== 'number') continue;
      const time = milliseconds(endTime);
      let series = metric.inOrder[place];
      if (series === undefined || !areSame(series.attributes, attributes)) {
        series = this.#seriesOf(metric, labels, attributes, time);
        metric.inOrder[place] = series;
      }
      place += 1;
      const sample = { time, value };
      if (series.batch === this.#batch) series.prepared?.samples.push(sample);
      else {
        series.batch = this.#batch;
        series.prepared = { labels: series.labels, samples: [sample] };
        prepared.push(series.prepared);
      }
      this.#noteTime(series, arrival, time);
    }
  }

  #seriesOf(metric: KnownMetric, owner: Attributes, attributes: Attributes, time: number): KnownSeries {
    const series = entryOf(metric.series, attributesKey(attributes), () => ({
      labels: this.#labelsOf(metric.name, owner, attributes),
      attributes,
      lastTime: time,
      spacing: undefined,
      prepared: undefined,
      batch: 0,
    }));
    series.attributes = attributes;
    return series;
  }

  #noteTime(series: KnownSeries, { owner, source, movesTime }: Arrival, time: number): void {
    const spacing = Math.abs(time - series.lastTime);
    if (spacing > 0 && (series.spacing === undefined || spacing < series.spacing)) series.spacing = spacing;
    if (time > series.lastTime) series.lastTime = time;
    if (movesTime && time > source.newest) source.newest = time;
    if (time > owner.newest) {
      owner.newest = time;
      if (owner.source !== source) {
        // An instance that has migrated: all that it has follows the new frame, and is looked through for what has ended.
        owner.source = source;
        source.nextEnd = 0;
      }
    }
    const end = this.#endOf(series);
    if (end < owner.source.nextEnd) owner.source.nextEnd = end;
  }

  /** The time after which it has ended if nothing more comes. */
  #endOf({ lastTime, spacing }: KnownSeries): number {
    return lastTime + Math.max(this.#staleAfter, spacing === undefined ? PROMETHEUS_LOOKBACK : spacing * SPACINGS);
  }

  #labelsOf(name: string, owner: Attributes, attributes: Attributes): Uint8Array {
    const labels = new Map<string, string>(Object.entries(this.#externalLabels));
    for (const [key, value] of [...Object.entries(owner), ...Object.entries(attributes)]) {
      if (value !== undefined && value !== '') labels.set(labelName(key), String(value));
    }
    return encodeLabels(labels.set('__name__', name));
  }
}

function areSame(left: Attributes, right: Attributes): boolean {
  if (left === right) return true;
  for (const name in left) if (left[name] !== right[name]) return false;
  for (const name in right) if (!(name in left)) return false;
  return true;
}

function metricOf({ metrics }: KnownOwner, data: MetricData, key: string): KnownMetric {
  return entryOf(metrics, key, () => ({ name: metricName(data), series: new Map(), inOrder: [] }));
}

function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function metadataOf(name: string, data: MetricData): MetricMetadata {
  return { type: isCounter(data) ? 'counter' : 'gauge', name, help: data.descriptor.description };
}

function isCounter(data: MetricData): boolean {
  return data.dataPointType === DataPointType.SUM && data.isMonotonic;
}

function metricName(data: MetricData): string {
  return prometheusName(data.descriptor.name, isCounter(data));
}

function labelName(name: string): string {
  return name.replace(/[^a-z0-9_]/gi, '_');
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + Math.round(nanoseconds / 1e6);
}
