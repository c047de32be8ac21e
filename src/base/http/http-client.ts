import type { Got, OptionsInit, Request, RequestError } from 'got';
import { version } from '../version.ts';
import type { ConnectionAgents, ConnectionOptions } from './connection-agents.ts';
import { fingerprints } from './fingerprint.ts';
import type { HttpBytes, HttpResponse } from './http-response.ts';
import { answerLines, readResponse, withoutExchange } from './http-response-reading.ts';
import { socketErrorCode } from './socket-error.ts';
import { decodeText } from './text-decoding.ts';
import { tlsAgentOptions } from './tls-options.ts';

export { type HttpBytes, type HttpResponse, ResponseTooLarge } from './http-response.ts';

export interface HttpClientOptions extends ConnectionOptions {
  /** Milliseconds without a byte of a response. */
  readonly readTimeout: number;
  /** Largest answer after decompression. */
  readonly maxResponseBytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Smaller than that of the client, for a response that is known to be small. */
  readonly maxResponseBytes?: number;
  /** Milliseconds for the whole exchange, so that a body that drips forever ends; default twice `readTimeout`. */
  readonly exchangeTimeout?: number;
}

const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);
const CONTENT_REJECTIONS = new Set([400, 413, 422]);
/** What a connection says that the other side has closed. */
const CLOSED_CONNECTION = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE']);
/** For got, whose timers take 31 bits of milliseconds. */
const NEVER = 2 ** 31 - 1;
/** Connections that were kept and found closed, one after the other, for one request. */
const MAX_CLOSED_CONNECTIONS = 3;

/** Whether the same request may be taken later, by the status of a response that did not take it. */
export function isTransientStatus(statusCode: number): boolean {
  return TRANSIENT_STATUSES.has(statusCode);
}

/**
 * Whether a status rejects the data themselves, now and later: Bad Request, Content Too Large,
 * Unprocessable Content. Every other rejection is about credentials, address or protocol, which can be corrected.
 */
export function isContentRejection(statusCode: number | undefined): boolean {
  return statusCode !== undefined && CONTENT_REJECTIONS.has(statusCode);
}

/**
 * HTTP over `got`, with kept connections, bounded responses and time-outs. It follows no redirect, so that no password
 * or token leaves its host, and repeats nothing but a request whose kept connection the other side had closed
 * meanwhile. Every response is returned as it is; only what never became one is an error, for {@link socketError} to
 * explain.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #pins: readonly string[] | undefined;
  readonly #gotOptions: OptionsInit;
  #got: Promise<Got> | undefined;
  #agents: ConnectionAgents | undefined;
  /** Counts {@link closeConnections}: what those break is not repeated. */
  #closings = 0;

  /**
   * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file of the TLS options, `POWERVM_CONFIG_INVALID` for a
   *   fingerprint that is none
   */
  constructor(options: HttpClientOptions) {
    const pinned = options.tls?.fingerprint;
    this.#options = options;
    this.#pins = pinned === undefined ? undefined : fingerprints(pinned);
    this.#gotOptions = gotOptions(options);
  }

  /**
   * @throws {ResponseTooLarge}
   * @throws {ExchangeFailure} when no response came
   * @throws the signal's reason when it aborts
   */
  async send(url: URL, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    const { body, ...response } = await this.sendBytes(url, request, signal);
    return { ...response, body: decodeText(body, response.headers['content-type']) };
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
   * A response that continues for as long as both sides like, line by line. Ends when the other side ends it, or says
   * nothing for `exchangeTimeout`.
   * @returns with the body of a response that is not 200; its lines are in no message
   * @throws as {@link send}
   */
  async sendLines(
    url: URL,
    request: HttpRequest,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
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
      return await answerLines(stream, this.#options.maxResponseBytes, onLine);
    } catch (error) {
      throw signal.aborted ? signal.reason : withoutExchange(error);
    }
  }

  /** Closes connections: running requests fail, later ones open new connections. */
  closeConnections(): void {
    this.#closings += 1;
    this.#agents?.http.destroy();
    this.#agents?.https.destroy();
  }

  #loadGot(): Promise<Got> {
    this.#got ??= this.#extendGot();
    return this.#got;
  }

  /** With the first request: loading `got` takes longer than most commands, and `node:https` a tenth of an import. */
  async #extendGot(): Promise<Got> {
    const [{ got }, { closeIdleConnections, connectionAgents }] = await Promise.all([
      import('got'),
      import('./connection-agents.ts'),
    ]);
    const agents = connectionAgents(this.#options, this.#pins);
    this.#agents = agents;
    return got.extend({
      ...this.#gotOptions,
      agent: agents,
      hooks: { beforeRetry: [() => closeIdleConnections(agents)] },
    });
  }

  async #exchange(url: URL, request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpBytes> {
    const got = await this.#loadGot();
    const { method, headers = {}, body, exchangeTimeout } = request;
    const maxResponseBytes = Math.min(
      request.maxResponseBytes ?? Number.POSITIVE_INFINITY,
      this.#options.maxResponseBytes,
    );
    const closings = this.#closings;
    let hasResponseBegun = false;
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
          return mayRepeat && foundClosed(error, method === 'GET' ? false : hasResponseBegun) ? 1 : 0;
        },
      },
    });
    return new Promise<HttpBytes>((resolve, reject) => {
      const listen = (attempt: Request) => {
        hasResponseBegun = false;
        attempt.once('socket', (socket) => {
          socket.once('data', () => {
            hasResponseBegun = true;
          });
        });
        attempt.once('retry', (_count, _error, createRetryStream) => listen(createRetryStream()));
        // got waits for a request body unless it knows that there is none.
        if (body === undefined && method !== 'GET') attempt.end();
        readResponse(attempt, maxResponseBytes, resolve, reject);
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
function foundClosed(error: RequestError, hasResponseBegun: boolean): boolean {
  return (
    error.request?.reusedSocket === true &&
    error.response === undefined &&
    !hasResponseBegun &&
    CLOSED_CONNECTION.has(socketErrorCode(error))
  );
}
