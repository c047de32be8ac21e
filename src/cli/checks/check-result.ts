import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';

/** What one check of `doctor` or `openstack check` has found. */
export interface CheckResult {
  /** `TLS`, `logon`, `samples of frame-01` */
  readonly check: string;
  readonly status: 'passed' | 'warning' | 'failed';
  /** What was seen. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly code?: ErrorCode;
}

export function passed(check: string, text: string): CheckResult {
  return { check, status: 'passed', text };
}

export function warning(check: string, text: string, remedy: string): CheckResult {
  return { check, status: 'warning', text, remedy };
}

/** An error that a check met: its message, and the remedy that belongs to its code. */
export function failed(check: string, error: unknown, remedy?: string): CheckResult {
  if (!(error instanceof PowerVmError)) {
    return { check, status: 'failed', text: describeError(error), ...(remedy === undefined ? {} : { remedy }) };
  }
  return { check, status: 'failed', text: error.message, remedy: remedy ?? error.remedy, code: error.code };
}
