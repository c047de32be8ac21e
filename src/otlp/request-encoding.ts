import {
  type IExportMetricsServiceResponse,
  type ISerializer,
  JsonMetricsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { pointCount } from './point-count.ts';

/** `proto` is smaller and faster; `json` is for destinations that want it and for reading along. */
export type OtlpEncoding = 'proto' | 'json';

/** One Resource with its points, encoded on its own, so that its size is known before a request is put together. */
export interface EncodedResource {
  readonly bytes: Uint8Array;
  readonly points: number;
}

/** What goes into one OTLP request. */
export type EncodedRequest = readonly EncodedResource[];

/** How a body of many Resources is made out of single ones. Both ways rest on the wire format, not on the library. */
export interface RequestEncoding {
  readonly contentType: string;
  encode(resource: ResourceMetrics): EncodedResource;
  /** For the export delegate: joins the encoded resources into one body. */
  readonly serializer: ISerializer<EncodedRequest, IExportMetricsServiceResponse>;
}

const JSON_PREFIX = new TextEncoder().encode('{"resourceMetrics":[');
const JSON_SUFFIX = new TextEncoder().encode(']}');
const JSON_COMMA = new TextEncoder().encode(',');

const encodings: Record<OtlpEncoding, RequestEncoding> = {
  proto: makeEncoding('application/x-protobuf', ProtobufMetricsSerializer, (request) =>
    // A message is its fields one after the other, and `resource_metrics` is a repeated field:
    // requests written back to back are one request with all their resources.
    concatenate(request.map((resource) => resource.bytes)),
  ),
  json: makeEncoding('application/json', JsonMetricsSerializer, (request) =>
    concatenate([
      JSON_PREFIX,
      ...request.flatMap((resource, index) => [
        ...(index === 0 ? [] : [JSON_COMMA]),
        resource.bytes.subarray(JSON_PREFIX.length, resource.bytes.length - JSON_SUFFIX.length),
      ]),
      JSON_SUFFIX,
    ]),
  ),
};

export function requestEncoding(encoding: OtlpEncoding): RequestEncoding {
  return encodings[encoding];
}

function makeEncoding(
  contentType: string,
  single: ISerializer<ResourceMetrics, IExportMetricsServiceResponse>,
  join: (request: EncodedRequest) => Uint8Array,
): RequestEncoding {
  return {
    contentType,
    encode: (resource) => ({
      bytes: single.serializeRequest(resource) ?? new Uint8Array(),
      points: pointCount(resource),
    }),
    serializer: { serializeRequest: join, deserializeResponse: single.deserializeResponse },
  };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
