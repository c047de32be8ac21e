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

interface KnownSeries {
  readonly labels: Uint8Array;
  /** The frame whose time it follows. */
  readonly source: string;
  /** Of its newest sample, milliseconds since 1970. */
  lastTime: number;
  /** Shortest time between two samples; undefined after the first. */
  spacing: number | undefined;
  /** Of the batch that is being prepared. */
  samples: Sample[];
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
  /** By owner, then by metric, then by the attributes of points: a thousand short keys are looked up faster than long ones. */
  readonly #known = new Map<string, Map<string, Map<string, KnownSeries>>>();
  readonly #names = new Map<string, string>();
  /** Newest time by source. */
  readonly #newest = new Map<string, number>();

  /** @param staleAfter milliseconds */
  constructor(externalLabels: Readonly<Record<string, string>>, staleAfter: number) {
    this.#externalLabels = externalLabels;
    this.#staleAfter = staleAfter;
  }

  prepare(batch: readonly ResourceMetrics[]): PreparedBatch {
    const touched: KnownSeries[] = [];
    const metadata = new Map<string, MetricMetadata>();
    for (const { resource, scopeMetrics } of batch) {
      const { attributes } = resource;
      const owner = { ...ownerOf(attributes).labels, ...serviceLabels(attributes) };
      const source = String(attributes['powervm.system.id'] ?? attributes['service.instance.id'] ?? '');
      const information = informationMetricOf(attributes);
      const seriesOfOwner = entryOf(this.#known, attributesKey(owner), () => new Map());
      for (const { metrics } of scopeMetrics) {
        for (const data of metrics) {
          const name = this.#nameOf(data);
          if (!metadata.has(name)) metadata.set(name, metadataOf(name, data));
          // What describes an entity has all that its Resource says.
          const isInformation = data.descriptor.name === information?.name;
          const labels = isInformation ? attributes : owner;
          const key = isInformation ? name + attributesKey(attributes) : name;
          const seriesOfMetric = entryOf(seriesOfOwner, key, () => new Map<string, KnownSeries>());
          for (const point of data.dataPoints) {
            if (typeof point.value !== 'number') continue;
            const time = milliseconds(point.endTime);
            const pointKey = attributesKey(point.attributes);
            let series = seriesOfMetric.get(pointKey);
            if (series === undefined) {
              const encoded = this.#labelsOf(name, labels, point.attributes);
              series = { labels: encoded, source, lastTime: time, spacing: undefined, samples: [] };
              seriesOfMetric.set(pointKey, series);
            }
            if (series.samples.length === 0) touched.push(series);
            series.samples.push({ time, value: point.value });
          }
        }
      }
    }
    return { series: touched.map((series) => this.#take(series)), metadata: [...metadata.values()] };
  }

  /** Markers of the series that have ended; forgets them. To be called when the batch that shows it was delivered. */
  takeEnded(): readonly PreparedSeries[] {
    const ended: PreparedSeries[] = [];
    for (const [owner, seriesOfOwner] of this.#known) {
      for (const [metric, seriesOfMetric] of seriesOfOwner) {
        for (const [key, { labels, source, lastTime, spacing }] of seriesOfMetric) {
          const newest = this.#newest.get(source) ?? lastTime;
          const staleness = spacing === undefined ? PROMETHEUS_LOOKBACK : spacing * SPACINGS;
          if (newest - lastTime <= Math.max(this.#staleAfter, staleness)) continue;
          ended.push({ labels, samples: [{ time: newest, value: undefined }] });
          seriesOfMetric.delete(key);
        }
        if (seriesOfMetric.size === 0) seriesOfOwner.delete(metric);
      }
      if (seriesOfOwner.size === 0) this.#known.delete(owner);
    }
    return ended;
  }

  /** Takes the samples of the batch out of a series, and notes their times. */
  #take(series: KnownSeries): PreparedSeries {
    const { labels, samples, source } = series;
    series.samples = [];
    if (samples.length > 1) samples.sort((left, right) => left.time - right.time);
    for (const { time } of samples) {
      const spacing = Math.abs(time - series.lastTime);
      if (spacing > 0) series.spacing = Math.min(spacing, series.spacing ?? spacing);
      if (time > series.lastTime) series.lastTime = time;
    }
    if (series.lastTime > (this.#newest.get(source) ?? 0)) this.#newest.set(source, series.lastTime);
    return { labels, samples };
  }

  #nameOf(data: MetricData): string {
    const { name } = data.descriptor;
    const known = this.#names.get(name) ?? metricName(data);
    this.#names.set(name, known);
    return known;
  }

  #labelsOf(name: string, owner: Attributes, attributes: Attributes): Uint8Array {
    const labels = new Map<string, string>(Object.entries(this.#externalLabels));
    for (const [key, value] of [...Object.entries(owner), ...Object.entries(attributes)]) {
      if (value !== undefined && value !== '') labels.set(labelName(key), String(value));
    }
    return encodeLabels(labels.set('__name__', name));
  }
}

function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
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
