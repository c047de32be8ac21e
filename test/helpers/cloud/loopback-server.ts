import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** JSON of the body, if there was one. */
  readonly json: unknown;
}

export interface ServedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Node adds one of its own otherwise. */
  readonly hasDate?: boolean;
}

/** `hang` never answers, `break` closes the connection. */
export type Reaction = ServedResponse | 'hang' | 'break';

/** A real HTTP server on loopback that plays a service, and remembers what it was asked. */
export class LoopbackServer {
  readonly requests: ReceivedRequest[] = [];
  /** Answers before the service itself does, as long as it says something. */
  disturb: (request: ReceivedRequest) => Reaction | undefined = () => undefined;
  readonly #serve: (request: ReceivedRequest) => Reaction;
  readonly #server: Server;
  #port = 0;

  constructor(serve: (request: ReceivedRequest) => Reaction) {
    this.#serve = serve;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The second time on the same port: a service that was restarted. */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Paths that were asked for, with the method. */
  requested(pattern: RegExp): readonly ReceivedRequest[] {
    return this.requests.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', this.url);
    const received: ReceivedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      json: body === '' ? undefined : JSON.parse(body),
    };
    this.requests.push(received);
    const reaction = this.disturb(received) ?? this.#serve(received);
    if (reaction === 'hang') return;
    if (reaction === 'break') {
      request.socket.destroy();
      return;
    }
    const text = reaction.text ?? (reaction.json === undefined ? '' : JSON.stringify(reaction.json));
    response.sendDate = reaction.hasDate ?? true;
    response.writeHead(reaction.status, { 'content-type': 'application/json', ...reaction.headers });
    response.end(text);
  }
}
