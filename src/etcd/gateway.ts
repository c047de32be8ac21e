import type { z } from 'zod';
import type { ErrorCode } from '../base/errors/error-catalog.ts';
import { HttpClient, type HttpResponse, ResponseTooLarge } from '../base/http/http-client.ts';
import { type SocketError, socketError } from '../base/http/socket-error.ts';
import type { TlsOptions } from '../base/http/tls-options.ts';
import { type Secret, withoutSecrets } from '../base/secrets/secret.ts';
import { parseJson } from '../base/text/json.ts';
import { EtcdError, mayWorkElsewhere, refusalOf } from './errors.ts';
import { authenticateAnswer } from './wire.ts';

export interface EtcdOptions {
  /** Client URLs of the members: `https://etcd1:2379`. */
  readonly endpoints: readonly string[];
  readonly tls?: TlsOptions | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Milliseconds for a request. Default 5,000. */
  readonly timeout?: number | undefined;
  /** Called for every request when it has ended. */
  readonly onRequest?: ((observation: EtcdRequest) => void) | undefined;
}

/** A request that has ended. */
export interface EtcdRequest {
  /** `kv/txn` */
  readonly operation: string;
  /** Seconds. */
  readonly duration: number;
  /** Undefined when it was answered. */
  readonly error: ErrorCode | undefined;
  /** Of its body. */
  readonly bytes: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, where it must be over sooner than others. */
  readonly timeout?: number | undefined;
}

const DEFAULT_TIMEOUT = 5_000;
/** The range of a large fleet; etcd itself takes requests of 1.5 MiB at most. */
const MAX_ANSWER = 64 * 1024 * 1024;
const MAX_ERROR_LENGTH = 1_000;
/** A stream that says nothing for so long may have lost its other end. */
const QUIET_STREAM = 60_000;

const codes: Readonly<Record<SocketError['kind'], ErrorCode>> = {
  connection: 'POWERVM_ETCD_UNREACHABLE',
  certificate: 'POWERVM_TLS_UNTRUSTED',
  garbled: 'POWERVM_ETCD_ANSWER',
};

/**
 * Questions to etcd over its JSON gateway. A member that is away, or has no leader, is passed over for the next one; the
 * one that answered is asked first from then on. So a request may be done twice: ask only what does no harm then.
 */
