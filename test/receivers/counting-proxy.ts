import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { afterThisTest } from '../helpers/console.ts';

/** What one request and its response were. */
export interface Exchange {
  readonly path: string;
  readonly status: number;
  readonly responseBody: Buffer;
}

/**
 * Passes requests on, both ways unchanged, and counts them: a test with simulated time must know whether anything is in
 * progress.
 */
export abstract class CountingProxy {
  protected begun = 0;
  protected ended = 0;
  protected abstract readonly server: Server;

  protected abstract closeConnections(): void;

  /** Listens on a port of its own until the test ends. */
  protected async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    afterThisTest(async () => {
      this.closeConnections();
      await new Promise((resolve) => this.server.close(resolve));
    });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get isIdle(): boolean {
    return this.begun === this.ended;
  }

  /** Changes with every request and response. */
  get activity(): string {
    return `${this.begun}/${this.ended}`;
  }
}

/** HTTP/1.1, whose exchanges are kept. A server that cannot be reached is passed on as an ended connection. */
export class CountingHttpProxy extends CountingProxy {
  readonly exchanges: Exchange[] = [];
  protected readonly server: http.Server;

  private constructor(target: string) {
    super();
    this.server = http.createServer((request, response) => {
      this.begun += 1;
      const { method, headers, url: path = '' } = request;
      const failed = () => {
        response.destroy();
        this.ended += 1;
      };
      const forwarded = http.request(`${target}${path}`, { method, headers }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.once('error', failed);
        reply.once('end', () => {
          const responseBody = Buffer.concat(chunks);
          this.exchanges.push({ path, status: reply.statusCode ?? 0, responseBody });
          response.writeHead(reply.statusCode ?? 502, reply.headers).end(responseBody);
          this.ended += 1;
        });
      });
      forwarded.once('error', failed);
      request.pipe(forwarded);
    });
  }

  static before(target: string): Promise<CountingHttpProxy> {
    return new CountingHttpProxy(target).listen();
  }

  protected closeConnections(): void {
    this.server.closeAllConnections();
  }
}

/** HTTP/2 without TLS, its trailers included: gRPC. */
export class CountingHttp2Proxy extends CountingProxy {
  readonly #target: string;
  readonly #sessions = new Set<http2.Http2Session>();
  protected readonly server = http2.createServer();
  #upstream: http2.ClientHttp2Session | undefined;

  private constructor(target: string) {
    super();
    this.#target = target;
    this.server.on('session', (session) => this.#keep(session));
    this.server.on('stream', (stream, headers) => this.#forward(stream, headers));
  }

  static before(target: string): Promise<CountingHttp2Proxy> {
    return new CountingHttp2Proxy(target).listen();
  }

  protected closeConnections(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #keep(session: http2.Http2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', () => undefined);
  }

  #connect(): http2.ClientHttp2Session {
    if (!this.#upstream || this.#upstream.closed || this.#upstream.destroyed) {
      this.#upstream = http2.connect(this.#target);
      this.#keep(this.#upstream);
    }
    return this.#upstream;
  }

  #forward(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    this.begun += 1;
    let trailers: http2.IncomingHttpHeaders = {};
    const finish = () => {
      this.ended += 1;
    };
    stream.once('close', finish);
    stream.on('error', () => undefined);
    const { ':authority': _authority, ...rest } = headers;
    const request = this.#connect().request(rest);
    const failed = () => {
      if (!stream.closed) stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    };
    request.once('error', failed);
    request.once('trailers', (received) => {
      trailers = received;
    });
    request.once('response', (reply, flags) => {
      // An error is a response of trailers alone.
      if (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) {
        stream.respond(reply, { endStream: true });
        return;
      }
      stream.respond(reply, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers(trailers));
      request.pipe(stream);
    });
    stream.pipe(request);
  }
}
