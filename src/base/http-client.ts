import type { Got, OptionsInit, Request, RequestError } from 'got';
import {
  type ConnectionAgents,
  type ConnectionOptions,
  closeIdleConnections,
  connectionAgents,
} from './connection-agents.ts';
import type { HttpAnswer, HttpBytes } from './http-answer.ts';
import { answerLines, readAnswer, withoutExchange } from './http-answer-reading.ts';
import { socketErrorCode } from './socket-problem.ts';
import { decodeText } from './text-decoding.ts';
import { tlsAgentOptions } from './tls-options.ts';
import { version } from './version.ts';

export { AnswerTooLarge, type HttpAnswer, type HttpBytes } from './http-answer.ts';

export interface HttpClientOptions extends ConnectionOptions {
  /** Milliseconds without a byte of an answer. */
  readonly readTimeout: number;
  /** Largest answer after decompression. */
  readonly maxAnswerBytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Smaller than that of the client, for an answer that is known to be small. */
  readonly maxAnswerBytes?: number;
  /** Milliseconds for the whole exchange, which a body that drips for ever would not let end; default twice `readTimeout`. */
  readonly exchangeTimeout?: number;
}

const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);
const CONTENT_REFUSALS = new Set([400, 413, 422]);
/** What a connection says that the other side has closed. */
const CLOSED_CONNECTION = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE']);
/** For got, whose timers take 31 bits of milliseconds. */
const NEVER = 2 ** 31 - 1;
/** Connections that were kept and found closed, one after the other, for one request. */
const MAX_CLOSED_CONNECTIONS = 3;

/** Whether the same request may be taken later, by the status of an answer that did not take it. */
export function isTransientStatus(statusCode: number): boolean {
  return TRANSIENT_STATUSES.has(statusCode);
}

/**
 * Whether a status says that the data themselves are not wanted, and will not be tomorrow: Bad Request, Content Too Large,
 * Unprocessable Content. Every other refusal is about who asks, where and how, which somebody may mend.
 */
export function isRefusalOfContent(statusCode: number | undefined): boolean {
  return statusCode !== undefined && CONTENT_REFUSALS.has(statusCode);
}

/**
 * HTTP over `got`, with kept connections, bounded answers and time-outs. It follows no redirect, so that no password or
 * token leaves its host, and repeats nothing but a request whose kept connection the other side had closed meanwhile.
 * Every answer is handed back as it is; only what never became one is an error, for {@link socketProblem} to explain.
 */
export class HttpClient {
  readonly #agents: ConnectionAgents;
  readonly #options: HttpClientOptions;
  readonly #gotOptions: OptionsInit;
  #got: Promise<Got> | undefined;
  /** Counts {@link closeConnections}: what those break is not repeated. */
  #closings = 0;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file of the TLS options */
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#agents = connectionAgents(options);
    this.#gotOptions = {
      ...gotOptions(options),
      agent: this.#agents,
      hooks: { beforeRetry: [() => closeIdleConnections(this.#agents)] },
    };
  }

  /**
   * @throws {AnswerTooLarge}
   * @throws {ExchangeFailure} when no answer came
   * @throws the signal's reason when it aborts
   */
  async send(url: URL, request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const { body, ...answer } = await this.sendBytes(url, request, signal);
    return { ...answer, body: decodeText(body, answer.headers['content-type']) };
  }

  /** As {@link send}, for answers that are no text. */
  async sendBytes(url: URL, request: HttpRequest, signal?: AbortSignal): Promise<HttpBytes> {
    signal?.throwIfAborted();
    try {
      return await this.#exchange(url, request, signal);
    } catch (error) {
      throw signal?.aborted ? signal.reason : withoutExchange(error);
    }
  }

  /**
   * An answer that goes on for as long as both sides like, line by line. Ends when the other side ends it, or says nothing
   * for `exchangeTimeout`.
   * @returns with the body of an answer that is not 200; its lines are not told
   * @throws as {@link send}
   */
  async sendLines(
    url: URL,
    request: HttpRequest,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const got = await this.#loadGot();
    const { method, headers = {}, body, exchangeTimeout } = request;
    const stream = got.stream(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      timeout: { request: NEVER, socket: exchangeTimeout ?? this.#options.readTimeout },
      signal,
      retry: { limit: 0 },
    });
    try {
      return await answerLines(stream, this.#options.maxAnswerBytes, onLine);
    } catch (error) {
      throw signal.aborted ? signal.reason : withoutExchange(error);
    }
  }

  /** Closes connections: requests under way fail, a later one opens new ones. */
  closeConnections(): void {
    this.#closings += 1;
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** With the first request: loading takes longer than most commands. */
  #loadGot(): Promise<Got> {
    this.#got ??= import('got').then(({ got }) => got.extend(this.#gotOptions));
    return this.#got;
  }

  async #exchange(url: URL, request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpBytes> {
    const got = await this.#loadGot();
    const { method, headers = {}, body, exchangeTimeout } = request;
    const maxAnswerBytes = Math.min(request.maxAnswerBytes ?? Number.POSITIVE_INFINITY, this.#options.maxAnswerBytes);
    const closings = this.#closings;
    let hasAnswerBegun = false;
    const stream = got.stream(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(exchangeTimeout === undefined ? {} : { timeout: { request: exchangeTimeout } }),
      ...(signal === undefined ? {} : { signal }),
      retry: {
        limit: MAX_CLOSED_CONNECTIONS,
        calculateDelay: ({ error, attemptCount }) => {
          const mayRepeat = attemptCount <= MAX_CLOSED_CONNECTIONS && closings === this.#closings;
          return mayRepeat && foundClosed(error, method === 'GET' ? false : hasAnswerBegun) ? 1 : 0;
        },
      },
    });
    return new Promise<HttpBytes>((resolve, reject) => {
      const listen = (attempt: Request) => {
        hasAnswerBegun = false;
        attempt.once('socket', (socket) => {
          socket.once('data', () => {
            hasAnswerBegun = true;
          });
        });
        attempt.once('retry', (_count, _error, createRetryStream) => listen(createRetryStream()));
        // got waits for the body of a request that may have one until it is told that there is none.
        if (body === undefined && method !== 'GET') attempt.end();
        readAnswer(attempt, maxAnswerBytes, resolve, reject);
      };
      listen(stream);
    });
  }
}

/** What does not change from one request to the next. */
function gotOptions({ connectTimeout, readTimeout, tls }: HttpClientOptions): OptionsInit {
  const { ca, cert, key, servername, ciphers, minVersion, rejectUnauthorized = true } = tlsAgentOptions(tls);
  return {
    followRedirect: false,
    throwHttpErrors: false,
    enableUnixSockets: false,
    headers: { 'user-agent': `otel-powervm/${version}` },
    timeout: {
      lookup: connectTimeout,
      connect: connectTimeout,
      secureConnect: connectTimeout,
      socket: readTimeout,
      response: readTimeout,
      request: readTimeout * 2,
    },
    https: {
      rejectUnauthorized,
      ...(ca === undefined ? {} : { certificateAuthority: ca }),
      ...(cert === undefined ? {} : { certificate: cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { serverName: servername }),
      ...(ciphers === undefined ? {} : { ciphers }),
      ...(minVersion === undefined ? {} : { minVersion }),
    },
  };
}

/** Whether a request failed since its connection, kept from one before, had been closed by the other side meanwhile. */
function foundClosed(error: RequestError, hasAnswerBegun: boolean): boolean {
  return (
    error.request?.reusedSocket === true &&
    error.response === undefined &&
    !hasAnswerBegun &&
    CLOSED_CONNECTION.has(socketErrorCode(error))
  );
}
