import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SimulatedFault, SimulatedRequest } from '../options.ts';
import { refusal } from './resources/atom-text.ts';
import { RefusedRequest, type SimulatedResponse } from './response.ts';
import { applyFault } from './response-faults.ts';

/** Key and certificates, PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
  /** Of the same key and name, and no longer valid. */
  readonly expiredCert: string;
}

export interface ServerHandlers {
  readonly respond: (request: SimulatedRequest, body: string) => Promise<SimulatedResponse>;
  readonly intercept: (request: SimulatedRequest) => SimulatedFault | undefined;
  /** Whether connections are refused at present. Asked for every connection and every request. */
  readonly isDown: () => boolean;
  readonly hasExpiredCertificate: () => boolean;
  readonly begin: (request: SimulatedRequest) => void;
  /** Called for every request when it is answered; without a status when it is abandoned. */
  readonly observe: (request: SimulatedRequest, status: number | undefined) => void;
  readonly end: () => void;
  /** For the `Date` header: the console's clock, which may be wrong. */
  readonly now: () => number;
}

/** The HTTP side of the simulator. */
export class SimulatorServer {
  readonly #handlers: ServerHandlers;
  readonly #server: http.Server;

  constructor(handlers: ServerHandlers, identity: ServerIdentity | undefined) {
    this.#handlers = handlers;
    const listener: http.RequestListener = (message, response) => void this.#handle(message, response);
    this.#server = identity ? this.#secure(identity, listener) : http.createServer(listener);
    // Before HTTP and TLS see it. The port stays ours over an outage, which closing it would not promise.
    this.#server.prependListener('connection', (socket: Socket) => {
      if (handlers.isDown()) socket.resetAndDestroy();
    });
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.removeListener('error', reject);
        const address = this.#server.address();
        if (address === null || typeof address === 'string') reject(new Error('the server has no TCP address'));
        else resolve(address);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #secure({ key, cert, expiredCert }: ServerIdentity, listener: http.RequestListener): http.Server {
    const server = https.createServer({ key, cert }, listener);
    let isExpired = false;
    server.prependListener('connection', () => {
      if (isExpired === this.#handlers.hasExpiredCertificate()) return;
      isExpired = !isExpired;
      server.setSecureContext({ key, cert: isExpired ? expiredCert : cert });
    });
    return server;
  }

  async #handle(message: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = readRequest(message);
    if (!request) {
      response.writeHead(400).end();
      return;
    }
    const { begin, end, observe } = this.#handlers;
    begin(request);
    let isObserved = false;
    const observeOnce = (status: number | undefined) => {
      if (!isObserved) observe(request, status);
      isObserved = true;
    };
    response.once('close', () => {
      observeOnce(undefined);
      end();
    });
    const body = await readBody(message).catch(() => undefined);
    if (body === TOO_LONG) response.writeHead(413, { connection: 'close' }).end();
    else if (body !== undefined) await this.#respond(request, body, response, observeOnce);
  }

  async #respond(
    request: SimulatedRequest,
    body: string,
    response: http.ServerResponse,
    observe: (status: number | undefined) => void,
  ): Promise<void> {
    const { intercept, isDown, now } = this.#handlers;
    const fault = intercept(request);
    if (fault?.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    if (isDown() || fault?.breakConnection === true) {
      observe(undefined);
      response.socket?.destroy();
      return;
    }
    if (fault?.stall === 'before') {
      observe(undefined);
      return;
    }
    // What a console refuses, it does not do: a logoff that is answered with 503 leaves the session open.
    const isRefused = (fault?.status ?? 200) >= 400 && request.method !== 'GET';
    const reply = applyFault(isRefused ? { status: 503 } : await this.#reply(request, body), fault);
    observe(reply.status);
    const bytes = Buffer.from(reply.body ?? '', fault?.charset === 'latin1' ? 'latin1' : 'utf8');
    response.writeHead(reply.status, {
      date: new Date(now()).toUTCString(),
      ...(reply.body === undefined ? {} : { 'content-length': String(bytes.length) }),
      ...reply.headers,
    });
    if (fault?.breakConnection !== 'within' && fault?.stall !== 'within') {
      response.end(reply.body === undefined ? undefined : bytes);
      return;
    }
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      if (fault.breakConnection) response.socket?.destroy();
    });
  }

  async #reply(request: SimulatedRequest, body: string): Promise<SimulatedResponse> {
    try {
      return await this.#handlers.respond(request, body);
    } catch (error) {
      if (error instanceof RefusedRequest) return error.response;
      return refusal(500, request.path, error instanceof Error ? error.message : String(error));
    }
  }
}

/** @returns undefined for an address that is none */
function readRequest(message: http.IncomingMessage): SimulatedRequest | undefined {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  try {
    const url = new URL(message.url ?? '/', 'http://simulator.invalid');
    const path = decodeURIComponent(url.pathname);
    return { method: message.method ?? 'GET', path, query: url.searchParams, headers };
  } catch {
    return undefined;
  }
}

/** More than any request to a console has. */
const MAX_BODY_BYTES = 1024 * 1024;
const TOO_LONG = Symbol('a body that is too long');

async function readBody(message: http.IncomingMessage): Promise<string | typeof TOO_LONG> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message) {
    length += (chunk as Buffer).length;
    if (length > MAX_BODY_BYTES) return TOO_LONG;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
