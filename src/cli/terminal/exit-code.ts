import type { PowerVmError } from '../../base/errors/errors.ts';

/** Exit codes of the process (docs/reference/command-line.md#exit-codes). */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4, noSample: 5 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byErrorCode: Readonly<Partial<Record<PowerVmError['code'], ExitCode>>> = {
  POWERVM_USAGE: exitCodes.usage,
  POWERVM_CONFIG_INVALID: exitCodes.usage,
  POWERVM_CONFIG_UNREADABLE: exitCodes.usage,
  POWERVM_FILE_UNWRITABLE: exitCodes.usage,
  POWERVM_CLEAR_TEXT_REFUSED: exitCodes.usage,
  POWERVM_LOGON_REFUSED: exitCodes.refused,
  POWERVM_REMOTE_ACCESS_OFF: exitCodes.refused,
  POWERVM_FILE_LOGON_FAILED: exitCodes.refused,
  POWERVM_SESSION_LOST: exitCodes.refused,
  POWERVM_FORBIDDEN: exitCodes.refused,
  POWERVM_CONSOLE_UNREACHABLE: exitCodes.unreachable,
  POWERVM_TLS_UNTRUSTED: exitCodes.unreachable,
  POWERVM_PCM_DISABLED: exitCodes.noSample,
  POWERVM_PCM_NO_SAMPLE: exitCodes.noSample,
};

export function exitCodeOf({ code }: Pick<PowerVmError, 'code'>): ExitCode {
  return byErrorCode[code] ?? exitCodes.failed;
}
