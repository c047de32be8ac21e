import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AutomationServer } from './automation-server.ts';
import { PAGE_HEADERS, statusPage } from './report/pages.ts';
import type { GitHub } from './review/github.ts';

/** GitHub caps deliveries at 25 MB; none that we read is nearly as large. */
const MAX_BODY_BYTES = 5 * 1024 ** 2;
const MAX_CONNECTIONS = 128;

/**
 * Status, logs, and the door for webhooks. Read-only but for deliveries with the right signature. Not the collector's
 * BoundedServer, which refuses every body.
 */
export class WebServer {
  readonly #server: http.Server;
  readonly #automation: AutomationServer;
  readonly #github: GitHub | undefined;

  constructor(automation: AutomationServer, github: GitHub | undefined) {
    this.#automation = automation;
    this.#github = github;
    const limits = {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 5_000,
      requestTimeout: 20_000,
      connectionsCheckingInterval: 1_000,
    };
    this.#server = http.createServer(limits, (request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** @param endpoint `127.0.0.1:8090`; @returns the port */
  async start(endpoint: string): Promise<number> {
    const colon = endpoint.lastIndexOf(':');
    const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(Number(endpoint.slice(colon + 1)), host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '/' } = request;
    const { pathname } = URL.canParse(url, 'http://localhost')
      ? new URL(url, 'http://localhost')
      : new URL('http://localhost/none');
    if (method === 'POST' && pathname === '/webhooks/github' && this.#github)
      return this.#receive(request, response, this.#github);
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'text/plain', 'only GET and HEAD\n');
    if (pathname === '/') return send(response, 200, 'text/html', statusPage(this.#automation.status()));
    if (pathname === '/status.json')
      return send(response, 200, 'application/json', JSON.stringify(this.#automation.status()));
    const [, id = '', name = ''] = /^\/logs\/([^/]+)\/([^/]*)$/.exec(pathname) ?? [];
    const content = await this.#automation.logs.read(id, name === '' ? 'index.html' : name);
    if (content === undefined) return send(response, 404, 'text/plain', 'there is no such page\n');
    // Everything but our own index is text: a browser interprets nothing of what a change has written.
    send(response, 200, name === '' || name === 'index.html' ? 'text/html' : 'text/plain', content);
  }

  async #receive(request: IncomingMessage, response: ServerResponse, github: GitHub): Promise<void> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        response.setHeader('Connection', 'close');
        return send(response, 413, 'text/plain', 'too large\n');
      }
      chunks.push(chunk);
    }
    const signature = request.headers['x-hub-signature-256'];
    const id = await github.changeOf(
      Buffer.concat(chunks).toString('utf8'),
      typeof signature === 'string' ? signature : '',
    );
    if (id === undefined) return send(response, 401, 'text/plain', 'the signature is not right\n');
    if (id !== '') this.#automation.hint('github', id);
    send(response, 202, 'text/plain', 'taken\n');
  }
}

function send(response: ServerResponse, statusCode: number, type: string, content: string | Buffer): void {
  response.writeHead(statusCode, { ...PAGE_HEADERS, 'Content-Type': `${type}; charset=utf-8` });
  response.end(content);
}
