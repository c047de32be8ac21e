import http from 'node:http';
import https from 'node:https';
import got, { type Got, type Response } from 'got';
import { type Clock, systemClock } from '../base/clock.ts';
import { ConsoleError, PowerVmError } from '../base/errors.ts';
import { tlsAgentOptions } from '../base/tls-options.ts';
import type { Endpoint } from './endpoint.ts';
import type { RequestKind, RequestObservation } from './model.ts';
import type { ConsoleOptions } from './options.ts';
import { RequestLimiter } from './request-limiter.ts';
import { transportError } from './transport-errors.ts';

const DEFAULT_CONNECT_TIMEOUT = 10_000;
const DEFAULT_READ_TIMEOUT = 180_000;
const DEFAULT_MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** One HTTP request to a console. */
export interface ConsoleRequest {
  readonly kind: RequestKind;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Path and query, used as they are: file names of PCM hold `*` and `+`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whatever its status. */
export interface ConsoleAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * HTTP to one console: one address out of its candidates, few requests at a time, bounded answers, time-outs, no
 * redirects and no retries. Every answer is handed back as it is; only what never became one is an error.
 */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #got: Got;
  readonly #agents: { readonly http: http.Agent; readonly https: https.Agent };
  readonly #limiter: RequestLimiter;
  readonly #maxAnswerBytes: number;
  readonly #clock: Clock;
  readonly #onRequest: (observation: RequestObservation) => void;
  /** The candidate that has answered; the others are not tried any more. */
  #base: string | undefined;

  constructor(endpoint: Endpoint, options: ConsoleOptions) {
    const connectTimeout = options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
    const readTimeout = options.readTimeout ?? DEFAULT_READ_TIMEOUT;
    this.#endpoint = endpoint;
    this.#limiter = new RequestLimiter(options.maxConcurrentRequests ?? 2);
    this.#maxAnswerBytes = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
    this.#clock = options.clock ?? systemClock;
    this.#onRequest = options.onRequest ?? (() => undefined);
    this.#agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ...tlsAgentOptions(options.tls) }),
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
   * @throws {ConsoleError} `POWERVM_CONSOLE_UNREACHABLE`, `POWERVM_TLS_UNTRUSTED`, `POWERVM_ANSWER_TOO_LARGE`
   * @throws the signal's reason when it aborts
   */
  send(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleAnswer> {
    return this.#limiter.run(() => this.#sendToCandidates(request, signal), signal);
  }

  /** Closes idle connections. Requests under way go on; a later request opens new ones. */
  closeConnections(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** The next candidate is tried only when the one before gave no HTTP answer and no certificate. */
  async #sendToCandidates(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleAnswer> {
    if (this.#base !== undefined) return this.#sendObserved(this.#base, request, signal);
    let lastError: unknown;
    for (const candidate of this.#endpoint.candidates) {
      try {
        const answer = await this.#sendObserved(candidate, request, signal);
        this.#base = candidate;
        return answer;
      } catch (error) {
        if (!(error instanceof PowerVmError) || error.code !== 'POWERVM_CONSOLE_UNREACHABLE') throw error;
        lastError = error;
      }
    }
    throw lastError;
  }

  async #sendObserved(base: string, request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleAnswer> {
    const startedAt = this.#clock.now();
    const started = performance.now();
    const observe = (answer: ConsoleAnswer | undefined, errorType: string | undefined) => {
      const date = Date.parse(answer?.headers.date ?? '');
      this.#onRequest({
        kind: request.kind,
        method: request.method,
        statusCode: answer?.statusCode,
        errorType,
        durationMilliseconds: performance.now() - started,
        consoleTime: Number.isNaN(date) ? undefined : date,
        localTime: (startedAt + this.#clock.now()) / 2,
      });
    };
    try {
      const answer = await this.#sendOnce(base, request, signal);
      observe(answer, answer.statusCode >= 400 ? String(answer.statusCode) : undefined);
      return answer;
    } catch (error) {
      if (signal?.aborted) {
        observe(undefined, 'aborted');
        throw signal.reason;
      }
      const explained = error instanceof ConsoleError ? error : transportError(new URL(base).host, error);
      observe(undefined, explained.code);
      throw explained;
    }
  }

  /** got listens to its signal even after the answer; it gets one that ends with the request. */
  async #sendOnce(base: string, request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleAnswer> {
    const interruption = new AbortController();
    const interrupt = () => interruption.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      return await this.#readAnswer(base, request, interruption.signal);
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  }

  async #readAnswer(base: string, request: ConsoleRequest, signal: AbortSignal): Promise<ConsoleAnswer> {
    const stream = this.#got.stream(urlOf(base, request.path), {
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
        throw new ConsoleError(
          'POWERVM_ANSWER_TOO_LARGE',
          `${new URL(base).host}: the answer to ${request.method} ${pathOnly(request.path)} is larger than ${this.#maxAnswerBytes} bytes`,
          { context: { console: new URL(base).host, path: pathOnly(request.path) } },
        );
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

/** Path without query, for messages. */
export function pathOnly(path: string): string {
  return path.replace(/\?.*$/s, '');
}

/** Path and query replace those of the base, so that no link of an answer can lead to another host. */
function urlOf(base: string, path: string): URL {
  const url = new URL(base);
  const [pathname = '/', query = ''] = path.split(/\?(.*)/s);
  url.pathname = pathname;
  url.search = query;
  return url;
}
