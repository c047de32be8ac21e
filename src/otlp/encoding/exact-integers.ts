import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { exactValueOf } from '../../metrics/index.ts';
import { descend, fields } from './protobuf-fields.ts';

/** Field numbers of `opentelemetry/proto/metrics/v1/metrics.proto`, from the request down to a number's integer. */
const RESOURCE_METRICS = 1;
const SCOPE_METRICS = 2;
const METRICS = 2;
const GAUGE = 5;
const SUM = 7;
const DATA_POINTS = 1;
const AS_INT = 6;

/** Whether a Resource has integers that the stock encoders, which know numbers only, cannot write. */
export function hasExactValues({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) =>
    metrics.some(({ dataPoints }) => dataPoints.some((point) => exactValueOf(point) !== undefined)),
  );
}

/** Puts exact integers into an encoded request in place of those that are only near them: both have eight bytes. */
export function writeExactIntegers(request: Uint8Array, resource: ResourceMetrics): void {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const whole = { from: 0, to: request.length };
  const encoded = descend(request, [whole], [RESOURCE_METRICS, SCOPE_METRICS, METRICS]).flatMap((metric) =>
    descend(request, [...fields(request, metric, GAUGE), ...fields(request, metric, SUM)], [DATA_POINTS]),
  );
  const points = resource.scopeMetrics.flatMap(({ metrics }) => metrics.filter(hasNumbers).flatMap(pointsOf));
  if (points.length !== encoded.length) throw new Error('the encoder left out points, or added some');
  points.forEach((point, index) => {
    const exact = exactValueOf(point);
    const place = encoded[index];
    const [integer] = exact === undefined || !place ? [] : fields(request, place, AS_INT);
    if (exact !== undefined && integer) view.setBigInt64(integer.from, exact, true);
  });
}

/** For JSON: integers as texts of their digits, as the protocol writes those of 64 bits. */
export function withExactTexts(resource: ResourceMetrics): ResourceMetrics {
  const scopeMetrics = resource.scopeMetrics.map((scope) => ({
    ...scope,
    metrics: scope.metrics.map((metric) => {
      const dataPoints = pointsOf(metric).map((point) => {
        const exact = exactValueOf(point);
        return exact === undefined ? point : { ...point, value: { toJSON: () => String(exact) } };
      });
      return { ...metric, dataPoints } as MetricData;
    }),
  }));
  return { resource: resource.resource, scopeMetrics };
}

function hasNumbers({ dataPointType }: MetricData): boolean {
  return dataPointType === DataPointType.GAUGE || dataPointType === DataPointType.SUM;
}

function pointsOf(metric: MetricData): readonly object[] {
  return metric.dataPoints;
}
