import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer';
import type { HttpBytes } from '../../base/http/http-client.ts';
import { printable } from '../../base/text/printable.ts';
import type { RequestEncoding } from '../encoding/request-encoding.ts';

const MAX_QUOTE_LENGTH = 120;
const READ_FOR_QUOTE = 4_096;
/** Key of the only field of a response in protobuf. Almost any text passes for unknown fields of a message. */
const FIRST_BYTE = 0x0a;

/**
 * A success in the words of HTTP whose body is no response of OTLP: a login page, a captive proxy, another service. Who
 * answers so has taken nothing.
 */
export class NotOtlpResponse extends Error {
  override readonly name = 'NotOtlpAnswer';
}

/**
 * Reads the body of a response with a status of 2xx. An empty one is a full success, whatever its type says, but for a
 * page: many receivers send neither body nor type.
 * @param redact takes out of a text what the response may have repeated of the request
 * @throws {NotOtlpResponse} for what no OTLP receiver answers; its message has the beginning of the body
 */
export function readOtlpResponse(
  { statusCode, headers, body }: HttpBytes,
  encoding: RequestEncoding,
  redact: (text: string) => string,
): IExportMetricsServiceResponse {
  const type = mediaType(headers['content-type']);
  const refuse = (reason: string) => new NotOtlpResponse(`${statusCode} ${reason}${quote(body, redact)}`);
  if (type === 'text/html') throw refuse('with an HTML page');
  if (body.length === 0) return {};
  if (type !== '' && type !== 'application/json' && !encoding.responseTypes.has(type)) {
    throw refuse(`with ${printable(type)}`);
  }
  const isJson = type === 'application/json' || (type === '' && encoding.contentType === 'application/json');
  const response = isJson
    ? parseJson(body)
    : type === '' && body[0] !== FIRST_BYTE
      ? undefined
      : decode(body, encoding);
  if (!response) throw refuse(`with a body that is not ${isJson ? 'JSON' : 'protobuf'} of OTLP`);
  // A JSON response to protobuf violates the protocol, so only unambiguous JSON is accepted.
  if (isJson && encoding.contentType !== 'application/json' && Object.keys(response).some((key) => !isKnown(key))) {
    throw refuse('with JSON that is not of OTLP');
  }
  return response;
}

function isKnown(key: string): boolean {
  return key === 'partialSuccess' || key === 'partial_success';
}

function mediaType(header = ''): string {
  return (header.split(';')[0] ?? '').trim().toLowerCase();
}

function decode(body: Buffer, { serializer }: RequestEncoding): IExportMetricsServiceResponse | undefined {
  try {
    return serializer.deserializeResponse(body);
  } catch {
    return undefined;
  }
}

function parseJson(body: Buffer): IExportMetricsServiceResponse | undefined {
  try {
    const response: unknown = JSON.parse(body.toString('utf8'));
    if (!isObject(response)) return undefined;
    const partial = response.partialSuccess ?? response.partial_success;
    if (partial === undefined || partial === null) return response;
    return isObject(partial) ? { partialSuccess: readPartialSuccess(partial) } : undefined;
  } catch {
    return undefined;
  }
}

/** Integers of 64 bits are texts in JSON, or numbers. */
function readPartialSuccess(partial: Readonly<Record<string, unknown>>) {
  const { rejectedDataPoints = partial.rejected_data_points, errorMessage = partial.error_message } = partial;
  const rejected = Number(rejectedDataPoints ?? 0);
  return {
    rejectedDataPoints: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0,
    errorMessage: typeof errorMessage === 'string' ? errorMessage : '',
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Redacted before it is cut, so that no half of a secret is left. */
function quote(body: Buffer, redact: (text: string) => string): string {
  const beginning = redact(body.subarray(0, READ_FOR_QUOTE).toString('utf8'));
  const text = printable(beginning.replaceAll(/\s+/g, ' ')).trim().slice(0, MAX_QUOTE_LENGTH);
  return text === '' ? '' : `, beginning with: ${text}`;
}
