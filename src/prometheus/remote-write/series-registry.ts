import type { Attributes, HrTime } from '@opentelemetry/api';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { informationMetricOf, ownerOf } from '../labels.ts';
import { prometheusName } from '../metric-name.ts';
import { encodeLabels, type MetricMetadata, type Sample } from './write-request.ts';

/** One series with what a batch brings of it. */
export interface PreparedSeries {
  readonly labels: Uint8Array;
  readonly samples: Sample[];
}

/** Whose series they are, by the attributes of a Resource. */
interface ResourceIdentity {
  readonly ownerKey: string;
  readonly labels: Attributes;
  /** The frame whose time its series follow. */
  readonly source: string;
  /** The metric that carries everything the Resource says, and what distinguishes its series from those of other Resources. */
  readonly information: { readonly name: string; readonly key: string } | undefined;
}

interface Source {
  /** Milliseconds since 1970. */
  newest: number;
  /** No series of the source has ended before. */
  nextEnd: number;
}

interface KnownOwner {
  readonly source: Source;
  readonly metrics: Map<string, KnownMetric>;
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

export interface PreparedBatch {
  readonly series: readonly PreparedSeries[];
  /** Of all metrics of the batch. */
  readonly metadata: readonly MetricMetadata[];
}

/**
 * Makes series of batches, with the names and labels of the `prometheus` page, and notices when one has ended: its
 * frame continues and it does not, for longer than samples are apart. The end is said once, as a stale marker.
 */
export class SeriesRegistry {
  readonly #externalLabels: Readonly<Record<string, string>>;
  readonly #staleAfter: number;
  /** Weak: a collector keeps the Resource of an entity, others may make one for every batch. */
  readonly #identities = new WeakMap<Attributes, ResourceIdentity>();
  /** A thousand short keys for each of three levels are looked up faster than long ones. */
  readonly #owners = new Map<string, KnownOwner>();
  readonly #sources = new Map<string, Source>();
  #batch = 0;

  /** @param staleAfter milliseconds */
  constructor(externalLabels: Readonly<Record<string, string>>, staleAfter: number) {
    this.#externalLabels = externalLabels;
    this.#staleAfter = staleAfter;
  }

  prepare(batch: readonly ResourceMetrics[]): PreparedBatch {
    this.#batch += 1;
    const prepared: PreparedSeries[] = [];
    const metadata = new Map<string, MetricMetadata>();
    for (const { resource, scopeMetrics } of batch) {
      const { attributes } = resource;
      const identity = this.#identityOf(attributes);
      const owner = this.#ownerOf(identity);
      for (const { metrics } of scopeMetrics) {
        for (const data of metrics) {
          // What describes an entity has all that its Resource says.
          const isInformation = data.descriptor.name === identity.information?.name;
          const metric = metricOf(owner, data, isInformation ? identity.information.key : data.descriptor.name);
          if (!metadata.has(metric.name)) metadata.set(metric.name, metadataOf(metric.name, data));
          const labels = isInformation ? attributes : identity.labels;
          this.#readPoints(metric, data, labels, owner.source, prepared);
        }
      }
    }
    for (const { samples } of prepared) {
      if (samples.length > 1) samples.sort((left, right) => left.time - right.time);
    }
    return { series: prepared, metadata: [...metadata.values()] };
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

  #identityOf(attributes: Attributes): ResourceIdentity {
    const known = this.#identities.get(attributes);
    if (known) return known;
    const labels = { ...ownerOf(attributes).labels, ...serviceLabels(attributes) };
    const information = informationMetricOf(attributes);
    const source = String(
      attributes['powervm.system.id'] ??
        attributes['service.instance.id'] ??
        // Of Ceilometer's meters, which do not say whose frame they are of.
        attributes['openstack.instance.id'] ??
        '',
    );
    const identity = {
      ownerKey: source + attributesKey(labels),
      labels,
      source,
      information: information && { name: information.name, key: information.name + attributesKey(attributes) },
    };
    this.#identities.set(attributes, identity);
    return identity;
  }

  #ownerOf({ ownerKey, source }: ResourceIdentity): KnownOwner {
    return entryOf(this.#owners, ownerKey, () => ({
      source: entryOf(this.#sources, source, () => ({ newest: 0, nextEnd: Number.POSITIVE_INFINITY })),
      metrics: new Map(),
    }));
  }

  #readPoints(metric: KnownMetric, data: MetricData, owner: Attributes, source: Source, prepared: PreparedSeries[]) {
    let place = 0;
    for (const { value, attributes, endTime } of data.dataPoints) {
      if (typeof value !== 'number') continue;
      const time = milliseconds(endTime);
      let series = metric.inOrder[place];
      if (series === undefined || !areSame(series.attributes, attributes)) {
        series = this.#seriesOf(metric, owner, attributes, time);
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
      this.#noteTime(series, source, time);
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

  #noteTime(series: KnownSeries, source: Source, time: number): void {
    const spacing = Math.abs(time - series.lastTime);
    if (spacing > 0 && (series.spacing === undefined || spacing < series.spacing)) series.spacing = spacing;
    if (time > series.lastTime) series.lastTime = time;
    if (time > source.newest) source.newest = time;
    const end = this.#endOf(series);
    if (end < source.nextEnd) source.nextEnd = end;
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

/** What OTLP's translation makes of a service. */
function serviceLabels(resource: Attributes): Attributes {
  const { 'service.name': job, 'service.instance.id': instance } = resource;
  return { ...(job === undefined ? {} : { job }), ...(instance === undefined ? {} : { instance }) };
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

function attributesKey(attributes: Attributes): string {
  let key = '';
  for (const name in attributes) key += `\0${name}\0${attributes[name]}`;
  return key;
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + Math.round(nanoseconds / 1e6);
}
