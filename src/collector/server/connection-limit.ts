import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds the connections of a server. Beyond the limit the oldest one without a request in progress has to go, so that
 * idle connections do not block new clients; `maxConnections` of Node would turn the new one away.
 */
export class ConnectionLimit {
  readonly #most: number;
  /** Oldest first. By the address of the client: TLS has a socket of its own on top of the one that was accepted. */
  readonly #idle = new Map<string, Socket>();
  readonly #sockets = new Map<string, Socket>();

  constructor(most: number) {
    this.#most = most;
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.prependListener('request', (request, response) => this.#trackRequest(request, response));
  }

  #admit(socket: Socket): void {
    const client = clientOf(socket);
    this.#sockets.set(client, socket);
    this.#idle.set(client, socket);
    socket.once('close', () => {
      if (this.#sockets.get(client) !== socket) return;
      this.#sockets.delete(client);
      this.#idle.delete(client);
    });
    if (this.#sockets.size <= this.#most) return;
    const [oldest = socket] = this.#idle.values();
    oldest.destroy();
  }

  #trackRequest({ socket }: IncomingMessage, response: ServerResponse): void {
    const client = clientOf(socket);
    this.#idle.delete(client);
    response.once('close', () => {
      const known = this.#sockets.get(client);
      if (known && !known.destroyed) this.#idle.set(client, known);
    });
  }
}

function clientOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}
