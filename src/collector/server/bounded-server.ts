import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { ConfigurationError, describeError, PowerVmError } from '../../base/errors/errors.ts';
import { readCertificates, readKey } from '../../base/http/tls-options.ts';
import type { Secret } from '../../base/secrets/secret.ts';
import { isLoopbackAddress } from '../../rest/endpoint.ts';
import { allowLocalRequests, type Rejection, type RequestGuard, requireToken } from './access-control.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { type HostAndPort, parseHostAndPort } from './host-and-port.ts';

export interface BoundedServerOptions {
  /** `127.0.0.1:9464`; port 0: any free one. */
  readonly endpoint: string;
  readonly tls?: ServerTls | undefined;
  /** Asked for as a bearer token, or as the password of any user. */
  readonly token?: Secret | undefined;
}

export interface ServerTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Only clients with a certificate of this authority get in. */
  readonly clientCaFile?: string | undefined;
}

/** Answers a request that may come in. Only GET and HEAD get here, without a body; of `url` path and query count. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** More than any browser or scraper of ours sends. */
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT = 5_000;
const REQUEST_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 30_000;
const CHECKING_INTERVAL = 1_000;
const MAX_CONNECTIONS = 64;
/** In every response, so that `doctor` knows a port that a running collector holds. */
export const SERVER_NAME = 'otel-powervm';
/** What paths are relative to. */
const BASE_URL = 'http://localhost';

/**
 * An HTTP server for the pages of the collector. It listens on loopback unless a token or a client certificate guards it,
 * and bounds what a stranger can cost: size of headers, time of a request, number of connections; bodies are refused.
 */
export class BoundedServer {
  readonly #endpoint: HostAndPort;
  readonly #server: http.Server;
  readonly #protocol: 'http' | 'https';

  /** @throws {ConfigurationError} for an address that is none, one that is not guarded, and for files that are not there */
  constructor({ endpoint, tls, token }: BoundedServerOptions, handler: RequestHandler) {
    this.#endpoint = parseHostAndPort(endpoint);
    this.#protocol = tls ? 'https' : 'http';
    const isGuarded = token !== undefined || tls?.clientCaFile !== undefined;
    const isLocal = isLoopbackAddress(this.#endpoint.host);
    if (!isLocal && !isGuarded) throw unguarded(endpoint);
    const guard = token ? requireToken(token) : allowLocalRequests(isLocal);
    const listener = (request: IncomingMessage, response: ServerResponse) => receive(request, response, guard, handler);
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      // Node looks at these times every half a minute by default.
      connectionsCheckingInterval: CHECKING_INTERVAL,
    };
    this.#server = tls
      ? https.createServer({ ...limits, handshakeTimeout: HEADERS_TIMEOUT, ...certificates(tls) }, listener)
      : http.createServer(limits, listener);
    this.#server.keepAliveTimeout = IDLE_TIMEOUT;
    // Also for a client that does not read its response.
    this.#server.setTimeout(IDLE_TIMEOUT);
    new ConnectionLimit(MAX_CONNECTIONS).watch(this.#server);
    this.#server.maxRequestsPerSocket = 0;
  }

  /** Once it listens: with the port that it got. */
  get isListening(): boolean {
    return this.#server.listening;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    const { host } = this.#endpoint;
    return `${this.#protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** @throws {PowerVmError} `POWERVM_LISTEN_FAILED` */
  async start(): Promise<void> {
    const { host, port } = this.#endpoint;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(listenError(host, port, error)));
      this.#server.listen(port, host, resolve);
    });
  }

  /** Ends every connection, answered or not. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  guard: RequestGuard,
  handler: RequestHandler,
): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Server', SERVER_NAME);
  const refusal = guard(request) ?? unsuitable(request);
  if (refusal) refuse(response, refusal);
  else handler(request, response, new URL(request.url ?? '', BASE_URL));
}

/** What no page here has a use for. */
function unsuitable({ method, headers, url = '' }: IncomingMessage): Rejection | undefined {
  if (!URL.canParse(url, BASE_URL)) return { statusCode: 400, reason: 'the address is none' };
  if (method !== 'GET' && method !== 'HEAD') {
    return { statusCode: 405, reason: 'only GET and HEAD', headers: { Allow: 'GET, HEAD' } };
  }
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in headers;
  return hasBody ? { statusCode: 413, reason: 'no request here has a body' } : undefined;
}

/** The connection ends with it: a rejected client need not stay. */
function refuse(response: ServerResponse, { statusCode, reason, headers }: Rejection): void {
  response.writeHead(statusCode, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close', ...headers });
  response.end(`${reason}\n`);
}

function certificates({ certFile, keyFile, clientCaFile }: ServerTls): https.ServerOptions {
  const cert = readCertificates(certFile);
  return {
    cert,
    key: readKey(keyFile, cert, certFile),
    minVersion: 'TLSv1.2',
    ...(clientCaFile === undefined
      ? {}
      : { ca: readCertificates(clientCaFile), requestCert: true, rejectUnauthorized: true }),
  };
}

function unguarded(endpoint: string): ConfigurationError {
  return new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    `${endpoint} can be reached from other machines: set a token or a client certificate authority, or listen on 127.0.0.1`,
    { context: { endpoint } },
  );
}

function listenError(host: string, port: number, error: unknown): PowerVmError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason = code === 'EADDRINUSE' ? 'the port is in use' : describeError(error);
  return new PowerVmError('POWERVM_LISTEN_FAILED', `cannot listen on ${host}:${port}: ${reason}`, {
    cause: error,
    context: { host, port },
  });
}
