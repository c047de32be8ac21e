import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from '../helpers/console.ts';

/** As `CountingProxy`, for gRPC: HTTP/2 without TLS, its trailers included. */
export class CountingHttp2Proxy {
  readonly #target: string;
  readonly #server: http2.Http2Server;
  readonly #sessions = new Set<http2.Http2Session>();
  #upstream: http2.ClientHttp2Session | undefined;
  #begun = 0;
  #ended = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = http2.createServer();
    this.#server.on('session', (session) => this.#keep(session));
    this.#server.on('stream', (stream, headers) => this.#forward(stream, headers));
  }

  static async before(target: string): Promise<CountingHttp2Proxy> {
    const proxy = new CountingHttp2Proxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    afterThisTest(async () => {
      for (const session of proxy.#sessions) session.destroy();
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
    this.#begun += 1;
    let trailers: http2.IncomingHttpHeaders = {};
    const finish = () => {
      this.#ended += 1;
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
