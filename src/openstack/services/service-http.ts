import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { OpenStackError } from '../../base/errors/errors.ts';
import { HttpClient, type HttpRequest, ResponseTooLarge } from '../../base/http/http-client.ts';
import { type SocketError, socketError } from '../../base/http/socket-error.ts';
import type { TlsOptions } from '../../base/http/tls-options.ts';
import { withoutSecrets } from '../../base/secrets/secret.ts';
import { parseJson } from '../../base/text/json.ts';

const CONNECT_TIMEOUT = 10_000;
const DEFAULT_READ_TIMEOUT = 60_000;
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_LENGTH = 500;
/** Enough for an error message. */
const MAX_ERROR_LENGTH = 65_536;

export interface JsonRequest {
  readonly method: HttpRequest['method'];
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Secrets in it that must not appear in an error that quotes the response. */
  readonly secrets?: readonly string[];
}

/** What a service answered, whatever its status. */
export interface JsonResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `undefined` for a body that is empty or no JSON. */
  readonly content: unknown;
}

/** JSON over HTTP, as all services of OpenStack speak it. */
export class ServiceHttp {
  readonly #client: HttpClient;

  /** @param readTimeout milliseconds without a byte of a response; default a minute */
  constructor(tls: TlsOptions, readTimeout = DEFAULT_READ_TIMEOUT) {
    this.#client = new HttpClient({
      tls,
      connectTimeout: Math.min(CONNECT_TIMEOUT, readTimeout),
      readTimeout,
      maxResponseBytes: MAX_RESPONSE_BYTES,
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
  ): Promise<JsonResponse> {
    try {
      const response = await this.#client.send(
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
      const isError = response.statusCode >= 400;
      const body = isError ? withoutSecrets(response.body.slice(0, MAX_ERROR_LENGTH), secrets) : response.body;
      return { statusCode: response.statusCode, headers: response.headers, content: parseJson(body) };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw unreachable(service, url, error);
    }
  }

  close(): void {
    this.#client.closeConnections();
  }
}

const codes: Readonly<Record<SocketError['kind'], ErrorCode>> = {
  connection: 'POWERVM_OPENSTACK_UNREACHABLE',
  certificate: 'POWERVM_TLS_UNTRUSTED',
  garbled: 'POWERVM_OPENSTACK_ANSWER',
};

function unreachable(service: string, url: URL, error: unknown): OpenStackError {
  const place = `${service} at ${url.origin}`;
  const context = { service, address: url.origin };
  if (error instanceof ResponseTooLarge) {
    const message = `${place}: the answer for ${url.pathname} is ${error.message}`;
    return new OpenStackError('POWERVM_ANSWER_TOO_LARGE', message, { context });
  }
  const { kind, reason } = socketError(error);
  return new OpenStackError(codes[kind], `${place}: ${reason}`, { cause: error, context });
}

/** The error of a response: 401 and 403 are about permissions, the others about the request or the service. */
export function responseError(service: string, url: URL, { statusCode, content }: JsonResponse): OpenStackError {
  const said = responseMessage(content);
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
export function responseMessage(content: unknown): string {
  return textOf(content).replaceAll(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE_LENGTH);
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
