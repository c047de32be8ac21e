import { type Clock, systemClock } from '../../base/clock/clock.ts';
import { ConsoleError, PowerVmError } from '../../base/errors/errors.ts';
import { HttpClient, ResponseTooLarge } from '../../base/http/http-client.ts';
import { withoutSecrets } from '../../base/secrets/secret.ts';
import type { Endpoint } from '../endpoint.ts';
import { MAX_ERROR_RESPONSE } from '../errors/error-response.ts';
import { transportError } from '../errors/transport-errors.ts';
import type { RequestKind, RequestObservation } from '../model.ts';
import type { ConsoleOptions } from '../options.ts';
import { type ConsoleRequest, type ConsoleResponse, pathOnly } from './exchange.ts';
import { Gate } from './request-gate.ts';
import { AdaptiveLimit, TimeLimitExceeded, withTimeLimit } from './time-limit.ts';

const DEFAULT_CONNECT_TIMEOUT = 10_000;
const DEFAULT_READ_TIMEOUT = 180_000;
const DEFAULT_MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** A feed of a thousand partitions in full has some 800,000; what is parsed faster and smaller has far fewer. */
const MAX_PARTS = 1_000_000;
/**
 * Files of PCM lie ready and come within a second, a feed is made while it is asked for. Longer than this neither may
 * occupy one of the few places of the console, unless what is like it has been slow before.
 */
const TIME_LIMITS: Partial<Record<RequestKind, number>> = { document: 8_000, feed: 20_000 };
const MAX_TIME_LIMIT_MS = 32_000;
/** Of so many sources it is remembered that they are slow. */
const MAX_TIME_LIMITS = 1_000;
/**
 * Answers that are small by nature. Preferences list every system of the console; half an hour of a system with thirty
 * VIOSes is a feed of 2,000 entries and 3 MiB.
 */
const MAX_BYTES: Partial<Record<RequestKind, number>> = {
  logon: 256 * 1024,
  logoff: 256 * 1024,
  preferences: 4 * 1024 * 1024,
  feed: 8 * 1024 * 1024,
};

