import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { CeilometerSample, JsonObject, JsonValue } from '../samples/sample.ts';

/**
 * Samples as the gauges of the page that Ceilometer's polling agent serves since release 24
 * (`[polling] enable_prometheus_exporter`): `ceilometer_<meter with underscores>`, whatever the type of the meter is, with
 * the labels of its `prom_exporter.py`, and the flavor's as sg-core has them. A label without a value is left out.
 * @returns one Resource for each instance, whose series end with it
 */
export function prometheusGauges(samples: readonly CeilometerSample[]): readonly ResourceMetrics[] {
  const instances = new Map<string, CeilometerSample[]>();
  for (const sample of samples) {
    const id = text(sample.resource_metadata.instance_id) ?? sample.resource_id;
    const found = instances.get(id);
    if (found) found.push(sample);
    else instances.set(id, [sample]);
  }
  return [...instances].map(([id, ofInstance]) => ({
    resource: resourceFromAttributes({ 'openstack.instance.id': id }),
    scopeMetrics: [{ scope: { name: 'otel-powervm' }, metrics: gaugesOf(ofInstance) }],
  }));
}

function gaugesOf(samples: readonly CeilometerSample[]): MetricData[] {
  const points = new Map<string, DataPoint<number>[]>();
  for (const sample of samples) {
    const name = `ceilometer_${sample.name.replaceAll('.', '_')}`;
    const time = hrTime(sample.timestamp);
    const point = { startTime: time, endTime: time, attributes: labelsOf(sample), value: sample.volume };
    const found = points.get(name);
    if (found) found.push(point);
    else points.set(name, [point]);
  }
  return [...points].map(([name, dataPoints]) => ({
    descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE as const,
    dataPoints,
  }));
}

function labelsOf({ name, unit, project_id, user_id, resource_id, resource_metadata }: CeilometerSample): Attributes {
  const [first = name, second = first, third = resource_id] = name.split('.');
  const { host, display_name, name: own, user_metadata, flavor } = resource_metadata;
  const names = [display_name, own].map(text).filter((part) => part !== undefined);
  return present({
    [first]: third,
    publisher: 'ceilometer',
    type: second,
    counter: name,
    project: project_id ?? undefined,
    user: user_id ?? undefined,
    unit,
    resource: resource_id,
    vm_instance: text(host),
    resource_name: names.length === 0 ? undefined : names.join(':'),
    // The group of an autoscaling set, which queries of Heat and Aodh select by; on every series, as there.
    server_group: text(mapOf(user_metadata).server_group) ?? 'none',
    flavor_id: text(mapOf(flavor).id),
    flavor_name: text(mapOf(flavor).name),
  });
}

function present(labels: Readonly<Record<string, string | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== undefined && value !== ''));
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function mapOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** @param timestamp naive UTC, as samples have it */
function hrTime(timestamp: string): HrTime {
  const milliseconds = Date.parse(`${timestamp}Z`);
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6];
}
