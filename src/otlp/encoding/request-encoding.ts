import {
  type IExportMetricsServiceResponse,
  type ISerializer,
  JsonMetricsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import { emptyResource } from '@opentelemetry/resources';
import type { ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { hasExactValues, withExactTexts, writeExactIntegers } from './exact-integers.ts';
import { pointCount } from './resource-splitting.ts';

/** `proto` is smaller and faster; `json` is for destinations that want it and for reading along. */
export type OtlpEncoding = 'proto' | 'json';

/** One Resource with its points, encoded on its own, so that its size is known before a request is put together. */
export interface EncodedResource {
  readonly resource: ResourceMetrics;
  readonly bytes: Uint8Array;
  readonly points: number;
}

/**
 * What goes into one OTLP request. To the stock exporter, which knows requests of one Resource only, it is one Resource
 * with the metrics of all, so that it can count what it sends.
 */
export class EncodedRequest implements ResourceMetrics {
  readonly parts: readonly EncodedResource[];

  constructor(parts: readonly EncodedResource[]) {
    this.parts = parts;
  }

  get resource(): ResourceMetrics['resource'] {
    return this.parts[0]?.resource.resource ?? emptyResource();
  }

  get scopeMetrics(): ScopeMetrics[] {
    return this.parts.flatMap(({ resource }) => resource.scopeMetrics);
  }
}

/** How a body of many Resources is made out of single ones. Both ways rest on the wire format, not on the library. */
export interface RequestEncoding {
  readonly contentType: string;
  /** Media types of a response in this encoding. */
  readonly responseTypes: ReadonlySet<string>;
  encode(resource: ResourceMetrics): EncodedResource;
  /** For the export delegate: joins the encoded resources of an {@link EncodedRequest} into one body. */
  readonly serializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse>;
}

const JSON_PREFIX = new TextEncoder().encode('{"resourceMetrics":[');
const JSON_SUFFIX = new TextEncoder().encode(']}');
const JSON_COMMA = new TextEncoder().encode(',');

const encodings: Record<OtlpEncoding, RequestEncoding> = {
  proto: makeEncoding(
    ['application/x-protobuf', 'application/protobuf', 'application/octet-stream'],
    ProtobufMetricsSerializer,
    // A message is its fields one after the other, and `resource_metrics` is a repeated field:
    // requests written back to back are one request with all their resources.
    (parts) => concatenate(parts.map(({ bytes }) => bytes)),
    (resource, encode) => {
      const bytes = encode(resource);
      writeExactIntegers(bytes, resource);
      return bytes;
    },
  ),
  json: makeEncoding(
    ['application/json'],
    withoutSchemaInResource(JsonMetricsSerializer),
    (parts) =>
      concatenate([
        JSON_PREFIX,
        ...parts.flatMap(({ bytes }, index) => [
          ...(index === 0 ? [] : [JSON_COMMA]),
          bytes.subarray(JSON_PREFIX.length, bytes.length - JSON_SUFFIX.length),
        ]),
        JSON_SUFFIX,
      ]),
    (resource, encode) => encode(withExactTexts(resource)),
  ),
};

/**
 * The stock serializer writes the schema of a Resource twice: where OTLP has it, beside the Resource, and into the Resource,
 * where strict receivers know no such field.
 */
function withoutSchemaInResource(
  stock: ISerializer<ResourceMetrics, IExportMetricsServiceResponse>,
): ISerializer<ResourceMetrics, IExportMetricsServiceResponse> {
  return {
    deserializeResponse: stock.deserializeResponse,
    serializeRequest: (request) => {
      const bytes = stock.serializeRequest(request);
      const { schemaUrl } = request.resource;
      if (!bytes || !schemaUrl) return bytes;
      const inside = `,"schemaUrl":${JSON.stringify(schemaUrl)}`;
      const place = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(`${inside}}${inside}`);
      return place < 0 ? bytes : concatenate([bytes.subarray(0, place), bytes.subarray(place + inside.length)]);
    },
  };
}

export function requestEncoding(encoding: OtlpEncoding): RequestEncoding {
  return encodings[encoding];
}

function makeEncoding(
  [contentType, ...alsoAnswered]: readonly [string, ...string[]],
  single: ISerializer<ResourceMetrics, IExportMetricsServiceResponse>,
  join: (parts: readonly EncodedResource[]) => Uint8Array,
  encodeExactly: (resource: ResourceMetrics, encode: (resource: ResourceMetrics) => Uint8Array) => Uint8Array,
): RequestEncoding {
  const encodeOne = (part: ResourceMetrics) => single.serializeRequest(part) ?? new Uint8Array();
  const encode = (resource: ResourceMetrics): EncodedResource => ({
    resource,
    bytes: hasExactValues(resource) ? encodeExactly(resource, encodeOne) : encodeOne(resource),
    points: pointCount(resource),
  });
  return {
    contentType,
    responseTypes: new Set([contentType, ...alsoAnswered]),
    encode,
    serializer: {
      serializeRequest: (request) => join(request instanceof EncodedRequest ? request.parts : [encode(request)]),
      deserializeResponse: single.deserializeResponse,
    },
  };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
