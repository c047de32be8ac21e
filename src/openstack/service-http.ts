import type { ErrorCode } from '../base/error-catalog.ts';
import { OpenStackError } from '../base/errors.ts';
import { AnswerTooLarge, HttpClient, type HttpRequest } from '../base/http-client.ts';
import { withoutSecrets } from '../base/secret.ts';
import { type SocketProblem, socketProblem } from '../base/socket-problem.ts';
import type { TlsOptions } from '../base/tls-options.ts';

const CONNECT_TIMEOUT = 10_000;
const DEFAULT_READ_TIMEOUT = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const LONGEST_MESSAGE = 500;
/** Of an error nobody reads more. */
const LONGEST_ERROR = 65_536;

export interface JsonRequest {
  readonly method: HttpRequest['method'];
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** What stands in it and must not stand in an error that quotes the answer. */
  readonly secrets?: readonly string[];
}

/** What a service answered, whatever its status. */
export interface JsonAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `undefined` for a body that is empty or no JSON. */
  readonly content: unknown;
}

/** JSON over HTTP, as all services of OpenStack speak it. */
export class ServiceHttp {
  readonly #client: HttpClient;

  /** @param readTimeout milliseconds without a byte of an answer; default a minute */
  constructor(tls: TlsOptions, readTimeout = DEFAULT_READ_TIMEOUT) {
    this.#client = new HttpClient({
      tls,
      connectTimeout: Math.min(CONNECT_TIMEOUT, readTimeout),
      readTimeout,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
  }

  /**
   * @param service for messages: `Keystone`, `Nova`
   * @throws {OpenStackError} `POWERVM_OPENSTACK_UNREACHABLE`, `POWERVM_TLS_UNTRUSTED`, `POWERVM_ANSWER_TOO_LARGE`
   */
  async send(
    service: string,
    url: URL,
    { method, headers, json, secrets = [] }: JsonRequest,
    signal?: AbortSignal,
  ): Promise<JsonAnswer> {
    try {
      const answer = await this.#client.send(
        url,
        {
          method,
          headers: {
            Accept: 'application/json',
            ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
            ...headers,
          },
          ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        },
        signal,
      );
      const isError = answer.statusCode >= 400;
      const body = isError ? withoutSecrets(answer.body.slice(0, LONGEST_ERROR), secrets) : answer.body;
      return { statusCode: answer.statusCode, headers: answer.headers, content: parsed(body) };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw unreachable(service, url, error);
    }
  }

  close(): void {
    this.#client.closeConnections();
  }
}

const codes: Readonly<Record<SocketProblem['kind'], ErrorCode>> = {
  connection: 'POWERVM_OPENSTACK_UNREACHABLE',
  certificate: 'POWERVM_TLS_UNTRUSTED',
  garbled: 'POWERVM_OPENSTACK_ANSWER',
};

function unreachable(service: string, url: URL, error: unknown): OpenStackError {
  const place = `${service} at ${url.origin}`;
  const context = { service, address: url.origin };
  if (error instanceof AnswerTooLarge) {
    const message = `${place}: the answer for ${url.pathname} is ${error.message}`;
    return new OpenStackError('POWERVM_ANSWER_TOO_LARGE', message, { context });
  }
  const { kind, reason } = socketProblem(error);
  return new OpenStackError(codes[kind], `${place}: ${reason}`, { cause: error, context });
}

/** The error that an answer stands for: 401 and 403 are about rights, the others about the request or the service. */
export function answerError(service: string, url: URL, { statusCode, content }: JsonAnswer): OpenStackError {
  const said = answerMessage(content);
  const words =
    statusCode === 403
      ? 'the account may not do that'
      : statusCode === 401
        ? 'the token was not accepted'
        : statusCode >= 200 && statusCode < 300
          ? 'the answer is not what belongs there'
          : 'the request failed';
  return new OpenStackError(
    statusCode === 401 || statusCode === 403 ? 'POWERVM_OPENSTACK_FORBIDDEN' : 'POWERVM_OPENSTACK_ANSWER',
    `${service}: ${words} (${statusCode} for ${url.pathname})${said === '' ? '' : `: ${said}`}`,
    { context: { service, path: url.pathname, statusCode } },
  );
}

/**
 * What a service says about an error, on one line: Keystone's `{"error": {"message"}}`, Nova's
 * `{"badRequest": {"message"}}`, Gnocchi's `{"title", "description"}`.
 */
export function answerMessage(content: unknown): string {
  return textOf(content).replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
}

function textOf(content: unknown): string {
  if (typeof content !== 'object' || content === null) return '';
  const map = content as Readonly<Record<string, unknown>>;
  for (const key of ['message', 'description', 'title']) {
    const value = map[key];
    if (typeof value === 'string') return value;
    if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  }
  const [inner] = Object.values(map);
  return typeof inner === 'object' ? textOf(inner) : '';
}

function parsed(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body);
  } catch {
    return undefined;
  }
}
