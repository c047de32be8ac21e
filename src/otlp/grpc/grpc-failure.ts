import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { describeError, ExportError } from '../../base/errors/errors.ts';
import { descend, integerAt } from '../encoding/protobuf-fields.ts';

/** What `@grpc/grpc-js` makes of a call that failed, as far as it is read here. */
interface ServiceError {
  readonly code: number;
  readonly details: string;
  readonly metadata?: { get(key: string): readonly unknown[] };
}

/** Numbers of gRPC's status codes (grpc.io, "Status codes and their use in gRPC"). */
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
/** Not found, permission denied, unimplemented, unauthenticated: someone has to correct an address or a token. */
const DENIED = new Set([5, 7, 12, 16]);
/** How receivers in Go, Java and C++ say that a message is too large: `RESOURCE_EXHAUSTED`, as when they are busy. */
const TOO_LARGE = /larger than|exceeds maximum|too large/i;
/** `grpc.status.details`: the message `google.rpc.Status` behind the response. */
const STATUS_DETAILS = 'grpc-status-details-bin';
const MAX_RETRY_AFTER = 10 * 60_000;

/**
 * What a call means for the samples. Only what is about the data themselves is final; the protocol gives up more
 * (OTLP specification, "Failures" of OTLP/gRPC), but a receiver that is being repaired says `INTERNAL` too, and PCM still
 * has the samples.
 */
export function explainGrpcFailure(
  error: unknown,
  destination: string,
  withoutSecrets: (text: string) => string,
): ExportError {
  const failure = isServiceError(error) ? error : undefined;
  const { code, what } = kindOf(failure);
  const reason = withoutSecrets(failure ? `${failure.code} ${failure.details}` : describeError(error));
  return new ExportError(code, `${destination}: ${what}: ${reason}`, {
    cause: error,
    context: { endpoint: destination, statusCode: failure?.code, retryAfter: failure && retryAfterOf(failure) },
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

function kindOf(failure: ServiceError | undefined): { readonly code: ErrorCode; readonly what: string } {
  if (failure && isAboutContent(failure)) {
    return { code: 'POWERVM_EXPORT_REFUSED', what: 'the OTLP receiver refused the request' };
  }
  if (failure && DENIED.has(failure.code)) {
    return { code: 'POWERVM_EXPORT_DENIED', what: 'the request was turned away' };
  }
  return { code: 'POWERVM_EXPORT_FAILED', what: 'the request was not delivered' };
}

function isAboutContent({ code, details }: ServiceError): boolean {
  return code === INVALID_ARGUMENT || (code === RESOURCE_EXHAUSTED && TOO_LARGE.test(details));
}

/** Field numbers of `google/rpc/status.proto`, `google/protobuf/any.proto`, `error_details.proto` and `duration.proto`. */
const DETAILS = 3;
const TYPE_URL = 1;
const VALUE = 2;
const RETRY_DELAY = 1;
const SECONDS = 1;
const NANOS = 2;
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** Milliseconds that the receiver wants to be not contacted for: `RetryInfo` of `google.rpc.Status`. */
function retryAfterOf({ metadata }: ServiceError): number | undefined {
  const [status] = metadata?.get(STATUS_DETAILS) ?? [];
  if (!(status instanceof Uint8Array)) return undefined;
  const whole = { from: 0, to: status.length };
  for (const detail of descend(status, [whole], [DETAILS])) {
    const [type] = descend(status, [detail], [TYPE_URL]);
    if (!type || Buffer.from(status.subarray(type.from, type.to)).toString('utf8') !== RETRY_INFO) continue;
    const [delay] = descend(status, [detail], [VALUE, RETRY_DELAY]);
    if (!delay) continue;
    const milliseconds = integerAt(status, delay, SECONDS) * 1_000 + Math.ceil(integerAt(status, delay, NANOS) / 1e6);
    return Math.min(milliseconds, MAX_RETRY_AFTER);
  }
  return undefined;
}
