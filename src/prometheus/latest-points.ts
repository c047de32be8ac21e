import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Clock } from '../base/clock/clock.ts';
import { exactValueOf } from '../metrics/index.ts';
import { attributesKey, informationMetricOf, ownerOf, type SeriesOwner } from './labels.ts';

interface Series {
  readonly point: DataPoint<unknown>;
  /** When it came, by the monotonic clock. */
  readonly receivedAt: number;
}

interface Metric {
  readonly data: MetricData;
  readonly series: Map<string, Series>;
}

/**
 * Keeps the newest point of every series for an occasional reader. A series without a point for `expiration` is
 * removed: a partition that was deleted, moved or switched off disappears instead of keeping its last value forever.
 */
export class LatestPoints {
  readonly #clock: Clock;
  readonly #expiration: number;
  readonly #metrics = new Map<string, Metric>();
  /** The latest description of each entity, by owner. */
  readonly #descriptions = new Map<string, Attributes>();

  readonly #hasProject: boolean;

  /**
   * @param expiration milliseconds
   * @param hasProject whether series of partitions that are instances of a cloud have its project as a label
   */
  constructor(clock: Clock, expiration: number, hasProject = false) {
    this.#clock = clock;
    this.#expiration = expiration;
    this.#hasProject = hasProject;
  }

  /** Takes the points of a batch that are newer than what is known of their series. */
  add(batch: readonly ResourceMetrics[]): void {
    const receivedAt = this.#clock.monotonic();
    for (const { resource, scopeMetrics } of batch) {
      const owner = this.#ownerOf(resource.attributes);
      const information = informationMetricOf(resource.attributes);
      let description: Attributes | undefined;
      for (const { metrics } of scopeMetrics) {
        for (const data of metrics) {
          if (data.descriptor.name !== information?.name) this.#addPoints(data, owner, receivedAt);
          else description = data.dataPoints.find(({ value }) => value === 1)?.attributes;
        }
      }
      const time = scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.endTime;
      this.#addInformation(resource, owner, description, time, receivedAt);
    }
  }

  #ownerOf(attributes: Attributes): SeriesOwner {
    const owner = ownerOf(attributes);
    const project = attributes['openstack.project.id'];
    return !this.#hasProject || project === undefined ? owner : { ...owner, labels: { ...owner.labels, project } };
  }

  collect(): ResourceMetrics {
    this.#forgetExpired();
    const metrics = [...this.#metrics.values()].map(
      ({ data, series }) => ({ ...data, dataPoints: [...series.values()].map(({ point }) => point) }) as MetricData,
    );
    const scopeMetrics = [{ scope: { name: 'otel-powervm' }, metrics }];
    return { resource: resourceFromAttributes({}), scopeMetrics };
  }

  #addPoints(data: MetricData, { key, labels }: SeriesOwner, receivedAt: number): void {
    const { series } = this.#metric(data);
    for (const point of data.dataPoints) {
      const seriesKey = key + attributesKey(point.attributes);
      const known = series.get(seriesKey);
      if (known && isOlder(point.endTime, known.point.endTime)) continue;
      // The stock page writes a value as text, whatever its type.
      const value = exactValueOf(point) ?? point.value;
      series.set(seriesKey, { point: { ...point, value, attributes: { ...labels, ...point.attributes } }, receivedAt });
    }
  }

  /** One series for an entity, replaced when its description changes. */
  #addInformation(
    { attributes: identity }: Resource,
    { key }: SeriesOwner,
    description: Attributes | undefined,
    time: HrTime | undefined,
    receivedAt: number,
  ): void {
    const information = informationMetricOf(identity);
    if (!information || !time) return;
    const { series } = this.#metric({
      descriptor: { ...information, unit: '1', valueType: ValueType.INT },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints: [],
    });
    // What a late document brings does not describe its entity again.
    if (description) this.#descriptions.set(key, description);
    const attributes = { ...identity, ...this.#descriptions.get(key) };
    series.set(key, { point: { startTime: time, endTime: time, attributes, value: 1 }, receivedAt });
  }

  #metric(data: MetricData): Metric {
    const { name } = data.descriptor;
    const known = this.#metrics.get(name) ?? { data, series: new Map<string, Series>() };
    this.#metrics.set(name, known);
    return known;
  }

  #forgetExpired(): void {
    const oldest = this.#clock.monotonic() - this.#expiration;
    for (const [name, { series }] of this.#metrics) {
      for (const [key, { receivedAt }] of series) {
        if (receivedAt >= oldest) continue;
        series.delete(key);
        this.#descriptions.delete(key);
      }
      if (series.size === 0) this.#metrics.delete(name);
    }
  }
}

function isOlder([seconds, nanoseconds]: HrTime, [otherSeconds, otherNanoseconds]: HrTime): boolean {
  return seconds === otherSeconds ? nanoseconds < otherNanoseconds : seconds < otherSeconds;
}
