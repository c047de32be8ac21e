import { type Clock, systemClock } from '../base/clock.ts';
import { ConsoleError, PowerVmError } from '../base/errors.ts';
import { AnswerTooLarge, type HttpAnswer, HttpClient, type HttpRequest } from '../base/http-client.ts';
import { withoutSecrets } from '../base/secret.ts';
import type { Endpoint } from './endpoint.ts';
import { MAX_ERROR_RESPONSE } from './error-response.ts';
import { Gate } from './gate.ts';
import type { RequestKind, RequestObservation } from './model.ts';
import type { ConsoleOptions } from './options.ts';
import { AdaptiveLimit, TimeLimitExceeded, withTimeLimit } from './time-limit.ts';
import { transportError } from './transport-errors.ts';

const DEFAULT_CONNECT_TIMEOUT = 10_000;
const DEFAULT_READ_TIMEOUT = 180_000;
const DEFAULT_MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** A feed of a thousand partitions in full has some 800,000; what is parsed faster and smaller has far fewer. */
const MAX_PARTS = 1_000_000;
/**
 * Files of PCM lie ready and come within a second, a feed is made while it is asked for. Longer than this neither may
 * occupy one of the few places of the console, unless what is like it has been slow before.
 */
const TIME_LIMITS: Partial<Record<RequestKind, number>> = { document: 8_000, feed: 20_000 };
const LONGEST_TIME_LIMIT = 32_000;
/** Of so many sources it is remembered that they are slow. */
const MOST_TIME_LIMITS = 1_000;
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

/** One HTTP request to a console. */
export interface ConsoleRequest extends HttpRequest {
  readonly kind: RequestKind;
  /** Path and query, used as they are: file names of PCM hold `*` and `+`. */
  readonly path: string;
  /** The last word of a client that ends: sent even while the console is left alone. */
  readonly isFarewell?: boolean;
  /** It is about one file, or something that others can do without: what it ends with says nothing of the console. */
  readonly isAside?: boolean;
  /** What stands in its body and must not stand in an error that quotes the answer. */
  readonly secrets?: readonly string[];
}

/** What came back, whatever its status. */
export type ConsoleAnswer = HttpAnswer;

