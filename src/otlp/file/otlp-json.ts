import { type Attributes, type AttributeValue, type HrTime, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { z } from 'zod';
import type { ExactPoint } from '../../metrics/index.ts';

/**
 * OTLP/JSON of metrics (opentelemetry-proto, "JSON Protobuf Encoding"): integers of 64 bits are texts of digits, or
 * numbers; what is not there has its default; fields that a reader does not know are passed over.
 */
const integer64 = z
  .union([z.string().regex(/^-?\d{1,20}$/), z.int()], { error: 'must be an integer' })
  .transform((digits) => BigInt(digits));
const nanoseconds = integer64.transform(hrTimeOf).default([0, 0]);
const count = integer64.transform(Number);
/** JSON has no word for these, so that the encoding writes them as texts. */
const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);

const attributes = z
  .array(z.object({ key: z.string(), value: z.unknown() }))
  .default([])
  .transform((pairs, context): Attributes => {
    const found: Attributes = {};
    for (const { key, value } of pairs) {
      const known = attributeValue(value);
      if (known === undefined)
        context.addIssue({ code: 'custom', message: `attribute ${key} has a value of no known kind` });
      else found[key] = known;
    }
    return found;
  });

const times = { attributes, startTimeUnixNano: nanoseconds, timeUnixNano: nanoseconds };
const numberPoint = z.object({ ...times, asDouble: double.optional(), asInt: integer64.optional() });
const range = { sum: double.exactOptional(), min: double.exactOptional(), max: double.exactOptional() };
const histogramPoint = z.object({
  ...times,
  ...range,
  count,
  bucketCounts: z.array(count).default([]),
  explicitBounds: z.array(double).default([]),
});
const buckets = z.object({ offset: z.int().default(0), bucketCounts: z.array(count).default([]) }).prefault({});
const exponentialPoint = z.object({
  ...times,
  ...range,
  count,
  scale: z.int().default(0),
  zeroCount: count.default(0),
  positive: buckets,
  negative: buckets,
});

/** Their numbers in the protocol, or the names that the JSON encoding allows as well. */
const temporality = z
  .union([
    z.literal([1, 'AGGREGATION_TEMPORALITY_DELTA']).transform(() => AggregationTemporality.DELTA),
    z.literal([2, 'AGGREGATION_TEMPORALITY_CUMULATIVE']).transform(() => AggregationTemporality.CUMULATIVE),
  ])
  .optional();

const metric = z.object({
  name: z.string().min(1),
  description: z.string().default(''),
  unit: z.string().default(''),
  gauge: z.object({ dataPoints: z.array(numberPoint).default([]) }).optional(),
  sum: z
    .object({
      dataPoints: z.array(numberPoint).default([]),
      aggregationTemporality: temporality,
      isMonotonic: z.boolean().default(false),
    })
    .optional(),
  histogram: z
    .object({ dataPoints: z.array(histogramPoint).default([]), aggregationTemporality: temporality })
    .optional(),
  exponentialHistogram: z
    .object({ dataPoints: z.array(exponentialPoint).default([]), aggregationTemporality: temporality })
    .optional(),
});

const scope = z
  .object({ name: z.string().default(''), version: z.string().optional(), attributes: attributes.optional() })
  .prefault({});

const request = z.object({
  resourceMetrics: z.array(
    z.object({
      resource: z.object({ attributes }).prefault({}),
      schemaUrl: z.string().default(''),
      scopeMetrics: z
        .array(
          z.object({
            scope,
            schemaUrl: z.string().default(''),
            metrics: z.array(metric.transform(metricData)).default([]),
          }),
        )
        .default([]),
    }),
  ),
});

/**
 * Reads one request.
 * @throws {SyntaxError} for what is no JSON, {@link z.ZodError} for what is no OTLP, or has what the SDK has no place
 *   for: summaries, points without a value, attributes that are maps or bytes
 */
export function readOtlpJson(text: string): readonly ResourceMetrics[] {
  return request.parse(JSON.parse(text)).resourceMetrics.map(({ resource, schemaUrl, scopeMetrics }) => ({
    resource: resourceFromAttributes(resource.attributes, schemaUrl === '' ? {} : { schemaUrl }),
    scopeMetrics: scopeMetrics.map(
      ({ scope: { name, version, attributes: ofScope }, schemaUrl: ofScopes, metrics }) => ({
        scope: {
          name,
          ...(version === undefined ? {} : { version }),
          ...(ofScope === undefined || Object.keys(ofScope).length === 0 ? {} : { attributes: ofScope }),
          ...(ofScopes === '' ? {} : { schemaUrl: ofScopes }),
        },
        metrics,
      }),
    ),
  }));
}

