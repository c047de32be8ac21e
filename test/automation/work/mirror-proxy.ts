import { chmod } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';

/**
 * An HTTP proxy on a UNIX socket that lets through to the named places and nowhere else: how a sandbox without a network
 * reaches the package mirror.
 */
export class MirrorProxy {
  readonly #allowed: ReadonlySet<string>;
  readonly #server: http.Server;
  readonly #sockets = new Set<net.Socket>();

  /** @param allowed `host:port` each */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed.map((place) => place.toLowerCase()));
    this.#server = http.createServer((request, response) => this.#forward(request, response));
    this.#server.on('connect', (request, socket: net.Socket, head) => this.#tunnel(request, socket, head));
    this.#server.on('connection', (socket) => this.#keep(socket));
  }

  async start(socket: string): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(socket, resolve));
    // The user of the sandbox is no one that this machine knows.
    await chmod(socket, 0o666);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tunnel({ url = '' }: IncomingMessage, socket: net.Socket, head: Buffer): void {
    socket.on('error', () => undefined);
    if (!this.#allowed.has(url.toLowerCase())) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = url.split(':');
    const target = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    this.#keep(target);
    target.on('error', () => socket.destroy());
    socket.on('close', () => target.destroy());
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    const place = url && `${url.hostname}:${url.port === '' ? '80' : url.port}`;
    if (url?.protocol !== 'http:' || !this.#allowed.has(place ?? '')) {
      response.writeHead(403).end('this place is not among those that a sandbox may reach\n');
      return;
    }
    const outgoing = http.request(url, { method: request.method, headers: request.headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    request.pipe(outgoing);
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
