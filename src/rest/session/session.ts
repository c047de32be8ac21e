import type { Clock } from '../../base/clock/clock.ts';
import { ConsoleError, describeError } from '../../base/errors/errors.ts';
import { type Logger, loggerOf } from '../../base/logger.ts';
import type { Secret } from '../../base/secrets/secret.ts';
import type { Endpoint } from '../endpoint.ts';
import { isRetryable, responseError } from '../errors/response-errors.ts';
import type { ConsoleType } from '../model.ts';
import type { ConsoleOptions } from '../options.ts';
import type { ConsoleResponse } from '../requests/exchange.ts';
import { unlessAborted } from '../requests/time-limit.ts';
import type { Transport } from '../requests/transport.ts';
import {
  auditMementoOf,
  consoleTypeOf,
  credentialsOf,
  isLogoffRefused,
  LOGOFF_TIMEOUT_MS,
  logoffRequest,
  logonFailure,
  logonRefusal,
  logonRequest,
  refusedBefore,
  sessionOf,
  withinLogoffTimeout,
} from './logon.ts';
import { SessionPersistence } from './session-persistence.ts';
import { InMemorySessionStore, type OpenSession } from './session-store.ts';
import { readTokenFile } from './token-file.ts';

const DEFAULT_LOGON_TRIES = 3;
const PAUSE_BETWEEN_LOGONS = 2_000;

/**
 * The one session that all callers of a console share (docs/reference/console-api.md#sessions).
 *
 * What a crashed run left in the memory is used as long as it works, and a session that does not work any more is
 * logged off before another is opened. Only when the console refuses that logoff there is one beside it, which is
 * remembered too and ended at the next contact; a third one is never opened. A refused logon is terminal: every later
 * call fails with the same error and no further logon reaches the console, since repeated refusals lock the account.
 */
export class Session {
  readonly #options: ConsoleOptions;
  readonly #console: string;
  readonly #endpoint: Endpoint;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #persistence: SessionPersistence;
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
  readonly #credentials = () => credentialsOf(this.#options, this.#console);
  type: ConsoleType | undefined;

  constructor(options: ConsoleOptions, endpoint: Endpoint, transport: Transport, clock: Clock) {
    this.#options = options;
    this.#console = endpoint.host;
    this.#endpoint = endpoint;
    this.#transport = transport;
    this.#clock = clock;
    this.#logger = loggerOf(options);
    const store = options.sessionStore ?? new InMemorySessionStore();
    this.#persistence = new SessionPersistence(store, endpoint, this.#logger);
    if (options.wasRefused) this.#refusal = refusedBefore(this.#console, 'before');
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
    return auditMementoOf(this.#options);
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
      if (session) await this.#persistence.forget();
      return;
    }
    if (!this.#abandoned) [this.#abandoned, this.#ending] = [this.#ending, undefined];
    await this.#persistence.save({ ...left, type: this.type ?? 'hmc', ending: this.#ending });
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
      const request = { ...logoffRequest(this.#options, session.token), isLogoff: true };
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
    // What one process was refused, another one need not try: every refusal brings the account nearer to its lock.
    if (await this.#persistence.wasRefused(this.#credentials)) {
      this.#refusal = refusedBefore(this.#console, 'to another process');
      throw this.#refusal;
    }
    const { token, type } = await this.#logOn(generation);
    await this.#persistence.save({ token, type, username: this.#options.username, ending: this.#ending });
    this.#token = token;
    return token;
  }

  /** Takes over what an earlier run left behind. That of another user is not ours to use, only to end. */
  #load(): Promise<void> {
    this.#loading ??= this.#takeOver();
    return this.#loading;
  }

  async #takeOver(): Promise<void> {
    const left = await this.#persistence.load();
    if (!left) return;
    const { token, username, type, ending, isForeign = false } = left;
    this.#ending = ending;
    if (isForeign || username !== this.#options.username) {
      this.#abandoned = { token, username };
      return;
    }
    this.#token = token;
    this.type = type;
    this.#logger.info({ console: this.#console }, 'going on with the session of the run before');
  }

  /**
   * A console that is too busy for a logoff is too busy for a logon. One that refuses it for another reason may do so
   * forever: then a session is opened beside the one to be ended, once.
   */
  async #endAbandoned(session: OpenSession): Promise<void> {
    const request = logoffRequest(this.#options, session.token);
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
    if (!this.#ending) await this.#persistence.forget();
  }

  /** Tries it once more; what does not work now is for the next contact. */
  async #endBeside(session: OpenSession): Promise<void> {
    const response = await this.#transport.send(logoffRequest(this.#options, session.token));
    if (!isLogoffRefused(response)) this.#ending = undefined;
  }

  #ended(): ConsoleError {
    return new ConsoleError(
      'POWERVM_SHUT_DOWN',
      `${this.#console}: the session was ended while a request was under way`,
    );
  }

  async #logOn(generation: number): Promise<{ readonly token: Secret; readonly type: ConsoleType }> {
    const response = await this.#sendLogon(generation);
    if (response.statusCode === 401 || response.statusCode === 403) {
      const refusal = logonRefusal(this.#console, response, this.#options.username !== undefined);
      this.#refusal = refusal;
      if (refusal.code === 'POWERVM_LOGON_REFUSED') await this.#persistence.rememberRefusal(this.#credentials);
      throw refusal;
    }
    if (response.statusCode !== 200) throw logonFailure(this.#console, response);
    const type = consoleTypeOf(response);
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
    const request = await logonRequest(this.#options, this.#console);
    const tries = this.#options.logonTries ?? DEFAULT_LOGON_TRIES;
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#transport.send(request);
      const isStarting = response.statusCode === 404 || response.statusCode === 503;
      if (!isStarting || attempt >= tries) return response;
      if (generation !== this.#generation) throw this.#ended();
      await this.#clock.sleep(PAUSE_BETWEEN_LOGONS, this.#abortOpening.signal);
    }
  }

  async #readToken(response: ConsoleResponse): Promise<Secret> {
    const session = sessionOf(this.#console, response, this.#options.username === undefined);
    return 'token' in session ? session.token : this.#readTokenFile(session.file);
  }

  /**
   * The right to read this file is the authentication (docs/reference/console-api.md#sessions-of-novalink). A failure
   * is terminal: every further logon would leave one more session on the console that cannot be ended.
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
