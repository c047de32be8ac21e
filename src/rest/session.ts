import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { ConsoleError, describeError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { answerError } from './answer-errors.ts';
import { child, type Element, parseXml, textAt } from './atom.ts';
import { readErrorResponse } from './error-response.ts';
import type { ConsoleType } from './model.ts';
import type { ConsoleOptions } from './options.ts';
import type { ConsoleAnswer, ConsoleRequest, Transport } from './transport.ts';

const LOGON_PATH = '/rest/api/web/Logon';
const WEB_NAMESPACE = 'http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/';
const DEFAULT_LOGON_TRIES = 3;
const PAUSE_BETWEEN_LOGONS = 2_000;

/**
 * The one session that all callers of a console share (powervm-rest-api.md 1.3 to 1.7).
 *
 * A refused logon is terminal: every later call fails with the same error and no further logon reaches the console,
 * since repeated refusals lock the account.
 */
export class Session {
  readonly #options: ConsoleOptions;
  readonly #console: string;
  readonly #isLoopback: boolean;
  readonly #transport: Transport;
  readonly #clock: Clock;
  #token: Secret | undefined;
  #logon: Promise<Secret> | undefined;
  #refusal: ConsoleError | undefined;
  /** Counts the logoffs: what began before one must not log on after it. */
  #generation = 0;
  type: ConsoleType | undefined;

  constructor(options: ConsoleOptions, console: string, isLoopback: boolean, transport: Transport, clock: Clock) {
    this.#options = options;
    this.#console = console;
    this.#isLoopback = isLoopback;
    this.#transport = transport;
    this.#clock = clock;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Shown in the audit log of the console; HMC V10R3 asks for it. */
  get auditMemento(): string {
    return this.#options.auditMemento ?? 'otel-powervm';
  }

  /** The token, after a logon where there is none yet. */
  token(signal?: AbortSignal): Promise<Secret> {
    if (this.#token) return Promise.resolve(this.#token);
    return this.#logOnOnce(signal);
  }

  /**
   * A token instead of one that the console did not accept any more. When another caller was faster, it is theirs.
   * @param generation of the caller's first attempt: after a logoff since then nobody logs on again
   */
  renew(lost: Secret, generation: number, signal?: AbortSignal): Promise<Secret> {
    if (generation !== this.#generation) {
      return Promise.reject(
        new ConsoleError('POWERVM_SHUT_DOWN', `${this.#console}: the session was ended while a request was under way`),
      );
    }
    if (this.#token === lost) this.#token = undefined;
    return this.token(signal);
  }

  /** Ends the session. Never throws and never logs on. */
  async logOff(): Promise<void> {
    this.#generation += 1;
    const token = this.#token ?? (await this.#logon?.catch(() => undefined));
    this.#token = undefined;
    if (!token) return;
    try {
      await this.#transport.send({
        kind: 'logoff',
        method: 'DELETE',
        path: LOGON_PATH,
        headers: { ...this.#commonHeaders(), 'X-API-Session': token.reveal() },
      });
    } catch {
      // The console is gone or restarting: its session ends with it, and nothing here can help that.
    }
  }

  /** One logon at a time, whoever asks. A caller that aborts stops waiting for it and does not end it for the others. */
  #logOnOnce(signal?: AbortSignal): Promise<Secret> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    this.#logon ??= this.#logOn().finally(() => {
      this.#logon = undefined;
    });
    return unlessAborted(this.#logon, signal);
  }

  async #logOn(): Promise<Secret> {
    const generation = this.#generation;
    const answer = await this.#sendLogon();
    if (answer.statusCode === 401 || answer.statusCode === 403) throw this.#refuse(answer);
    if (answer.statusCode !== 200) {
      const { message } = readErrorResponse(answer);
      throw new ConsoleError(
        'POWERVM_LOGON_FAILED',
        `${this.#console}: the logon was answered with ${answer.statusCode}${message === '' ? '' : `: ${message}`}`,
        { context: { console: this.#console, statusCode: answer.statusCode } },
      );
    }
    this.type = answer.headers['x-mc-type']?.toUpperCase() === 'PVM' ? 'novalink' : 'hmc';
    const token = await this.#readToken(parseXml(answer.body, `${this.#console} ${LOGON_PATH}`));
    if (generation === this.#generation) this.#token = token;
    return token;
  }

  /** 404 means that the REST service is still starting; nothing else is tried again. */
  async #sendLogon(): Promise<ConsoleAnswer> {
    const request = await this.#logonRequest();
    const tries = this.#options.logonTries ?? DEFAULT_LOGON_TRIES;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#transport.send(request);
      const isStarting = answer.statusCode === 404 || answer.statusCode === 503;
      if (!isStarting || attempt >= tries) return answer;
      await this.#clock.sleep(PAUSE_BETWEEN_LOGONS);
    }
  }

  async #logonRequest(): Promise<ConsoleRequest> {
    const { username } = this.#options;
    const credentials =
      username === undefined
        ? `<UserID>${escapeXml(`otel-powervm_${randomUUID()}`)}</UserID><GenerateX-API-SessionFile>true</GenerateX-API-SessionFile>`
        : `<UserID>${escapeXml(username)}</UserID><Password>${escapeXml(await this.#password())}</Password>`;
    return {
      kind: 'logon',
      method: 'PUT',
      path: LOGON_PATH,
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
    return typeof password === 'function' ? await password() : (password ?? '');
  }

  #commonHeaders(): Record<string, string> {
    return { 'X-Audit-Memento': this.auditMemento };
  }

  #refuse(answer: ConsoleAnswer): ConsoleError {
    const { message } = readErrorResponse(answer);
    const denied = answerError(this.#console, { kind: 'logon', method: 'PUT', path: LOGON_PATH }, answer);
    this.#refusal =
      denied.code === 'POWERVM_REMOTE_ACCESS_OFF'
        ? denied
        : new ConsoleError(
            'POWERVM_LOGON_REFUSED',
            `${this.#console}: the console refused user name or password${message === '' ? '' : `: ${message}`}`,
            { context: { console: this.#console, statusCode: answer.statusCode } },
          );
    return this.#refusal;
  }

  async #readToken(response: Element): Promise<Secret> {
    const direct = withoutBlanks(textAt(response, 'X-API-Session'));
    if (direct !== '') return new Secret(direct);
    const file = textAt(response, 'X-API-SessionFile');
    if (file !== undefined && this.#options.username === undefined) return this.#readTokenFile(file);
    const reason = child(response, 'X-API-Session') ? 'an empty session' : `<${response.name}> without a session`;
    throw new ConsoleError('POWERVM_LOGON_FAILED', `${this.#console}: the console answered the logon with ${reason}`, {
      context: { console: this.#console },
    });
  }

  /** The right to read this file is the authentication (powervm-rest-api.md 1.4). */
  async #readTokenFile(file: string): Promise<Secret> {
    const fail = (reason: string, cause?: unknown) =>
      new ConsoleError('POWERVM_FILE_LOGON_FAILED', `${this.#console}: ${reason}`, {
        cause,
        context: { console: this.#console, file },
      });
    if (this.type !== 'novalink') throw fail('file authentication works on NovaLink only, and this is an HMC');
    if (!this.#isLoopback) throw fail('file authentication works only on the NovaLink partition itself');
    try {
      const token = withoutBlanks(await readFile(file, 'utf8'));
      if (token !== '') return new Secret(token);
    } catch (error) {
      const isDenied = error instanceof Error && 'code' in error && error.code === 'EACCES';
      throw fail(isDenied ? `this user may not read ${file}` : `cannot read ${file}: ${describeError(error)}`, error);
    }
    throw fail(`the session file ${file} is empty`);
  }
}

/** IBM's own example wraps the token over several lines, which would be an illegal header. */
function withoutBlanks(text: string | undefined): string {
  return (text ?? '').replaceAll(/\s+/g, '');
}

function unlessAborted<Result>(promise: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
