import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { isTransientStatus } from '../../base/http/http-client.ts';

/** Messages of permanent rejections in Prometheus, Mimir and Cortex. */
const REASONS = [
  { words: /too[ -]old|too far in the past/i, reason: 'too old' },
  { words: /out[ -]of[ -]order/i, reason: 'out of order' },
  { words: /duplicate sample|duplicate timestamp/i, reason: 'another value for the same time' },
  { words: /out[ -]of[ -]bounds|too far in the future/i, reason: 'out of bounds' },
] as const;

/** Why samples were refused, in a few words to count by. */
export function reasonOf(response: string): string {
  return REASONS.find(({ words }) => words.test(response))?.reason ?? 'for another reason';
}

/** Of a response that took nothing, and not for what is in the request. */
export function codeOfStatus(statusCode: number): ErrorCode {
  return statusCode >= 500 || isTransientStatus(statusCode) ? 'POWERVM_EXPORT_FAILED' : 'POWERVM_EXPORT_DENIED';
}