/**
 * HTTP to one console: one address out of its candidates, bounded responses, time-outs, no redirects and no
 * retries. Every response is returned as it is; only what never became one is an error.
 */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #http: HttpClient;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #onRequest: (observation: RequestObservation) => void;
  readonly #beforeRequest: () => void;
  readonly #onResponse: NonNullable<ConsoleOptions['onResponse']>;
  readonly #timeLimits = new Map<string, AdaptiveLimit>();
  readonly #readTimeout: number;
  /** The candidate that answered last. */
  #base: string | undefined;

  constructor(endpoint: Endpoint, options: ConsoleOptions) {
    this.#endpoint = endpoint;
    this.#clock = options.clock ?? systemClock;
    this.#gate = new Gate(options, endpoint.host, this.#clock);
    this.#onRequest = options.onRequest ?? (() => undefined);
    this.#beforeRequest = options.beforeRequest ?? (() => undefined);
    this.#onResponse = options.onResponse ?? (() => undefined);
    this.#readTimeout = options.readTimeout ?? DEFAULT_READ_TIMEOUT;
    this.#http = new HttpClient({
      tls: options.tls,
      proxy: options.proxy,
      connectTimeout: options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT,
      readTimeout: this.#readTimeout,
      maxResponseBytes: options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    });
  }

  /**
   * @throws {ConsoleError} `POWERVM_CONSOLE_UNREACHABLE`, `POWERVM_TLS_UNTRUSTED`, `POWERVM_ANSWER_TOO_LARGE`
   * @throws the signal's reason when it aborts
   */
  send(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleResponse> {
    const sendIfAllowed = async () => {
      // It may have waited for its turn for long. A session of ours is ours to end whoever reads the console.
      if (request.kind !== 'logoff') this.#beforeRequest();
      return this.#sendToCandidates(request, signal);
    };
    return this.#gate.run(request, sendIfAllowed, signal);
  }

  /** Sends nothing for a minute, for a reason that no single response shows. */
  pauseRequests(reason: ConsoleError): void {
    this.#gate.close(reason);
  }

  get health(): Gate['health'] {
    return this.#gate.health;
  }

  /** Closes connections: running requests fail, later ones open new connections. */
  closeConnections(): void {
    this.#http.closeConnections();
  }

  /**
   * The next candidate is tried only when the one before gave no HTTP answer and no certificate. One that has answered is
   * kept until it cannot be reached any more: an upgrade of the console moves its port.
   */
  async #sendToCandidates(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleResponse> {
    let lastError: unknown;
    for (const candidate of this.#base === undefined ? this.#endpoint.candidates : [this.#base]) {
      try {
        const response = await this.#sendObserved(candidate, request, signal);
        this.#base = candidate;
        return response;
      } catch (error) {
        // One that was slow is there.
        const isAway = error instanceof PowerVmError && error.code === 'POWERVM_CONSOLE_UNREACHABLE';
        if (!isAway || isTooSlow(error)) throw error;
        this.#base = undefined;
        lastError = error;
      }
    }
    throw lastError;
  }

  async #sendObserved(base: string, request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleResponse> {
    const startedAt = this.#clock.now();
    const started = performance.now();
    const observe = (response: ConsoleResponse | undefined, errorType: string | undefined) => {
      const date = Date.parse(response?.headers.date ?? '');
      this.#onRequest({
        kind: request.kind,
        method: request.method,
        statusCode: response?.statusCode,
        errorType,
        durationMilliseconds: performance.now() - started,
        consoleTime: Number.isNaN(date) ? undefined : date,
        localTime: (startedAt + this.#clock.now()) / 2,
      });
    };
    try {
      const maxResponseBytes = MAX_BYTES[request.kind];
      const response = await this.#inTime(
        request,
        (until) =>
          this.#http.send(
            urlOf(base, request.path),
            maxResponseBytes === undefined ? request : { ...request, maxResponseBytes },
            until,
          ),
        signal,
      );
      requireBounded(response.body);
      const isError = response.statusCode >= 400;
      observe(response, isError ? String(response.statusCode) : undefined);
      const safe = mayBeQuoted(request, response) ? withoutSecretsOf(request, response) : response;
      this.#onResponse(request, safe);
      return safe;
    } catch (error) {
      if (signal?.aborted) {
        observe(undefined, 'aborted');
        throw signal.reason;
      }
      const explained = explain(base, request, error);
      observe(undefined, explained.code);
      throw explained;
    }
  }

  async #inTime(
    request: ConsoleRequest,
    send: (signal?: AbortSignal) => Promise<ConsoleResponse>,
    signal?: AbortSignal,
  ): Promise<ConsoleResponse> {
    const shortest = TIME_LIMITS[request.kind];
    if (shortest === undefined) return send(signal);
    const key = alike(request);
    const limit =
      this.#timeLimits.get(key) ?? new AdaptiveLimit(shortest, Math.min(this.#readTimeout, MAX_TIME_LIMIT_MS));
    const started = this.#clock.monotonic();
    try {
      const response = await withTimeLimit(limit.current, this.#clock, send, signal);
      limit.recordResponse(this.#clock.monotonic() - started);
      // Most are never slow: nothing need be remembered of them.
      if (limit.current === shortest) this.#timeLimits.delete(key);
      else this.#timeLimits.set(key, limit);
      return response;
    } catch (error) {
      if (error instanceof TimeLimitExceeded) {
        limit.recordTimeout();
        if (this.#timeLimits.size >= MAX_TIME_LIMITS) this.#timeLimits.clear();
        this.#timeLimits.set(key, limit);
      }
      throw error;
    }
  }
}

/** What the documents of one source have in common, whatever instant they are of. */
function alike({ path }: ConsoleRequest): string {
  return pathOnly(path).replace(/\d{8}T\d{6}.*$/, '');
}

/** Whether a request was given up because its response took too long. */
export function isTooSlow(error: unknown): boolean {
  return error instanceof ConsoleError && error.cause instanceof TimeLimitExceeded;
}

/**
 * A small text can blow up to seventy times its size in memory when it consists of nothing but beginnings of elements,
 * and a parser is busy with it for seconds. Counting them beforehand costs little, and nothing for usual answers.
 * @throws {ResponseTooLarge}
 */
function requireBounded(text: string): void {
  // Fewer characters than allowed parts cannot be too many.
  if (text.length <= MAX_PARTS) return;
  // XML: elements, attributes, entities. JSON: lists, objects.
  const parts = ['<', '=', '&', '[', '{'].reduce((count, mark) => count + occurrences(text, mark), 0);
  if (parts > MAX_PARTS) throw new ResponseTooLarge(`made of more than ${MAX_PARTS} parts`);
}

function occurrences(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && count <= MAX_PARTS; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

/** Whether a message to the operator may quote the body: of everything that is not what was asked for. */
function mayBeQuoted({ kind }: ConsoleRequest, { statusCode }: ConsoleResponse): boolean {
  return statusCode < 200 || statusCode > 299 || (kind === 'logon' && statusCode !== 200);
}

/** Servers often repeat what they were sent. An error needs no more text than this. */
function withoutSecretsOf(request: ConsoleRequest, response: ConsoleResponse): ConsoleResponse {
  return { ...response, body: withoutSecrets(response.body.slice(0, MAX_ERROR_RESPONSE), secretsOf(request)) };
}

function secretsOf({ headers, secrets = [] }: ConsoleRequest): readonly string[] {
  const session = headers?.['X-API-Session'];
  return session === undefined ? secrets : [session, ...secrets];
}

function explain(base: string, request: ConsoleRequest, error: unknown): ConsoleError {
  if (error instanceof ResponseTooLarge) return tooLarge(base, request, error);
  const { host, protocol } = new URL(base);
  if (!(error instanceof TimeLimitExceeded)) return transportError(host, error, protocol);
  const path = pathOnly(request.path);
  return new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', `${host}: ${error.message} for ${path}`, {
    cause: error,
    context: { console: host, path },
  });
}

function tooLarge(base: string, { method, path }: ConsoleRequest, { message }: ResponseTooLarge): ConsoleError {
  const { host } = new URL(base);
  return new ConsoleError(
    'POWERVM_ANSWER_TOO_LARGE',
    `${host}: the answer to ${method} ${pathOnly(path)} is ${message}`,
    { context: { console: host, path: pathOnly(path) } },
  );
}

/** Path and query replace those of the base, so that no link of a response can lead to another host. */
function urlOf(base: string, path: string): URL {
  const url = new URL(base);
  const [pathname = '/', query = ''] = path.split(/\?(.*)/s);
  url.pathname = pathname;
  url.search = query;
  return url;
}
