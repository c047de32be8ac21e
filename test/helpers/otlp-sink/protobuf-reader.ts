import { type Message, OtlpRuleError, type Value } from './message.ts';
import { type Field, fieldsOf, isMessage, type MessageName, type ScalarType } from './schema.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

const wireTypes: Record<ScalarType, number> = {
  string: LENGTH_DELIMITED,
  bytes: LENGTH_DELIMITED,
  bool: VARINT,
  enum: VARINT,
  int32: VARINT,
  uint32: VARINT,
  int64: VARINT,
  uint64: VARINT,
  sint32: VARINT,
  double: FIXED64,
  fixed64: FIXED64,
  sfixed64: FIXED64,
};

/** Reads a protobuf message and refuses unknown fields, wrong wire types, truncation and two members of a oneof. */
export function readProtobuf(
  bytes: Uint8Array,
  message: MessageName = 'ExportMetricsServiceRequest',
  path = message as string,
): Message {
  const reader = new Reader(bytes, path);
  const result: Record<string, Value> = {};
  const chosen = new Map<string, string>();
  while (!reader.atEnd) {
    const tag = Number(reader.varint());
    const field = fieldsOf(message).find((candidate) => candidate.number === tag >>> 3);
    if (!field) throw new OtlpRuleError(path, `unknown field number ${tag >>> 3} of ${message}`);
    const place = `${path}.${field.json}`;
    const values = readField(reader, field, tag & 7, place);
    if (field.oneof) {
      const other = chosen.get(field.oneof);
      if (other !== undefined && other !== field.json)
        throw new OtlpRuleError(place, `beside ${other}, of which only one may be set`);
      chosen.set(field.oneof, field.json);
    }
    if (field.repeated) result[field.json] = [...((result[field.json] as Value[] | undefined) ?? []), ...values];
    else if (values[0] !== undefined) result[field.json] = values[0];
  }
  return result;
}

function readField(reader: Reader, field: Field, wireType: number, path: string): Value[] {
  if (isMessage(field.type)) {
    if (wireType !== LENGTH_DELIMITED) throw new OtlpRuleError(path, `wire type ${wireType} for a message`);
    return [readProtobuf(reader.bytes(), field.type, path)];
  }
  const expected = wireTypes[field.type];
  if (wireType === expected) return [readScalar(reader, field.type)];
  // Repeated numbers are packed into one length-delimited field.
  if (field.repeated && wireType === LENGTH_DELIMITED) {
    const packed = new Reader(reader.bytes(), path);
    const values: Value[] = [];
    while (!packed.atEnd) values.push(readScalar(packed, field.type));
    return values;
  }
  throw new OtlpRuleError(path, `wire type ${wireType} where ${expected} belongs`);
}

function readScalar(reader: Reader, type: ScalarType): Value {
  switch (type) {
    case 'string':
      return new TextDecoder('utf-8', { fatal: true }).decode(reader.bytes());
    case 'bytes':
      return reader.bytes();
    case 'bool':
      return reader.varint() !== 0n;
    case 'double':
      return reader.double();
    case 'fixed64':
      return reader.fixed64();
    case 'sfixed64':
      return BigInt.asIntN(64, reader.fixed64());
    case 'int64':
      return BigInt.asIntN(64, reader.varint());
    case 'uint64':
      return reader.varint();
    default:
      return Number(BigInt.asIntN(32, reader.varint()));
  }
}

class Reader {
  readonly #view: DataView;
  readonly #path: string;
  #position = 0;

  constructor(bytes: Uint8Array, path: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#path = path;
  }

  get atEnd(): boolean {
    return this.#position >= this.#view.byteLength;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#view.getUint8(this.#take(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new OtlpRuleError(this.#path, 'a varint of more than ten bytes');
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  bytes(): Uint8Array {
    const length = Number(this.varint());
    const start = this.#take(length);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length);
  }

  #take(length: number): number {
    const start = this.#position;
    if (start + length > this.#view.byteLength) throw new OtlpRuleError(this.#path, 'the message ends too early');
    this.#position += length;
    return start;
  }
}
