import { OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import type { ErrorCode } from '../base/errors/error-catalog.ts';
import { describeError, ExportError } from '../base/errors/errors.ts';
import { isContentRejection, isTransientStatus } from '../base/http/http-client.ts';
import { NotOtlpResponse } from './http/otlp-response.ts';
import { OtlpRejection } from './http/otlp-transport.ts';

/** Converts the failure reason of the stock exporter into an error of this package. */
export function explainFailure(error: unknown, destination: string): ExportError {
  const status = error instanceof OTLPExporterError ? error.code : undefined;
  const { code, what } = kindOf(error, status);
  const response =
    error instanceof OTLPExporterError ? `${status ?? ''} ${describeError(error)} ${error.data ?? ''}` : '';
  return new ExportError(code, `${destination}: ${what}: ${(response || describeError(error)).trim()}`, {
    cause: error,
    context: {
      endpoint: destination,
      statusCode: status,
      retryAfter: error instanceof OtlpRejection ? error.retryAfter : undefined,
    },
  });
}

function kindOf(error: unknown, status: number | undefined): { readonly code: ErrorCode; readonly what: string } {
  if (error instanceof NotOtlpResponse)
    return { code: 'POWERVM_EXPORT_ANSWER', what: 'what answers is no OTLP receiver' };
  if (status === undefined || status >= 500 || isTransientStatus(status)) {
    return { code: 'POWERVM_EXPORT_FAILED', what: 'the request was not delivered' };
  }
  if (isContentRejection(status)) {
    return { code: 'POWERVM_EXPORT_REFUSED', what: 'the OTLP receiver refused the request' };
  }
  return { code: 'POWERVM_EXPORT_DENIED', what: 'the request was turned away' };
}
