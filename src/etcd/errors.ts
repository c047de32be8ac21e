import type { ErrorCode } from '../base/errors/error-catalog.ts';
import { PowerVmError } from '../base/errors/errors.ts';
import { errorAnswer } from './wire.ts';

/** A problem with etcd: on the way to it, with what it allows, or with its response. */
export class EtcdError extends PowerVmError {
  override readonly name = 'EtcdError';
}

/** Codes of gRPC, as the gateway passes them on. */
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** What a response that is none of success says. */
export function refusalOf(endpoint: string, path: string, statusCode: number, body: string): EtcdError {
  const { text, code } = readRefusal(body);
  const words = text === '' ? `status ${statusCode}` : text;
  return new EtcdError(codeOf(code, statusCode, words), `etcd at ${endpoint} refused ${path}: ${words}`, {
    context: { endpoint, path, statusCode },
  });
}

function codeOf(code: number | undefined, statusCode: number, text: string): ErrorCode {
  if (/database space exceeded|NOSPACE/i.test(text)) return 'POWERVM_ETCD_NO_SPACE';
  if (/lease not found/i.test(text)) return 'POWERVM_ETCD_LEASE_LOST';
  if (code === UNAUTHENTICATED || code === PERMISSION_DENIED || statusCode === 401 || statusCode === 403) {
    return 'POWERVM_ETCD_DENIED';
  }
  if (/authentication failed|invalid auth token|user name is empty|permission denied/i.test(text)) {
    return 'POWERVM_ETCD_DENIED';
  }
  if (/no leader|leader changed|timed out|too many requests|unhealthy|learner|not capable/i.test(text)) {
    return 'POWERVM_ETCD_UNAVAILABLE';
  }
  if (code === UNAVAILABLE || code === RESOURCE_EXHAUSTED || statusCode === 503 || statusCode === 504) {
    return 'POWERVM_ETCD_UNAVAILABLE';
  }
  return 'POWERVM_ETCD_ANSWER';
}

function readRefusal(body: string): { readonly text: string; readonly code: number | undefined } {
  try {
    const { error, message, code } = errorAnswer.parse(JSON.parse(body));
    if (typeof error === 'object') return { text: error.message, code: error.grpc_code };
    return { text: message ?? error ?? '', code };
  } catch {
    return { text: body.slice(0, 200).trim(), code: undefined };
  }
}

/** Whether another endpoint may do what this one could not: it is away, or has no leader. */
export function mayWorkElsewhere(error: unknown): boolean {
  return (
    error instanceof EtcdError &&
    (error.code === 'POWERVM_ETCD_UNREACHABLE' || error.code === 'POWERVM_ETCD_UNAVAILABLE')
  );
}
