import type { ErrorCode } from '../base/error-catalog.ts';
import { ConsoleError, type ErrorContext } from '../base/errors.ts';
import { parseRetryAfter } from '../base/retry-after.ts';
import type { ConsoleFailure } from './circuit-breaker.ts';
import { readErrorResponse } from './error-response.ts';
import { type ConsoleAnswer, type ConsoleRequest, pathOnly } from './transport.ts';

/** Messages after which the same request may work in a while (powervm-rest-api.md 2.9), of the console as a whole. */
const busyConsoleMessages = [/The system is currently too busy/i, /MC has just restarted/i];
/** The same, of a VIOS behind it. */
const busyViosMessages = [/HSCL3205/, /VIOS0014/, /VIOS.*is busy processing some other request/i];

/** Longer than a console takes to restart nobody waits because it asked for it. */
const LONGEST_RETRY_AFTER = 300_000;

/** One session; "sessions" are those of a limit, and `x-api-session` and `JSESSIONID` repeat what was asked. */
const ABOUT_A_SESSION = /(?<![\w-])session(?![\w-])/i;
/** The word of missing rights, and not `Unauthorized`, which is the name of 401. */
const ABOUT_RIGHTS = /(?<!un)authori[sz]|authority|not allowed|permission/i;

/** Whether the session is gone: 401, a redirect to the log-on page, or a 403 that says so. */
export function isSessionLost(answer: ConsoleAnswer): boolean {
  if (answer.statusCode === 401 || answer.statusCode === 302) return true;
  if (answer.statusCode !== 403) return false;
  const { message, reasonCode } = readErrorResponse(answer);
  return ABOUT_A_SESSION.test(`${reasonCode} ${message}`) && !ABOUT_RIGHTS.test(message);
}

/** Whether the answer is one of those that are worth another try. */
export function isRetryable(answer: ConsoleAnswer): boolean {
  return isConsoleBusy(answer) || says(answer, busyViosMessages);
}

/** What an answer tells against the console as a whole, and for how long it wants to be left alone. */
export function consoleFailure(
  console: string,
  request: ConsoleRequest,
  answer: ConsoleAnswer,
  now: number,
): ConsoleFailure | undefined {
  if (!isConsoleBusy(answer)) return undefined;
  return { error: answerError(console, request, answer), pause: retryAfter(answer, now) };
}

/**
 * Milliseconds after which the console wants to be asked again, at most five minutes; undefined when it does not say.
 * @param now milliseconds since 1970
 */
export function retryAfter({ headers }: ConsoleAnswer, now: number): number | undefined {
  return parseRetryAfter(headers['retry-after'], now, LONGEST_RETRY_AFTER);
}

function isConsoleBusy(answer: ConsoleAnswer): boolean {
  return answer.statusCode === 503 || says(answer, busyConsoleMessages);
}

function says(answer: ConsoleAnswer, messages: readonly RegExp[]): boolean {
  if (answer.statusCode < 400) return false;
  const { message } = readErrorResponse(answer);
  return messages.some((expression) => expression.test(message));
}

/** The error that an answer other than 2xx and 304 stands for. */
export function answerError(console: string, request: ConsoleRequest, answer: ConsoleAnswer): ConsoleError {
  const { message, reasonCode } = readErrorResponse(answer);
  const path = pathOnly(request.path);
  const context: ErrorContext = {
    console,
    path,
    statusCode: answer.statusCode,
    reasonCode,
    retryAfter: answer.headers['retry-after'],
  };
  const code = errorCode(path, answer, message);
  const said = message === '' ? '' : `: ${message}`;
  return new ConsoleError(code, `${console}: ${words(code)} (${answer.statusCode} for ${path})${said}`, { context });
}

function errorCode(path: string, answer: ConsoleAnswer, message: string): ErrorCode {
  if (isRetryable(answer)) return 'POWERVM_CONSOLE_BUSY';
  switch (answer.statusCode) {
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
      return isConsolePage(answer) && !isPerformancePath(path)
        ? 'POWERVM_REMOTE_ACCESS_OFF'
        : 'POWERVM_REQUEST_REJECTED';
    default:
      return 'POWERVM_REQUEST_REJECTED';
  }
}

function isConsolePage({ body }: ConsoleAnswer): boolean {
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
