import got, { type Got, RequestError, type Response } from 'got';
import { type ConnectionAgents, type ConnectionOptions, connectionAgents } from './connection-agents.ts';

export interface HttpClientOptions extends ConnectionOptions {
  /** Milliseconds without a byte of an answer. */
  readonly readTimeout: number;
  /** Largest answer after decompression. */
  readonly maxAnswerBytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Smaller than that of the client, for an answer that is known to be small. */
  readonly maxAnswerBytes?: number;
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

/** What the socket layer said, and nothing of the request: that has passwords and tokens in it. */
class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  /** Node's code; empty when there is none. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/**
 * HTTP with kept connections, bounded answers and time-outs; no redirects and no retries. Every answer is handed back
 * as it is; only what never became one is an error, for {@link socketProblem} to explain.
 */
export class HttpClient {
  readonly #got: Got;
  readonly #agents: ConnectionAgents;
  readonly #maxAnswerBytes: number;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file of the TLS options */
  constructor({ readTimeout, maxAnswerBytes, ...connection }: HttpClientOptions) {
    const { connectTimeout } = connection;
    this.#maxAnswerBytes = maxAnswerBytes;
    this.#agents = connectionAgents(connection);
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
   * @throws {ExchangeFailure} when no answer came
   * @throws the signal's reason when it aborts
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
      throw signal?.aborted ? signal.reason : withoutRequest(error);
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
    const maxAnswerBytes = Math.min(request.maxAnswerBytes ?? Number.POSITIVE_INFINITY, this.#maxAnswerBytes);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > maxAnswerBytes) {
        stream.destroy();
        throw new AnswerTooLarge(`larger than ${maxAnswerBytes} bytes`);
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

/** got's errors carry the request with all its headers and its body, and so would every log that prints them. */
export function withoutRequest(error: unknown): unknown {
  if (error instanceof AnswerTooLarge) return error;
  if (error instanceof RequestError && error.cause instanceof Error) return withoutRequest(error.cause);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return new ExchangeFailure(error instanceof Error ? error.message : String(error), code);
}
