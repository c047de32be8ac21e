import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock/clock.ts';
import { ConsoleError, describeError } from '../../base/errors/errors.ts';
import { type Logger, loggerOf } from '../../base/logger.ts';
import { Secret } from '../../base/secrets/secret.ts';
import type { Endpoint } from '../endpoint.ts';
import { readErrorResponse } from '../errors/error-response.ts';
import { isRetryable, responseError } from '../errors/response-errors.ts';
import { child, elementName, parseXml, textAt } from '../formats/atom.ts';
import type { ConsoleType } from '../model.ts';
import type { ConsoleOptions } from '../options.ts';
import type { ConsoleRequest, ConsoleResponse } from '../requests/exchange.ts';
import { unlessAborted } from '../requests/time-limit.ts';
import type { Transport } from '../requests/transport.ts';
import {
  InMemorySessionStore,
  isToken,
  type OpenSession,
  type SessionStore,
  type StoredSession,
} from './session-store.ts';
import { readTokenFile } from './token-file.ts';

const LOGON_PATH = '/rest/api/web/Logon';
const WEB_NAMESPACE = 'http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/';
const LOGON_REQUEST = { kind: 'logon', method: 'PUT', path: LOGON_PATH } as const;
const DEFAULT_LOGON_TRIES = 3;
const PAUSE_BETWEEN_LOGONS = 2_000;
/** A console that does not answer must not keep a program from ending; what stays open is ended by the next run. */
const LOGOFF_TIMEOUT_MS = 15_000;

/**
 * The one session that all callers of a console share (powervm-rest-api.md 1.3 to 1.7).
 *
 * What a crashed run left in the memory is used as long as it works, and a session that does not work any more is logged
 * off before another is opened. Only when the console refuses that logoff there is one beside it, which is remembered too
 * and ended at the next contact; a third one is never opened. A refused logon is terminal: every later call fails
 * with the same error and no further logon reaches the console, since repeated refusals lock the account.
 */
export class Session {
  readonly #options: ConsoleOptions;
  readonly #console: string;
  readonly #endpoint: Endpoint;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #memory: SessionStore;
  #token: Secret | undefined;
  /** A session that may still be open on the console and must be ended before another is opened. */
  #abandoned: OpenSession | undefined;
  /** One of which the console has refused the logoff, beside the present one. */
  #ending: OpenSession | undefined;
  readonly #endedTokens = new WeakSet<Secret>();
  #loading: Promise<void> | undefined;
  #opening: Promise<Secret> | undefined;
  #closing: Promise<void> = Promise.resolve();
  /** Ends the pauses between logon attempts, not a running logon: that would leave a session behind. */
  #abortOpening = new AbortController();
  #refusal: ConsoleError | undefined;
  /** Counts the logoffs: what began before one must not log on after it. */
  #generation = 0;
  type: ConsoleType | undefined;