function metricData(read: z.output<typeof metric>, context: z.RefinementCtx): MetricData {
  const { name, description, unit, gauge, sum, histogram, exponentialHistogram } = read;
  const descriptor = { name, description, unit, valueType: ValueType.DOUBLE };
  const cumulative = AggregationTemporality.CUMULATIVE;
  if (gauge) {
    const { valueType, dataPoints } = numbersOf(gauge.dataPoints, context);
    const aggregationTemporality = cumulative;
    return {
      descriptor: { ...descriptor, valueType },
      aggregationTemporality,
      dataPointType: DataPointType.GAUGE,
      dataPoints,
    };
  }
  if (sum) {
    const { valueType, dataPoints } = numbersOf(sum.dataPoints, context);
    return {
      descriptor: { ...descriptor, valueType },
      aggregationTemporality: demand(sum.aggregationTemporality, context),
      dataPointType: DataPointType.SUM,
      isMonotonic: sum.isMonotonic,
      dataPoints,
    };
  }
  if (histogram) {
    return {
      descriptor,
      aggregationTemporality: demand(histogram.aggregationTemporality, context),
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: histogram.dataPoints.map((point): DataPoint<Histogram> => {
        const { explicitBounds: boundaries, bucketCounts: counts, ...value } = withoutPlace(point);
        return placed(point, { ...value, buckets: { boundaries, counts } });
      }),
    };
  }
  if (exponentialHistogram) {
    return {
      descriptor,
      aggregationTemporality: demand(exponentialHistogram.aggregationTemporality, context),
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      dataPoints: exponentialHistogram.dataPoints.map(
        (point): DataPoint<ExponentialHistogram> => placed(point, withoutPlace(point)),
      ),
    };
  }
  context.addIssue({ code: 'custom', message: `metric ${name} is no gauge, sum or histogram` });
  return z.NEVER;
}

interface Placed {
  readonly attributes: Attributes;
  readonly startTimeUnixNano: HrTime;
  readonly timeUnixNano: HrTime;
}

function placed<Value>({ attributes: of, startTimeUnixNano, timeUnixNano }: Placed, value: Value): DataPoint<Value> {
  return { startTime: startTimeUnixNano, endTime: timeUnixNano, attributes: of, value };
}

/** In the SDK a metric has one type of numbers, in the protocol each point has its own. */
function numbersOf(points: readonly z.output<typeof numberPoint>[], context: z.RefinementCtx) {
  const valueType = points.every(({ asInt }) => asInt !== undefined) ? ValueType.INT : ValueType.DOUBLE;
  const dataPoints = points.map((point): DataPoint<number> | ExactPoint => {
    const { asInt, asDouble } = point;
    const value = asInt ?? asDouble;
    if (value === undefined || (valueType === ValueType.DOUBLE && asInt !== undefined)) {
      const what = value === undefined ? 'a point has no value' : 'integers and other numbers stand in one metric';
      context.addIssue({ code: 'custom', message: what });
      return z.NEVER;
    }
    const number = placed(point, Number(value));
    return typeof value === 'bigint' && !Number.isSafeInteger(number.value) ? { ...number, exactValue: value } : number;
  });
  return { valueType, dataPoints };
}

function demand(known: AggregationTemporality | undefined, context: z.RefinementCtx): AggregationTemporality {
  if (known === undefined) context.addIssue({ code: 'custom', message: 'a metric does not say its temporality' });
  return known ?? AggregationTemporality.CUMULATIVE;
}

function withoutPlace<Point extends Placed>(point: Point): Omit<Point, keyof Placed> {
  const { attributes: _, startTimeUnixNano: _start, timeUnixNano: _end, ...value } = point;
  return value;
}

/** The kinds of values that the SDK knows. */
const anyValue = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
  z.object({ intValue: integer64 }).transform(({ intValue }) => Number(intValue)),
  z.object({ doubleValue: double }).transform(({ doubleValue }) => doubleValue),
]);
const arrayValue = z
  .object({ arrayValue: z.object({ values: z.array(anyValue).default([]) }) })
  .transform(({ arrayValue: { values } }) => values as AttributeValue);

function attributeValue(value: unknown): AttributeValue | undefined {
  return anyValue.or(arrayValue).safeParse(value).data;
}

function hrTimeOf(time: bigint): HrTime {
  return [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)];
}
