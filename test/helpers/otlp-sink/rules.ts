import { type Message, OtlpRuleError, type Value } from './message.ts';

/** One point as a test wants to see it. */
export interface ReceivedPoint {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  readonly temporality: 'delta' | 'cumulative' | undefined;
  readonly monotonic: boolean | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
  /** The number of a sum or gauge; the count of a histogram. */
  readonly value: number | bigint;
}

/** Applies the rules that a well-formed message can still break, and lists the points. */
export function checkRequest(request: Message): ReceivedPoint[] {
  return list(request.resourceMetrics).flatMap((resourceMetrics, resourceIndex) => {
    const path = `resourceMetrics[${resourceIndex}]`;
    const resource = readAttributes(messageOf(resourceMetrics.resource).attributes, `${path}.resource`);
    return list(resourceMetrics.scopeMetrics).flatMap((scopeMetrics) =>
      list(scopeMetrics.metrics).flatMap((metric) =>
        checkMetric(metric, path).map((point) => ({
          ...point,
          resource,
          scope: String(messageOf(scopeMetrics.scope).name ?? ''),
        })),
      ),
    );
  });
}

type PointOfMetric = Omit<ReceivedPoint, 'resource' | 'scope'>;

function checkMetric(metric: Message, parent: string): PointOfMetric[] {
  const name = String(metric.name ?? '');
  const path = `${parent} metric '${name}'`;
  if (!/^[A-Za-z][A-Za-z0-9_./-]{0,254}$/.test(name)) throw new OtlpRuleError(path, 'is not a valid instrument name');
  const kind = (['gauge', 'sum', 'histogram'] as const).find((candidate) => metric[candidate] !== undefined);
  if (!kind) throw new OtlpRuleError(path, 'has no data');
  const data = messageOf(metric[kind]);
  if (kind !== 'gauge' && data.aggregationTemporality !== 1 && data.aggregationTemporality !== 2) {
    throw new OtlpRuleError(path, 'a sum or histogram without temporality');
  }
  const points = list(data.dataPoints);
  if (points.length === 0) throw new OtlpRuleError(path, 'has no points');
  return points.map((point) => ({
    metric: name,
    unit: String(metric.unit ?? ''),
    kind,
    temporality: kind === 'gauge' ? undefined : data.aggregationTemporality === 1 ? 'delta' : 'cumulative',
    monotonic: kind === 'sum' ? data.isMonotonic === true : undefined,
    ...checkPoint(point, kind, path),
  }));
}

function checkPoint(point: Message, kind: ReceivedPoint['kind'], path: string) {
  const timeUnixNano = typeof point.timeUnixNano === 'bigint' ? point.timeUnixNano : 0n;
  const startTimeUnixNano = typeof point.startTimeUnixNano === 'bigint' ? point.startTimeUnixNano : 0n;
  if (timeUnixNano === 0n) throw new OtlpRuleError(path, 'timeUnixNano is 0');
  if (startTimeUnixNano > timeUnixNano) throw new OtlpRuleError(path, 'startTimeUnixNano is after timeUnixNano');
  return {
    timeUnixNano,
    startTimeUnixNano,
    attributes: readAttributes(point.attributes, path),
    value: kind === 'histogram' ? checkHistogram(point, path) : checkNumber(point, path),
  };
}

function checkNumber(point: Message, path: string): number | bigint {
  if (typeof point.asInt === 'bigint') return point.asInt;
  if (typeof point.asDouble === 'number' && Number.isFinite(point.asDouble)) return point.asDouble;
  throw new OtlpRuleError(path, `a point without a finite value: ${String(point.asDouble)}`);
}

function checkHistogram(point: Message, path: string): bigint {
  const counts = (point.bucketCounts as readonly Value[] | undefined) ?? [];
  const bounds = (point.explicitBounds as readonly Value[] | undefined) ?? [];
  const count = typeof point.count === 'bigint' ? point.count : 0n;
  const total = counts.reduce<bigint>((sum, bucket) => sum + BigInt(bucket as bigint), 0n);
  if (counts.length > 0 && counts.length !== bounds.length + 1)
    throw new OtlpRuleError(path, 'buckets do not fit the bounds');
  if (counts.length > 0 && total !== count) throw new OtlpRuleError(path, 'the buckets do not add up to the count');
  for (const name of ['sum', 'min', 'max']) {
    const number = point[name];
    if (number !== undefined && !Number.isFinite(number)) throw new OtlpRuleError(path, `${name} is not finite`);
  }
  return count;
}

function readAttributes(attributes: Value | undefined, path: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const attribute of list(attributes)) {
    const key = attribute.key;
    if (typeof key !== 'string' || key === '') throw new OtlpRuleError(path, 'an attribute without a key');
    if (key in result) throw new OtlpRuleError(path, `the attribute '${key}' twice`);
    result[key] = readAnyValue(messageOf(attribute.value), `${path} attribute '${key}'`);
  }
  return result;
}

function readAnyValue(value: Message, path: string): unknown {
  const [name, content] = Object.entries(value)[0] ?? [];
  if (name === undefined) throw new OtlpRuleError(path, 'has no value');
  if (name === 'arrayValue') return list(messageOf(content).values).map((element) => readAnyValue(element, path));
  return name === 'intValue' ? Number(content) : content;
}

function list(value: Value | undefined): readonly Message[] {
  return (value as readonly Message[] | undefined) ?? [];
}

function messageOf(value: Value | undefined): Message {
  return (value as Message | undefined) ?? {};
}
