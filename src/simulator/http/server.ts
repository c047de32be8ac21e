import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SimulatedFault, SimulatedRequest } from '../options.ts';
import { type Answer, RefusedRequest } from './answer.ts';
import { refusal } from './atom-text.ts';

/** Key and certificate, PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

export interface ServerHandlers {
  readonly answer: (request: SimulatedRequest, body: string) => Promise<Answer>;
  readonly intercept: (request: SimulatedRequest) => SimulatedFault | undefined;
  /** Told of every request when it is answered. */
  readonly observe: (request: SimulatedRequest, status: number | undefined) => void;
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
    this.#server = identity ? https.createServer(identity, listener) : http.createServer(listener);
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

  async #handle(message: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = readRequest(message);
    const body = await readBody(message);
    const fault = this.#handlers.intercept(request);
    if (fault?.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    if (fault?.breakConnection) {
      this.#handlers.observe(request, undefined);
      message.socket.destroy();
      return;
    }
    const answer = withFault(await this.#answer(request, body), fault);
    this.#handlers.observe(request, answer.status);
    response.writeHead(answer.status, {
      date: new Date(this.#handlers.now()).toUTCString(),
      ...answer.headers,
    });
    response.end(answer.body);
  }

  async #answer(request: SimulatedRequest, body: string): Promise<Answer> {
    try {
      return await this.#handlers.answer(request, body);
    } catch (error) {
      if (error instanceof RefusedRequest) return error.answer;
      return refusal(500, request.path, error instanceof Error ? error.message : String(error));
    }
  }
}

function withFault(answer: Answer, fault: SimulatedFault | undefined): Answer {
  if (!fault) return answer;
  const body = fault.body ?? answer.body;
  return {
    status: fault.status ?? answer.status,
    headers: { ...answer.headers, ...fault.headers },
    ...(body === undefined ? {} : { body: body.slice(0, fault.truncateTo ?? body.length) }),
  };
}

function readRequest(message: http.IncomingMessage): SimulatedRequest {
  const url = new URL(message.url ?? '/', 'http://simulator.invalid');
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return { method: message.method ?? 'GET', path: decodeURIComponent(url.pathname), query: url.searchParams, headers };
}

async function readBody(message: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
