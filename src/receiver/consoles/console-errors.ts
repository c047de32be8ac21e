import { ConsoleError, type PowerVmError } from '../../base/errors/errors.ts';

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

/** Errors of a console that only the operator can fix. */
const TERMINAL_CODES = new Set(['POWERVM_LOGON_REFUSED', 'POWERVM_REMOTE_ACCESS_OFF', 'POWERVM_FILE_LOGON_FAILED']);
/** Errors that prevent any response of a console, for whichever system. */
const CONNECTION_CODES = new Set(['POWERVM_CONSOLE_UNREACHABLE', 'POWERVM_TLS_UNTRUSTED']);

/** Whether only the operator can fix it: the console is not contacted again. */
export function isTerminal({ code }: PowerVmError): boolean {
  return TERMINAL_CODES.has(code);
}

/** Whether it prevents any response of the console, for whichever system. */
export function isConnectionError({ code }: PowerVmError): boolean {
  return CONNECTION_CODES.has(code);
}

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
