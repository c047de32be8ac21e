import http from 'node:http';
import https from 'node:https';
import got, { type Got, type Response } from 'got';
import { type TlsOptions, tlsAgentOptions } from './tls-options.ts';

export interface HttpClientOptions {
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds until a connection stands. */
  readonly connectTimeout: number;
  /** Milliseconds without a byte of an answer. */
  readonly readTimeout: number;
  /** Largest answer after decompression. */
  readonly maxAnswerBytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  readonly statusCode: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** The answer was cut off. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/**
 * HTTP with kept connections, bounded answers and time-outs; no redirects and no retries. Every answer is handed back
 * as it is; only what never became one is an error, for {@link socketProblem} to explain.
 */
export class HttpClient {
  readonly #got: Got;
  readonly #agents: { readonly http: http.Agent; readonly https: https.Agent };
  readonly #maxAnswerBytes: number;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file of the TLS options */
  constructor({ tls, connectTimeout, readTimeout, maxAnswerBytes }: HttpClientOptions) {
    this.#maxAnswerBytes = maxAnswerBytes;
    this.#agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ...tlsAgentOptions(tls) }),
    };
    this.#got = got.extend({
      agent: this.#agents,
      followRedirect: false,
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: {
        lookup: connectTimeout,
        connect: connectTimeout,
        secureConnect: connectTimeout,
        socket: readTimeout,
        response: readTimeout,
        // A body that drips for ever keeps the socket awake; this ends it.
        request: readTimeout * 2,
      },
    });
  }

  /**
   * @throws {AnswerTooLarge}
   * @throws the signal's reason when it aborts, or what the socket layer throws
   */
  async send(url: URL, request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    signal?.throwIfAborted();
    // got listens to its signal even after the answer; it gets one that ends with the request.
    const interruption = new AbortController();
    const interrupt = () => interruption.abort(signal?.reason);
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      return await this.#exchange(url, request, interruption.signal);
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  }

  /** Closes connections: requests under way fail, a later one opens new ones. */
  closeConnections(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #exchange(url: URL, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const stream = this.#got.stream(url, {
      method: request.method,
      headers: request.headers ?? {},
      ...(request.body === undefined ? {} : { body: request.body }),
      signal,
    });
    // A DELETE may have a body, and got waits for it until it is told that there is none.
    if (request.method === 'DELETE') stream.end();
    let response: Response | undefined;
    stream.once('response', (received: Response) => {
      response = received;
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > this.#maxAnswerBytes) {
        stream.destroy();
        throw new AnswerTooLarge(`larger than ${this.#maxAnswerBytes} bytes`);
      }
      chunks.push(chunk);
    }
    if (!response) throw new Error('the connection ended without an answer');
    return {
      statusCode: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : value,
        ]),
      ),
      body: Buffer.concat(chunks).toString('utf8'),
    };
  }
}
