/**
 * The messages of an OTLP metrics request: field number, JSON name and type, as the protocol defines them.
 * A table for a strict reader; it shares nothing with the exporter under test.
 */
export type ScalarType =
  | 'string'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'fixed64'
  | 'sfixed64'
  | 'sint32'
  | 'uint64'
  | 'enum';

export interface Field {
  readonly number: number;
  readonly json: string;
  readonly type: ScalarType | MessageName;
  readonly repeated?: true;
  /** Fields of one oneof group exclude each other. */
  readonly oneof?: string;
  /** For enums: the values that may be sent. */
  readonly values?: readonly number[];
}

const field = (number: number, json: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  number,
  json,
  type,
  ...more,
});
const many = (number: number, json: string, type: Field['type']): Field =>
  field(number, json, type, { repeated: true });

const temporality = (number: number): Field => field(number, 'aggregationTemporality', 'enum', { values: [1, 2] });

const schema = {
  ExportMetricsServiceRequest: [many(1, 'resourceMetrics', 'ResourceMetrics')],
  ResourceMetrics: [
    field(1, 'resource', 'Resource'),
    many(2, 'scopeMetrics', 'ScopeMetrics'),
    field(3, 'schemaUrl', 'string'),
  ],
  ScopeMetrics: [
    field(1, 'scope', 'InstrumentationScope'),
    many(2, 'metrics', 'Metric'),
    field(3, 'schemaUrl', 'string'),
  ],
  Resource: [
    many(1, 'attributes', 'KeyValue'),
    field(2, 'droppedAttributesCount', 'uint32'),
    many(3, 'entityRefs', 'EntityRef'),
  ],
  EntityRef: [
    field(1, 'schemaUrl', 'string'),
    field(2, 'type', 'string'),
    many(3, 'idKeys', 'string'),
    many(4, 'descriptionKeys', 'string'),
  ],
  InstrumentationScope: [
    field(1, 'name', 'string'),
    field(2, 'version', 'string'),
    many(3, 'attributes', 'KeyValue'),
    field(4, 'droppedAttributesCount', 'uint32'),
  ],
  KeyValue: [field(1, 'key', 'string'), field(2, 'value', 'AnyValue'), field(3, 'keyStrindex', 'int32')],
  AnyValue: [
    field(1, 'stringValue', 'string', { oneof: 'value' }),
    field(2, 'boolValue', 'bool', { oneof: 'value' }),
    field(3, 'intValue', 'int64', { oneof: 'value' }),
    field(4, 'doubleValue', 'double', { oneof: 'value' }),
    field(5, 'arrayValue', 'ArrayValue', { oneof: 'value' }),
    field(6, 'kvlistValue', 'KeyValueList', { oneof: 'value' }),
    field(7, 'bytesValue', 'bytes', { oneof: 'value' }),
    field(8, 'stringValueStrindex', 'int32', { oneof: 'value' }),
  ],
  ArrayValue: [many(1, 'values', 'AnyValue')],
  KeyValueList: [many(1, 'values', 'KeyValue')],
  Metric: [
    field(1, 'name', 'string'),
    field(2, 'description', 'string'),
    field(3, 'unit', 'string'),
    field(5, 'gauge', 'Gauge', { oneof: 'data' }),
    field(7, 'sum', 'Sum', { oneof: 'data' }),
    field(9, 'histogram', 'Histogram', { oneof: 'data' }),
    many(12, 'metadata', 'KeyValue'),
  ],
  Gauge: [many(1, 'dataPoints', 'NumberDataPoint')],
  Sum: [many(1, 'dataPoints', 'NumberDataPoint'), temporality(2), field(3, 'isMonotonic', 'bool')],
  Histogram: [many(1, 'dataPoints', 'HistogramDataPoint'), temporality(2)],
  NumberDataPoint: [
    field(2, 'startTimeUnixNano', 'fixed64'),
    field(3, 'timeUnixNano', 'fixed64'),
    field(4, 'asDouble', 'double', { oneof: 'value' }),
    many(5, 'exemplars', 'Exemplar'),
    field(6, 'asInt', 'sfixed64', { oneof: 'value' }),
    many(7, 'attributes', 'KeyValue'),
    field(8, 'flags', 'uint32'),
  ],
  HistogramDataPoint: [
    field(2, 'startTimeUnixNano', 'fixed64'),
    field(3, 'timeUnixNano', 'fixed64'),
    field(4, 'count', 'fixed64'),
    field(5, 'sum', 'double'),
    many(6, 'bucketCounts', 'fixed64'),
    many(7, 'explicitBounds', 'double'),
    many(8, 'exemplars', 'Exemplar'),
    many(9, 'attributes', 'KeyValue'),
    field(10, 'flags', 'uint32'),
    field(11, 'min', 'double'),
    field(12, 'max', 'double'),
  ],
  Exemplar: [
    field(2, 'timeUnixNano', 'fixed64'),
    field(3, 'asDouble', 'double', { oneof: 'value' }),
    field(4, 'spanId', 'bytes'),
    field(5, 'traceId', 'bytes'),
    field(6, 'asInt', 'sfixed64', { oneof: 'value' }),
    many(7, 'filteredAttributes', 'KeyValue'),
  ],
} as const satisfies Record<string, readonly Field[]>;

export type MessageName =
  | 'ExportMetricsServiceRequest'
  | 'ResourceMetrics'
  | 'ScopeMetrics'
  | 'Resource'
  | 'EntityRef'
  | 'InstrumentationScope'
  | 'KeyValue'
  | 'AnyValue'
  | 'ArrayValue'
  | 'KeyValueList'
  | 'Metric'
  | 'Gauge'
  | 'Sum'
  | 'Histogram'
  | 'NumberDataPoint'
  | 'HistogramDataPoint'
  | 'Exemplar';

export function fieldsOf(message: MessageName): readonly Field[] {
  return schema[message];
}

export function isMessage(type: Field['type']): type is MessageName {
  return type in schema;
}
