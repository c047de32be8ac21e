import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { ConsoleError, type ErrorContext } from '../../base/errors/errors.ts';
import { parseRetryAfter } from '../../base/http/retry-after.ts';
import type { ConsoleFailure } from '../requests/circuit-breaker.ts';
import { type ConsoleRequest, type ConsoleResponse, pathOnly } from '../requests/exchange.ts';
import { readErrorResponse } from './error-response.ts';

/**
 * Messages after which the same request may work in a while (docs/reference/console-api.md#status-codes-and-errors), of
 * the console as a whole.
 */
const busyConsoleMessages = [/The system is currently too busy/i, /MC has just restarted/i];
/** The same, of a VIOS behind it. */
const busyViosMessages = [/HSCL3205/, /VIOS0014/, /VIOS.*is busy processing some other request/i];

/** No one waits longer than a console takes to restart. */
const MAX_RETRY_AFTER = 300_000;

/** One session; "sessions" are those of a limit, and `x-api-session` and `JSESSIONID` repeat what was asked. */
const ABOUT_A_SESSION = /(?<![\w-])session(?![\w-])/i;
/** The word of missing rights, and not `Unauthorized`, which is the name of 401. */
const ABOUT_RIGHTS = /(?<!un)authori[sz]|authority|not allowed|permission/i;

/** Whether the session is gone: 401, a redirect to the log-on page, or a 403 that says so. */
export function isSessionLost(response: ConsoleResponse): boolean {
  if (response.statusCode === 401 || response.statusCode === 302) return true;
  if (response.statusCode !== 403) return false;
  const { message, reasonCode } = readErrorResponse(response);
  return ABOUT_A_SESSION.test(`${reasonCode} ${message}`) && !ABOUT_RIGHTS.test(message);
}

/** Whether the response is one of those that are worth another try. */
export function isRetryable(response: ConsoleResponse): boolean {
  return isConsoleBusy(response) || says(response, busyViosMessages);
}

/** What a response says about the console as a whole, with its Retry-After. */
export function consoleFailure(
  console: string,
  request: ConsoleRequest,
  response: ConsoleResponse,
  now: number,
): ConsoleFailure | undefined {
  if (!isConsoleBusy(response)) return undefined;
  return { error: responseError(console, request, response), pause: retryAfter(response, now) };
}

/**
 * Milliseconds after which the console wants to be asked again, at most five minutes; undefined when it does not say.
 * @param now milliseconds since 1970
 */
export function retryAfter({ headers }: ConsoleResponse, now: number): number | undefined {
  return parseRetryAfter(headers['retry-after'], now, MAX_RETRY_AFTER);
}

function isConsoleBusy(response: ConsoleResponse): boolean {
  return response.statusCode === 503 || says(response, busyConsoleMessages);
}

function says(response: ConsoleResponse, messages: readonly RegExp[]): boolean {
  if (response.statusCode < 400) return false;
  const { message } = readErrorResponse(response);
  return messages.some((expression) => expression.test(message));
}

/** The error of a response other than 2xx and 304. */
export function responseError(console: string, request: ConsoleRequest, response: ConsoleResponse): ConsoleError {
  const { message, reasonCode } = readErrorResponse(response);
  const path = pathOnly(request.path);
  const context: ErrorContext = {
    console,
    path,
    statusCode: response.statusCode,
    reasonCode,
    retryAfter: response.headers['retry-after'],
  };
  const code = errorCode(path, response, message);
  const said = message === '' ? '' : `: ${message}`;
  return new ConsoleError(code, `${console}: ${words(code)} (${response.statusCode} for ${path})${said}`, { context });
}

function errorCode(path: string, response: ConsoleResponse, message: string): ErrorCode {
  if (isRetryable(response)) return 'POWERVM_CONSOLE_BUSY';
  switch (response.statusCode) {
    case 401:
    case 302:
      return 'POWERVM_SESSION_LOST';
    case 403:
      if (/role authority|remote access/i.test(message)) return 'POWERVM_REMOTE_ACCESS_OFF';
      // On the performance resources of a system 403 is how a console says that its monitoring is off.
      return isPerformancePath(path) ? 'POWERVM_PCM_DISABLED' : 'POWERVM_FORBIDDEN';
    case 404:
      return 'POWERVM_NOT_FOUND';
    case 406:
      // The page of the web server before the REST API, seen where the account had no remote access.
      return isConsolePage(response) && !isPerformancePath(path)
        ? 'POWERVM_REMOTE_ACCESS_OFF'
        : 'POWERVM_REQUEST_REJECTED';
    default:
      return 'POWERVM_REQUEST_REJECTED';
  }
}

function isConsolePage({ body }: ConsoleResponse): boolean {
  return /^\s*<(?:!doctype )?html/i.test(body) && /http\.406|Console Internal Error/.test(body);
}

function isPerformancePath(path: string): boolean {
  return /\/rest\/api\/pcm\/.*Metrics/.test(path);
}

function words(code: ErrorCode): string {
  switch (code) {
    case 'POWERVM_CONSOLE_BUSY':
      return 'the console is busy or restarting';
    case 'POWERVM_SESSION_LOST':
      return 'the console does not accept the session';
    case 'POWERVM_REMOTE_ACCESS_OFF':
      return 'the account may not use the REST API';
    case 'POWERVM_PCM_DISABLED':
      return 'no performance data: monitoring is off for this system, or the account may not read it';
    case 'POWERVM_FORBIDDEN':
      return 'the account lacks the authority';
    case 'POWERVM_NOT_FOUND':
      return 'not found';
    default:
      return 'the request was rejected';
  }
}

/** A change of preferences that the console goes on answering with 412. */
export function changeConflict(console: string, systemId: string, message: string): ConsoleError {
  return new ConsoleError(
    'POWERVM_PCM_CHANGE_CONFLICT',
    `${console}: the console refuses to change the monitoring settings, as if others changed them at the same time (412, ETag)${message === '' ? '' : `: ${message}`}`,
    { context: { console, system: systemId, statusCode: 412 } },
  );
}