  constructor(options: ConsoleOptions, endpoint: Endpoint, transport: Transport, clock: Clock) {
    this.#options = options;
    this.#console = endpoint.host;
    this.#endpoint = endpoint;
    this.#transport = transport;
    this.#clock = clock;
    this.#logger = loggerOf(options);
    this.#memory = options.sessionStore ?? new InMemorySessionStore();
    if (options.wasRefused) {
      this.#refusal = new ConsoleError(
        'POWERVM_LOGON_REFUSED',
        `${this.#console}: the console refused this logon before; it is not asked again until that changes`,
        { context: { console: this.#console } },
      );
    }
  }

  get generation(): number {
    return this.#generation;
  }

  /** Whether the console refused a logon, after which none is tried any more. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Shown in the audit log of the console; HMC V10R3 asks for it. */
  get auditMemento(): string {
    return this.#options.auditMemento ?? 'otel-powervm';
  }

  /** The token, after a logon where there is none yet. */
  token(signal?: AbortSignal): Promise<Secret> {
    if (this.#token) return Promise.resolve(this.#token);
    return this.#openShared(signal);
  }

  /**
   * A new token after the console rejected one. When another caller was faster, theirs is returned.
   * @param generation of the caller's first attempt: after a logoff since then there is no new logon
   */
  renew(lost: Secret, generation: number, signal?: AbortSignal): Promise<Secret> {
    if (generation !== this.#generation) return Promise.reject(this.#ended());
    if (this.#token === lost) {
      this.#token = undefined;
      this.#abandoned = { token: lost, username: this.#options.username };
    }
    return this.token(signal);
  }

  /** Ends the session, also one that an earlier run left behind. Never throws and never logs on. */
  logOff(): Promise<void> {
    this.#generation += 1;
    this.#abortOpening.abort(this.#ended());
    this.#abortOpening = new AbortController();
    this.#closing = this.#close(this.#opening, this.#closing);
    return this.#closing;
  }

  async #close(opening: Promise<Secret> | undefined, closing: Promise<void>): Promise<void> {
    if (opening) await withinLogoffTimeout(opening);
    await closing;
    await this.#load();
    const present = this.#token && { token: this.#token, username: this.#options.username };
    const session = present ?? this.#abandoned;
    this.#token = undefined;
    const failures = await Promise.all([this.#sendLogoff(session), this.#sendLogoff(this.#ending)]);
    // Open sessions are remembered, here and in the store: the next opening ends them first.
    this.#abandoned = session && this.#isEnded(session) ? undefined : session;
    if (this.#ending && this.#isEnded(this.#ending)) this.#ending = undefined;
    const left = this.#abandoned ?? this.#ending;
    if (!left) {
      if (session) await this.#forget();
      return;
    }
    if (!this.#abandoned) [this.#abandoned, this.#ending] = [this.#ending, undefined];
    await this.#save({ ...left, type: this.type ?? 'hmc', ending: this.#ending });
    this.#logger.warn(
      { console: this.#console, reason: describeError(failures.find((failure) => failure !== undefined)) },
      'the console did not take the logoff; the session is ended at the next contact',
    );
  }

  #isEnded({ token }: OpenSession): boolean {
    return this.#endedTokens.has(token);
  }

  /** @returns why the session may still be open */
  async #sendLogoff(session: OpenSession | undefined): Promise<unknown> {
    if (!session) return undefined;
    try {
      const request = { ...this.#logoffRequest(session.token), isLogoff: true };
      const response = await this.#transport.send(request, AbortSignal.timeout(LOGOFF_TIMEOUT_MS));
      if (isLogoffRefused(response)) return responseError(this.#console, request, response);
      this.#endedTokens.add(session.token);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** One opening at a time for all callers. A caller that aborts stops waiting and does not end it for others. */
  #openShared(signal?: AbortSignal): Promise<Secret> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return unlessAborted(this.#opening, signal);
  }

  async #open(): Promise<Secret> {
    const generation = this.#generation;
    await this.#closing;
    await this.#load();
    if (this.#ending) await this.#endBeside(this.#ending);
    if (this.#token) return this.#token;
    if (this.#abandoned) await this.#endAbandoned(this.#abandoned);
    const { token, type } = await this.#logOn(generation);
    await this.#save({ token, type, username: this.#options.username, ending: this.#ending });
    this.#token = token;
    return token;
  }

  /** Takes over what an earlier run left behind. That of another user is not ours to use, only to end. */
  #load(): Promise<void> {
    this.#loading ??= this.#takeOver();
    return this.#loading;
  }

  async #takeOver(): Promise<void> {
    try {
      const remembered = await this.#memory.load(this.#endpoint.text);
      if (!remembered) return;
      const { token, username, ending, isForeign = false } = remembered;
      if (!isToken(token.reveal())) {
        await this.#forget();
        throw new Error('what was remembered is no session');
      }
      this.#ending = ending;
      if (isForeign || username !== this.#options.username) {
        this.#abandoned = { token, username };
        return;
      }
      this.#token = remembered.token;
      this.type = remembered.type;
      this.#logger.info({ console: this.#console }, 'going on with the session of the run before');
    } catch (error) {
      this.#warnAboutStore(error);
    }
  }

  /**
   * A console that is too busy for a logoff is too busy for a logon. One that refuses it for another reason may do so
   * forever: then a session is opened beside the one to be ended, once.
   */
  async #endAbandoned(session: OpenSession): Promise<void> {
    const request = this.#logoffRequest(session.token);
    const response = await this.#transport.send(request);
    if (isLogoffRefused(response)) {
      if (isRetryable(response) || this.#ending) throw responseError(this.#console, request, response);
      this.#ending = session;
      this.#logger.warn(
        { console: this.#console, status: response.statusCode },
        'the console did not take the logoff of a session that it does not accept any more; it is ended at the next contact',
      );
    }
    this.#abandoned = undefined;
    if (!this.#ending) await this.#forget();
  }

  /** Tries it once more; what does not work now is for the next contact. */
  async #endBeside(session: OpenSession): Promise<void> {
    const response = await this.#transport.send(this.#logoffRequest(session.token));
    if (!isLogoffRefused(response)) this.#ending = undefined;
  }

  async #save(session: StoredSession): Promise<void> {
    await this.#memory.save(this.#endpoint.text, session).catch((error) => this.#warnAboutStore(error));
  }

  async #forget(): Promise<void> {
    await this.#memory.forget(this.#endpoint.text).catch((error) => this.#warnAboutStore(error));
  }

  /** Samples matter more than the session that a crash would leave behind. */
  #warnAboutStore(error: unknown): void {
    this.#logger.warn(
      { console: this.#console, reason: describeError(error) },
      'the session cannot be remembered; a crash would leave it behind on the console',
    );
  }

  #ended(): ConsoleError {
    return new ConsoleError(
      'POWERVM_SHUT_DOWN',
      `${this.#console}: the session was ended while a request was under way`,
    );
  }

  async #logOn(generation: number): Promise<{ readonly token: Secret; readonly type: ConsoleType }> {
    const response = await this.#sendLogon(generation);
    if (response.statusCode === 401 || response.statusCode === 403) throw this.#refuse(response);
    if (response.statusCode !== 200) {
      const { message } = readErrorResponse(response);
      const { code } = responseError(this.#console, LOGON_REQUEST, response);
      throw new ConsoleError(
        code === 'POWERVM_CONSOLE_BUSY' || code === 'POWERVM_REMOTE_ACCESS_OFF' ? code : 'POWERVM_LOGON_FAILED',
        `${this.#console}: the logon was answered with ${response.statusCode}${message === '' ? '' : `: ${message}`}`,
        { context: { console: this.#console, statusCode: response.statusCode } },
      );
    }
    const type = response.headers['x-mc-type']?.toUpperCase() === 'PVM' ? 'novalink' : 'hmc';
    this.type = type;
    try {
      return { token: await this.#readToken(response), type };
    } catch (error) {
      // The console may have opened a session that we cannot end: not another one at once.
      if (error instanceof ConsoleError) this.#transport.pauseRequests(error);
      throw error;
    }
  }

  /** 404 means that the REST service is still starting; nothing else is tried again. */
  async #sendLogon(generation: number): Promise<ConsoleResponse> {
    const request = await this.#logonRequest();
    const tries = this.#options.logonTries ?? DEFAULT_LOGON_TRIES;
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#transport.send(request);
      const isStarting = response.statusCode === 404 || response.statusCode === 503;
      if (!isStarting || attempt >= tries) return response;
      if (generation !== this.#generation) throw this.#ended();
      await this.#clock.sleep(PAUSE_BETWEEN_LOGONS, this.#abortOpening.signal);
    }
  }

  #logoffRequest(token: Secret): ConsoleRequest {
    return {
      kind: 'logoff',
      method: 'DELETE',
      path: LOGON_PATH,
      headers: { ...this.#commonHeaders(), 'X-API-Session': token.reveal() },
    };
  }

  async #logonRequest(): Promise<ConsoleRequest> {
    const { username } = this.#options;
    const password = username === undefined ? '' : await this.#password();
    const credentials =
      username === undefined
        ? `<UserID>${escapeXml(`otel-powervm_${randomUUID()}`)}</UserID><GenerateX-API-SessionFile>true</GenerateX-API-SessionFile>`
        : `<UserID>${escapeXml(username)}</UserID><Password>${escapeXml(password)}</Password>`;
    return {
      kind: 'logon',
      method: 'PUT',
      path: LOGON_PATH,
      secrets: [password],
      headers: {
        ...this.#commonHeaders(),
        'Content-Type': 'application/vnd.ibm.powervm.web+xml; type=LogonRequest',
        Accept: 'application/vnd.ibm.powervm.web+xml; type=LogonResponse',
      },
      body:
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' +
        `<LogonRequest xmlns="${WEB_NAMESPACE}" schemaVersion="V1_0">${credentials}</LogonRequest>`,
    };
  }

  async #password(): Promise<string> {
    const { password } = this.#options;
    if (password instanceof Secret) return password.reveal();
    if (typeof password !== 'function') return password ?? '';
    try {
      const text = await password();
      if (text === '') throw new Error('it is empty');
      return text;
    } catch (error) {
      throw new ConsoleError(
        'POWERVM_LOGON_FAILED',
        `${this.#console}: the password could not be had: ${describeError(error)}`,
        { cause: error, context: { console: this.#console } },
      );
    }
  }

  #commonHeaders(): Record<string, string> {
    return { 'X-Audit-Memento': this.auditMemento };
  }

  #refuse(response: ConsoleResponse): ConsoleError {
    const { message } = readErrorResponse(response);
    const denied = responseError(this.#console, LOGON_REQUEST, response);
    this.#refusal =
      denied.code === 'POWERVM_REMOTE_ACCESS_OFF'
        ? denied
        : this.#options.username === undefined
          ? new ConsoleError(
              'POWERVM_FILE_LOGON_FAILED',
              `${this.#console}: no user name was given, and the console does not take file authentication, which works on the NovaLink partition itself only`,
              { context: { console: this.#console, statusCode: response.statusCode } },
            )
          : new ConsoleError(
              'POWERVM_LOGON_REFUSED',
              `${this.#console}: the console refused user name or password${message === '' ? '' : `: ${message}`}`,
              { context: { console: this.#console, statusCode: response.statusCode } },
            );
    return this.#refusal;
  }

  async #readToken(response: ConsoleResponse): Promise<Secret> {
    const root = parseXml(response.body, `${this.#console} ${LOGON_PATH}`);
    const token = withoutBlanks(textAt(root, 'X-API-Session'));
    if (isToken(token)) return new Secret(token);
    const file = textAt(root, 'X-API-SessionFile');
    if (file !== undefined && this.#options.username === undefined) return this.#readTokenFile(file);
    const reason = child(root, 'X-API-Session') ? 'no usable session' : `${elementName(root)} without a session`;
    throw new ConsoleError('POWERVM_LOGON_FAILED', `${this.#console}: the console answered the logon with ${reason}`, {
      context: { console: this.#console },
    });
  }

  /**
   * The right to read this file is the authentication (powervm-rest-api.md 1.4). A failure is terminal: every further
   * logon would leave one more session on the console that cannot be ended.
   */
  async #readTokenFile(file: string): Promise<Secret> {
    try {
      if (this.type !== 'novalink') throw new Error('file authentication works on NovaLink only, and this is an HMC');
      if (!this.#endpoint.isLoopback)
        throw new Error('file authentication works only on the NovaLink partition itself');
      return await readTokenFile(file);
    } catch (error) {
      this.#refusal = new ConsoleError('POWERVM_FILE_LOGON_FAILED', `${this.#console}: ${describeError(error)}`, {
        cause: error,
        context: { console: this.#console, file },
      });
      throw this.#refusal;
    }
  }
}

/** Whether a session may still be open after its logoff: 401, a lost session and 404 say that it is not there. */
function isLogoffRefused(response: ConsoleResponse): boolean {
  return (
    response.statusCode >= 500 || response.statusCode === 408 || response.statusCode === 429 || isRetryable(response)
  );
}

/** Waits for an opening, however it ends, for a limited time. */
async function withinLogoffTimeout(opening: Promise<unknown>): Promise<void> {
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

/** IBM's own example wraps the token over several lines, which would be an illegal header. */
function withoutBlanks(text: string | undefined): string {
  return (text ?? '').replaceAll(/\s+/g, '');
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