/**
 * HTTP to one console: one address out of its candidates, bounded answers, time-outs, no redirects and no
 * retries. Every answer is handed back as it is; only what never became one is an error.
 */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #http: HttpClient;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #onRequest: (observation: RequestObservation) => void;
  readonly #beforeRequest: () => void;
  readonly #onAnswer: NonNullable<ConsoleOptions['onAnswer']>;
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
    this.#onAnswer = options.onAnswer ?? (() => undefined);
    this.#readTimeout = options.readTimeout ?? DEFAULT_READ_TIMEOUT;
    this.#http = new HttpClient({
      tls: options.tls,
      proxy: options.proxy,
      connectTimeout: options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT,
      readTimeout: this.#readTimeout,
      maxAnswerBytes: options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES,
    });
  }

  /**
   * @throws {ConsoleError} `POWERVM_CONSOLE_UNREACHABLE`, `POWERVM_TLS_UNTRUSTED`, `POWERVM_ANSWER_TOO_LARGE`
   * @throws the signal's reason when it aborts
   */
  send(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleAnswer> {
    const sendIfAllowed = async () => {
      // It may have waited for its turn for long. A session of ours is ours to end whoever reads the console.
      if (request.kind !== 'logoff') this.#beforeRequest();
      return this.#sendToCandidates(request, signal);
    };
    return this.#gate.run(request, sendIfAllowed, signal);
  }

  /** Sends nothing for a minute, for a reason that no single answer shows. */
  leaveAlone(reason: ConsoleError): void {
    this.#gate.close(reason);
  }

  get health(): Gate['health'] {
    return this.#gate.health;
  }

  /** Closes connections: requests under way fail, a later one opens new ones. */
  closeConnections(): void {
    this.#http.closeConnections();
  }

  /**
   * The next candidate is tried only when the one before gave no HTTP answer and no certificate. One that has answered is
   * kept until it cannot be reached any more: an upgrade of the console moves its port.
   */
  async #sendToCandidates(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleAnswer> {
    let lastError: unknown;
    for (const candidate of this.#base === undefined ? this.#endpoint.candidates : [this.#base]) {
      try {
        const answer = await this.#sendObserved(candidate, request, signal);
        this.#base = candidate;
        return answer;
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
      const maxAnswerBytes = MAX_BYTES[request.kind];
      const answer = await this.#inTime(
        request,
        (until) =>
          this.#http.send(
            urlOf(base, request.path),
            maxAnswerBytes === undefined ? request : { ...request, maxAnswerBytes },
            until,
          ),
        signal,
      );
      demandBounded(answer.body);
      const isError = answer.statusCode >= 400;
      observe(answer, isError ? String(answer.statusCode) : undefined);
      const told = mayBeQuoted(request, answer) ? withoutSecretsOf(request, answer) : answer;
      this.#onAnswer(request, told);
      return told;
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
    send: (signal?: AbortSignal) => Promise<ConsoleAnswer>,
    signal?: AbortSignal,
  ): Promise<ConsoleAnswer> {
    const shortest = TIME_LIMITS[request.kind];
    if (shortest === undefined) return send(signal);
    const key = alike(request);
    const limit =
      this.#timeLimits.get(key) ?? new AdaptiveLimit(shortest, Math.min(this.#readTimeout, LONGEST_TIME_LIMIT));
    const started = this.#clock.monotonic();
    try {
      const answer = await withTimeLimit(limit.current, this.#clock, send, signal);
      limit.noteAnswer(this.#clock.monotonic() - started);
      // Most are never slow: nothing need be remembered of them.
      if (limit.current === shortest) this.#timeLimits.delete(key);
      else this.#timeLimits.set(key, limit);
      return answer;
    } catch (error) {
      if (error instanceof TimeLimitExceeded) {
        limit.noteNone();
        if (this.#timeLimits.size >= MOST_TIME_LIMITS) this.#timeLimits.clear();
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

/** Whether a request was given up because its answer took too long. */
export function isTooSlow(error: unknown): boolean {
  return error instanceof ConsoleError && error.cause instanceof TimeLimitExceeded;
}

/**
 * A small text can blow up to seventy times its size in memory when it consists of nothing but beginnings of elements,
 * and a parser is busy with it for seconds. Counting them beforehand costs little, and nothing for usual answers.
 * @throws {AnswerTooLarge}
 */
function demandBounded(text: string): void {
  // Fewer characters than allowed parts cannot be too many.
  if (text.length <= MAX_PARTS) return;
  // XML: elements, attributes, entities. JSON: lists, objects.
  const parts = ['<', '=', '&', '[', '{'].reduce((count, mark) => count + occurrences(text, mark), 0);
  if (parts > MAX_PARTS) throw new AnswerTooLarge(`made of more than ${MAX_PARTS} parts`);
}

function occurrences(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && count <= MAX_PARTS; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

/** Whether a message to the operator may quote the body: of everything that is not what was asked for. */
function mayBeQuoted({ kind }: ConsoleRequest, { statusCode }: ConsoleAnswer): boolean {
  return statusCode < 200 || statusCode > 299 || (kind === 'logon' && statusCode !== 200);
}

/** Servers like to repeat what they were sent. Of an error nobody reads more than an error response can have. */
function withoutSecretsOf(request: ConsoleRequest, answer: ConsoleAnswer): ConsoleAnswer {
  return { ...answer, body: withoutSecrets(answer.body.slice(0, MAX_ERROR_RESPONSE), secretsOf(request)) };
}

function secretsOf({ headers, secrets = [] }: ConsoleRequest): readonly string[] {
  const session = headers?.['X-API-Session'];
  return session === undefined ? secrets : [session, ...secrets];
}

function explain(base: string, request: ConsoleRequest, error: unknown): ConsoleError {
  if (error instanceof AnswerTooLarge) return tooLarge(base, request, error);
  const { host, protocol } = new URL(base);
  if (!(error instanceof TimeLimitExceeded)) return transportError(host, error, protocol);
  const path = pathOnly(request.path);
  return new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', `${host}: ${error.message} for ${path}`, {
    cause: error,
    context: { console: host, path },
  });
}

function tooLarge(base: string, { method, path }: ConsoleRequest, { message }: AnswerTooLarge): ConsoleError {
  const { host } = new URL(base);
  return new ConsoleError(
    'POWERVM_ANSWER_TOO_LARGE',
    `${host}: the answer to ${method} ${pathOnly(path)} is ${message}`,
    { context: { console: host, path: pathOnly(path) } },
  );
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
