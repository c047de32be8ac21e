import { OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import type { ErrorCode } from '../base/error-catalog.ts';
import { describeError, ExportError } from '../base/errors.ts';
import { isRefusalOfContent, isTransientStatus } from '../base/http-client.ts';
import { NotOtlpAnswer } from './otlp-answer.ts';
import { OtlpRefusal } from './otlp-transport.ts';

/** What the stock exporter handed over as the reason of a failure, as an error of ours. */
export function explainFailure(error: unknown, destination: string): ExportError {
  const status = error instanceof OTLPExporterError ? error.code : undefined;
  const { code, what } = kindOf(error, status);
  const answer =
    error instanceof OTLPExporterError ? `${status ?? ''} ${describeError(error)} ${error.data ?? ''}` : '';
  return new ExportError(code, `${destination}: ${what}: ${(answer || describeError(error)).trim()}`, {
    cause: error,
    context: {
      endpoint: destination,
      statusCode: status,
      retryAfter: error instanceof OtlpRefusal ? error.retryAfter : undefined,
    },
  });
}

function kindOf(error: unknown, status: number | undefined): { readonly code: ErrorCode; readonly what: string } {
  if (error instanceof NotOtlpAnswer)
    return { code: 'POWERVM_EXPORT_ANSWER', what: 'what answers is no OTLP receiver' };
  if (status === undefined || status >= 500 || isTransientStatus(status)) {
    return { code: 'POWERVM_EXPORT_FAILED', what: 'the request was not delivered' };
  }
  if (isRefusalOfContent(status)) {
    return { code: 'POWERVM_EXPORT_REFUSED', what: 'the OTLP receiver refused the request' };
  }
  return { code: 'POWERVM_EXPORT_DENIED', what: 'the request was turned away' };
}
