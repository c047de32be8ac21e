import { randomUUID } from 'node:crypto';
import { ConsoleError, describeError } from '../../base/errors/errors.ts';
import { Secret } from '../../base/secrets/secret.ts';
import { escapeMarkup } from '../../base/text/markup.ts';
import { readErrorResponse } from '../errors/error-response.ts';
import { isRetryable, responseError } from '../errors/response-errors.ts';
import { child, elementName, parseXml, textAt } from '../formats/atom.ts';
import type { ConsoleType } from '../model.ts';
import type { ConsoleOptions } from '../options.ts';
import type { ConsoleRequest, ConsoleResponse } from '../requests/exchange.ts';
import { type Credentials, isToken } from './session-store.ts';

const LOGON_PATH = '/rest/api/web/Logon';
const WEB_NAMESPACE = 'http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/';
const LOGON_REQUEST = { kind: 'logon', method: 'PUT', path: LOGON_PATH } as const;

/** A console that does not answer must not keep a program from ending; what stays open is ended by the next run. */
export const LOGOFF_TIMEOUT_MS = 15_000;

/** What the console's audit log shows of us; HMC V10R3 asks for it. */
export function auditMementoOf(options: ConsoleOptions): string {
  return options.auditMemento ?? 'otel-powervm';
}

/**
 * @param console its name, for errors
 * @throws {ConsoleError} `POWERVM_LOGON_FAILED` without a password
 */
export async function logonRequest(options: ConsoleOptions, console: string): Promise<ConsoleRequest> {
  const known = await credentialsOf(options, console);
  const password = known?.password.reveal() ?? '';
  const credentials =
    known === undefined
      ? `<UserID>${escapeMarkup(`otel-powervm_${randomUUID()}`)}</UserID><GenerateX-API-SessionFile>true</GenerateX-API-SessionFile>`
      : `<UserID>${escapeMarkup(known.username)}</UserID><Password>${escapeMarkup(password)}</Password>`;
  return {
    ...LOGON_REQUEST,
    secrets: [password],
    headers: {
      'X-Audit-Memento': auditMementoOf(options),
      'Content-Type': 'application/vnd.ibm.powervm.web+xml; type=LogonRequest',
      Accept: 'application/vnd.ibm.powervm.web+xml; type=LogonResponse',
    },
    body:
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' +
      `<LogonRequest xmlns="${WEB_NAMESPACE}" schemaVersion="V1_0">${credentials}</LogonRequest>`,
  };
}

/**
 * With what the logon is made; undefined for file authentication.
 * @throws {ConsoleError} `POWERVM_LOGON_FAILED` without a password
 */
export async function credentialsOf(options: ConsoleOptions, console: string): Promise<Credentials | undefined> {
  const { username } = options;
  return username === undefined ? undefined : { username, password: new Secret(await passwordOf(options, console)) };
}

export function logoffRequest(options: ConsoleOptions, token: Secret): ConsoleRequest {
  return {
    kind: 'logoff',
    method: 'DELETE',
    path: LOGON_PATH,
    headers: { 'X-Audit-Memento': auditMementoOf(options), 'X-API-Session': token.reveal() },
  };
}

/** Whether a session may still be open after its logoff: 401, a lost session and 404 say that it is not there. */
export function isLogoffRefused(response: ConsoleResponse): boolean {
  const { statusCode } = response;
  return statusCode >= 500 || statusCode === 408 || statusCode === 429 || isRetryable(response);
}

/** Waits for an opening, however it ends, for a limited time. */
export async function withinLogoffTimeout(opening: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LOGOFF_TIMEOUT_MS);
  });
  const ended = opening.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([ended, tooLong]);
  clearTimeout(timer);
}

export function consoleTypeOf(response: ConsoleResponse): ConsoleType {
  return response.headers['x-mc-type']?.toUpperCase() === 'PVM' ? 'novalink' : 'hmc';
}

/** The error of a 401 or 403: what no further attempt can mend. */
export function logonRefusal(console: string, response: ConsoleResponse, hasUsername: boolean): ConsoleError {
  const { message } = readErrorResponse(response);
  const denied = responseError(console, LOGON_REQUEST, response);
  if (denied.code === 'POWERVM_REMOTE_ACCESS_OFF') return denied;
  const context = { console, statusCode: response.statusCode };
  if (!hasUsername) {
    return new ConsoleError(
      'POWERVM_FILE_LOGON_FAILED',
      `${console}: no user name was given, and the console does not take file authentication, which works on the NovaLink partition itself only`,
      { context },
    );
  }
  return new ConsoleError(
    'POWERVM_LOGON_REFUSED',
    `${console}: the console refused user name or password${message === '' ? '' : `: ${message}`}`,
    { context },
  );
}

/** The error of credentials that are not sent again. */
export function refusedBefore(console: string, when: string): ConsoleError {
  return new ConsoleError(
    'POWERVM_LOGON_REFUSED',
    `${console}: the console refused this logon ${when}; it is not asked again until that changes`,
    { context: { console } },
  );
}

/** The error of every other status than 200, 401 and 403. */
export function logonFailure(console: string, response: ConsoleResponse): ConsoleError {
  const { message } = readErrorResponse(response);
  const { code } = responseError(console, LOGON_REQUEST, response);
  return new ConsoleError(
    code === 'POWERVM_CONSOLE_BUSY' || code === 'POWERVM_REMOTE_ACCESS_OFF' ? code : 'POWERVM_LOGON_FAILED',
    `${console}: the logon was answered with ${response.statusCode}${message === '' ? '' : `: ${message}`}`,
    { context: { console, statusCode: response.statusCode } },
  );
}

/**
 * Reads the session of a logon response: the token itself, or the file that NovaLink has written it to.
 * @param mayBeFile whether the logon asked for a file
 * @throws {ConsoleError} `POWERVM_LOGON_FAILED` when there is neither
 */
export function sessionOf(
  console: string,
  response: ConsoleResponse,
  mayBeFile: boolean,
): { readonly token: Secret } | { readonly file: string } {
  const root = parseXml(response.body, `${console} ${LOGON_PATH}`);
  const token = withoutBlanks(textAt(root, 'X-API-Session'));
  if (isToken(token)) return { token: new Secret(token) };
  const file = textAt(root, 'X-API-SessionFile');
  if (file !== undefined && mayBeFile) return { file };
  const reason = child(root, 'X-API-Session') ? 'no usable session' : `${elementName(root)} without a session`;
  throw new ConsoleError('POWERVM_LOGON_FAILED', `${console}: the console answered the logon with ${reason}`, {
    context: { console },
  });
}

async function passwordOf({ password }: ConsoleOptions, console: string): Promise<string> {
  if (password instanceof Secret) return password.reveal();
  if (typeof password !== 'function') return password ?? '';
  try {
    const text = await password();
    if (text === '') throw new Error('it is empty');
    return text;
  } catch (error) {
    throw new ConsoleError(
      'POWERVM_LOGON_FAILED',
      `${console}: the password could not be had: ${describeError(error)}`,
      {
        cause: error,
        context: { console },
      },
    );
  }
}

/** IBM's own example wraps the token over several lines, which would be an illegal header. */
function withoutBlanks(text: string | undefined): string {
  return (text ?? '').replaceAll(/\s+/g, '');
}
