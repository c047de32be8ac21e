import { ConsoleError } from '../base/errors.ts';

const CODES = new Set([
  'POWERVM_CONSOLE_UNREACHABLE',
  'POWERVM_TLS_UNTRUSTED',
  'POWERVM_LOGON_REFUSED',
  'POWERVM_REMOTE_ACCESS_OFF',
  'POWERVM_LOGON_FAILED',
  'POWERVM_FILE_LOGON_FAILED',
  'POWERVM_SESSION_LOST',
  'POWERVM_SHUT_DOWN',
]);

/** Trouble that every other request to the same console would meet as well. */
export function isConsoleTrouble(error: unknown): boolean {
  return error instanceof ConsoleError && CODES.has(error.code);
}