export class EtcdGateway {
  readonly #options: EtcdOptions;
  readonly #client: HttpClient;
  /** The member that answered last comes first. */
  #endpoints: readonly string[];
  #token: string | undefined;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file of the TLS options */
  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints.map((endpoint) => endpoint.replace(/\/+$/, ''));
    const timeout = options.timeout ?? DEFAULT_TIMEOUT;
    this.#client = new HttpClient({
      tls: options.tls,
      connectTimeout: timeout,
      readTimeout: timeout,
      maxResponseBytes: MAX_ANSWER,
    });
  }

  get endpoints(): readonly string[] {
    return this.#options.endpoints;
  }

  /**
   * @throws {EtcdError}
   * @throws the signal's reason when it aborts
   */
  async call<Schema extends z.ZodType>(
    path: string,
    question: unknown,
    schema: Schema,
    options: CallOptions = {},
  ): Promise<z.output<Schema>> {
    const body = JSON.stringify(question);
    const started = performance.now();
    const observe = (error: ErrorCode | undefined) =>
      this.#options.onRequest?.({
        operation: path,
        duration: (performance.now() - started) / 1000,
        error,
        bytes: body.length,
      });
    try {
      const response = await this.#somewhere((endpoint) => this.#ask(endpoint, path, body, schema, options));
      observe(undefined);
      return response;
    } catch (error) {
      if (error instanceof EtcdError) observe(error.code);
      throw error;
    }
  }

  /** The same question to one member alone. */
  callAt<Schema extends z.ZodType>(endpoint: string, path: string, question: unknown, schema: Schema) {
    return this.#ask(endpoint.replace(/\/+$/, ''), path, JSON.stringify(question), schema, {});
  }

  /** A response that continues, line by line, until the other side or the signal ends it. */
  async stream(path: string, question: unknown, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    await this.#somewhere(async (endpoint) => {
      const response = await this.#authenticated(endpoint, (headers) =>
        this.#client.sendLines(
          urlOf(endpoint, path),
          { method: 'POST', headers, body: JSON.stringify(question), exchangeTimeout: QUIET_STREAM },
          onLine,
          signal,
        ),
      ).catch((error) => {
        throw signal.aborted ? signal.reason : unreachable(endpoint, error);
      });
      if (response.statusCode !== 200) throw refusalOf(endpoint, path, response.statusCode, this.#safe(response.body));
    });
  }

  close(): void {
    this.#client.closeConnections();
  }

  async #somewhere<Result>(attempt: (endpoint: string) => Promise<Result>): Promise<Result> {
    let last: unknown;
    for (const endpoint of this.#endpoints) {
      try {
        const result = await attempt(endpoint);
        if (this.#endpoints[0] !== endpoint) {
          this.#endpoints = [endpoint, ...this.#endpoints.filter((other) => other !== endpoint)];
        }
        return result;
      } catch (error) {
        last = error;
        if (!mayWorkElsewhere(error)) throw error;
      }
    }
    throw last;
  }

  async #ask<Schema extends z.ZodType>(
    endpoint: string,
    path: string,
    body: string,
    schema: Schema,
    { signal, timeout }: CallOptions,
  ): Promise<z.output<Schema>> {
    const request = { method: 'POST', body, ...(timeout === undefined ? {} : { exchangeTimeout: timeout }) } as const;
    let response: HttpResponse;
    try {
      response = await this.#authenticated(endpoint, (headers) =>
        this.#client.send(urlOf(endpoint, path), { ...request, headers }, signal),
      );
    } catch (error) {
      throw signal?.aborted ? signal.reason : unreachable(endpoint, error);
    }
    if (response.statusCode !== 200) throw refusalOf(endpoint, path, response.statusCode, this.#safe(response.body));
    const checked = schema.safeParse(parseJson(response.body));
    if (checked.success) return checked.data;
    // A stream of one message reports an error with status 200.
    const inner = parseJson(response.body);
    if (typeof inner === 'object' && inner !== null && 'error' in inner) {
      throw refusalOf(endpoint, path, response.statusCode, this.#safe(response.body));
    }
    throw new EtcdError('POWERVM_ETCD_ANSWER', `what answers at ${endpoint} for ${path} is not etcd's JSON gateway`, {
      context: { endpoint, path },
    });
  }

  /** With a token where there is a user; once more with a new one when it is over. */
  async #authenticated(
    endpoint: string,
    send: (headers: Readonly<Record<string, string>>) => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const headers = { 'content-type': 'application/json' };
    if (this.#options.username === undefined) return send(headers);
    const known = this.#token;
    const token = known ?? (await this.#authenticate(endpoint));
    const response = await send({ ...headers, authorization: token });
    if (
      known === undefined ||
      response.statusCode === 200 ||
      !/invalid auth token|revision of auth/i.test(response.body)
    ) {
      return response;
    }
    return send({ ...headers, authorization: await this.#authenticate(endpoint) });
  }

  async #authenticate(endpoint: string): Promise<string> {
    const { username, password } = this.#options;
    const path = 'auth/authenticate';
    const response = await this.#client.send(urlOf(endpoint, path), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: username, password: password?.reveal() ?? '' }),
    });
    const checked = authenticateAnswer.safeParse(parseJson(response.body));
    if (!checked.success) throw refusalOf(endpoint, path, response.statusCode, this.#safe(response.body));
    this.#token = checked.data.token;
    return checked.data.token;
  }

  #safe(body: string): string {
    const secrets = [this.#options.password?.reveal(), this.#token].filter((text) => text !== undefined);
    return withoutSecrets(body.slice(0, MAX_ERROR_LENGTH), secrets);
  }
}

function urlOf(endpoint: string, path: string): URL {
  return new URL(`${endpoint}/v3/${path}`);
}

function unreachable(endpoint: string, error: unknown): unknown {
  if (error instanceof EtcdError) return error;
  if (error instanceof ResponseTooLarge) {
    return new EtcdError('POWERVM_ETCD_ANSWER', `etcd at ${endpoint}: the answer is ${error.message}`, {
      context: { endpoint },
    });
  }
  const { kind, reason } = socketError(error);
  return new EtcdError(codes[kind], `etcd at ${endpoint}: ${reason}`, { cause: error, context: { endpoint } });
}
