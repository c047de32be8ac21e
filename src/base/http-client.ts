import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type Duplex, pipeline, type Readable } from 'node:stream';
import zlib from 'node:zlib';
import { type ConnectionAgents, type ConnectionOptions, connectionAgents } from './connection-agents.ts';
import { socketErrorCode } from './socket-problem.ts';
import { version } from './version.ts';

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

/** What came back, whatever its status. */
export interface HttpAnswer {
  readonly statusCode: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** The same with a body that is no text. */
export interface HttpBytes extends Omit<HttpAnswer, 'body'> {
  readonly body: Buffer;
}

const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether the same request may be taken later, by the status of an answer that did not take it. */
export function isTransientStatus(statusCode: number): boolean {
  return TRANSIENT_STATUSES.has(statusCode);
}

/** The answer was cut off. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** What the socket layer said, and nothing of the exchange: that has passwords and tokens in it. */
class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  /** Node's code; empty when there is none. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

const decompressors: Readonly<Record<string, () => Duplex>> = {
  gzip: () => zlib.createUnzip(),
  deflate: () => zlib.createUnzip(),
  br: () => zlib.createBrotliDecompress(),
};

/**
 * HTTP with kept connections, bounded answers and time-outs; no redirects and no retries. Every answer is handed back
 * as it is; only what never became one is an error, for {@link socketProblem} to explain.
 *
 * Node's own client: with `got` loading and 57 small requests made up a quarter of what `otel-powervm inspect` cost
 * (docs/performance.md), and what it adds was switched off here.
 */
export class HttpClient {
  readonly #agents: ConnectionAgents;
  readonly #options: HttpClientOptions;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file of the TLS options */
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#agents = connectionAgents(options);
  }

  /**
   * @throws {AnswerTooLarge}
   * @throws {ExchangeFailure} when no answer came
   * @throws the signal's reason when it aborts
   */
  async send(url: URL, request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const { body, ...answer } = await this.sendBytes(url, request, signal);
    return { ...answer, body: body.toString('utf8') };
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

  /** Closes connections: requests under way fail, a later one opens new ones. */
  closeConnections(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #exchange(url: URL, request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpBytes> {
    const { connectTimeout, readTimeout } = this.#options;
    const { exchangeTimeout = readTimeout * 2 } = request;
    const maxAnswerBytes = Math.min(request.maxAnswerBytes ?? Number.POSITIVE_INFINITY, this.#options.maxAnswerBytes);
    const isTls = url.protocol === 'https:';
    return new Promise<HttpBytes>((resolve, reject) => {
      const outgoing = (isTls ? https : http).request(url, {
        method: request.method,
        agent: isTls ? this.#agents.https : this.#agents.http,
        headers: {
          'accept-encoding': Object.keys(decompressors).join(', '),
          'user-agent': `otel-powervm/${version}`,
          ...request.headers,
        },
      });
      const fail = (error: unknown) => {
        settle();
        reject(error);
        outgoing.destroy();
      };
      const tooLate = () => fail(new ExchangeFailure('no answer came in time', 'ETIMEDOUT'));
      const interrupt = () => fail(signal?.reason);
      const connecting = setTimeout(tooLate, connectTimeout);
      const exchanging = setTimeout(tooLate, exchangeTimeout);
      const settle = () => {
        clearTimeout(connecting);
        clearTimeout(exchanging);
        signal?.removeEventListener('abort', interrupt);
      };
      signal?.addEventListener('abort', interrupt, { once: true });
      outgoing.once('socket', (socket) => {
        const isConnected = () => clearTimeout(connecting);
        if (socket.connecting) socket.once(isTls ? 'secureConnect' : 'connect', isConnected);
        else isConnected();
      });
      outgoing.setTimeout(readTimeout, tooLate);
      // Stays until the end: what a destroyed connection still has to say interests nobody.
      outgoing.on('error', fail);
      outgoing.once('response', (incoming) => {
        readAnswer(incoming, maxAnswerBytes).then((answer) => {
          settle();
          resolve(answer);
        }, fail);
      });
      outgoing.end(request.body);
    });
  }
}

/** @throws {AnswerTooLarge} as soon as more than `maxBytes` have come out, so that no small text becomes a large one */
async function readAnswer(incoming: IncomingMessage, maxBytes: number): Promise<HttpBytes> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decompressed(incoming)) {
    size += chunk.length;
    if (size > maxBytes) throw new AnswerTooLarge(`larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return {
    statusCode: incoming.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    body: Buffer.concat(chunks),
  };
}

/** What fails on the way ends the stream that is returned, and is thrown to whoever reads it. */
function decompressed(incoming: IncomingMessage): Readable {
  const { 'content-encoding': encoding = '', 'content-length': length } = incoming.headers;
  const createDecompressor = decompressors[encoding.toLowerCase()];
  const isEmpty = incoming.statusCode === 204 || length === '0';
  return createDecompressor && !isEmpty ? pipeline(incoming, createDecompressor(), () => undefined) : incoming;
}

/** An error of Node may carry what went over the wire (`rawPacket`), and so would every log that prints it. */
function withoutExchange(error: unknown): unknown {
  if (error instanceof AnswerTooLarge || error instanceof ExchangeFailure) return error;
  return new ExchangeFailure(error instanceof Error ? error.message : String(error), socketErrorCode(error));
}
