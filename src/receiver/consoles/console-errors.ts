import { ConsoleError } from '../../base/errors/errors.ts';

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

/** An error that every other request to the same console would get as well. */
export function isConsoleError(error: unknown): boolean {
  return error instanceof ConsoleError && CODES.has(error.code);
}

/** Whether the console says that it may do better soon. */
export function isBusy(error: unknown): boolean {
  return error instanceof ConsoleError && error.code === 'POWERVM_CONSOLE_BUSY';
}

/** How often in a row a side question may keep the samples waiting; after that they continue without its response. */
export const MAX_SIDE_QUERY_FAILURES = 3;
