import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from '../helpers/console.ts';

/** What one request and its response were. */
export interface Exchange {
  readonly path: string;
  readonly status: number;
  readonly responseBody: Buffer;
}

/**
 * Passes HTTP requests on, both ways unchanged, and counts them: a test with simulated time must know whether anything
 * is in progress. A server that cannot be reached is passed on as an ended connection.
 */
export class CountingProxy {
  readonly exchanges: Exchange[] = [];
  readonly #server: http.Server;
  #begun = 0;
  #ended = 0;

  private constructor(target: string) {
    this.#server = http.createServer((request, response) => {
      this.#begun += 1;
      const { method, headers, url: path = '' } = request;
      const failed = () => {
        response.destroy();
        this.#ended += 1;
      };
      const forwarded = http.request(`${target}${path}`, { method, headers }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.once('error', failed);
        reply.once('end', () => {
          const responseBody = Buffer.concat(chunks);
          this.exchanges.push({ path, status: reply.statusCode ?? 0, responseBody });
          response.writeHead(reply.statusCode ?? 502, reply.headers).end(responseBody);
          this.#ended += 1;
        });
      });
      forwarded.once('error', failed);
      request.pipe(forwarded);
    });
  }

  static async before(target: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    afterThisTest(async () => {
      proxy.#server.closeAllConnections();
      await new Promise((resolve) => proxy.#server.close(resolve));
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isIdle(): boolean {
    return this.#begun === this.#ended;
  }

  /** Changes with every request and response. */
  get activity(): string {
    return `${this.#begun}/${this.#ended}`;
  }
}
