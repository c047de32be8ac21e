import { type Message, OtlpRuleError, type Value } from './message.ts';
import { type Field, fieldsOf, isMessage, type MessageName, type ScalarType } from './schema.ts';

/**
 * Reads an OTLP/JSON message: lowerCamelCase names only, enums as numbers, 64-bit integers as strings or whole
 * numbers, no `null`, no unknown field, one member of a oneof.
 */
export function readJson(
  json: unknown,
  message: MessageName = 'ExportMetricsServiceRequest',
  path = message as string,
): Message {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new OtlpRuleError(path, 'is not an object');
  const result: Record<string, Value> = {};
  const chosen = new Map<string, string>();
  for (const [name, value] of Object.entries(json)) {
    const field = fieldsOf(message).find((candidate) => candidate.json === name);
    const place = `${path}.${name}`;
    if (!field) throw new OtlpRuleError(place, `unknown field of ${message}`);
    if (field.oneof) {
      const other = chosen.get(field.oneof);
      if (other !== undefined) throw new OtlpRuleError(place, `beside ${other}, of which only one may be set`);
      chosen.set(field.oneof, name);
    }
    result[name] = field.repeated ? readList(value, field, place) : readValue(value, field, place);
  }
  return result;
}

function readList(json: unknown, field: Field, path: string): Value[] {
  if (!Array.isArray(json)) throw new OtlpRuleError(path, 'is not a list');
  return json.map((element, index) => readValue(element, field, `${path}[${index}]`));
}

function readValue(json: unknown, field: Field, path: string): Value {
  return isMessage(field.type) ? readJson(json, field.type, path) : readScalar(json, field.type, path);
}

function readScalar(json: unknown, type: ScalarType, path: string): Value {
  switch (type) {
    case 'string':
    case 'bytes':
      if (typeof json === 'string') return json;
      break;
    case 'bool':
      if (typeof json === 'boolean') return json;
      break;
    case 'double':
      if (typeof json === 'number' && Number.isFinite(json)) return json;
      break;
    case 'int64':
    case 'uint64':
    case 'fixed64':
    case 'sfixed64':
      if (typeof json === 'string' && /^-?\d+$/.test(json)) return BigInt(json);
      if (typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json);
      break;
    default:
      if (typeof json === 'number' && Number.isInteger(json)) return json;
  }
  throw new OtlpRuleError(path, `${JSON.stringify(json)} is not a ${type}`);
}
