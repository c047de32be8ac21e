import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { readJson } from './json-reader.ts';
import { OtlpRuleError } from './message.ts';
import { readProtobuf } from './protobuf-reader.ts';
import { checkRequest, type ReceivedPoint } from './rules.ts';

export type { ReceivedPoint } from './rules.ts';

const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024;

export interface ReceivedRequest {
  readonly headers: IncomingMessage['headers'];
  /** After decompression. */
  readonly bodyBytes: number;
  readonly resources: number;
  readonly points: readonly ReceivedPoint[];
}

/** What the sink answers instead of 200. */
export interface SinkResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** `broken`: the connection ends without a response. */
export type Interference = SinkResponse | 'broken';

export interface OtlpSinkOptions {
  readonly maxBodyBytes?: number;
  /** Called before a request is taken, with its raw body; a returned answer is given and the request counts as refused. */
  readonly reply?: (
    requestNumber: number,
    body: Buffer,
  ) => Interference | undefined | Promise<Interference | undefined>;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/**
 * A strict OTLP/HTTP metrics receiver: what breaks a rule of the protocol is answered with 400 and kept in
 * {@link violations}, so that a test can demand that there are none.
 */
export class OtlpSink {
  readonly requests: ReceivedRequest[] = [];
  readonly violations: string[] = [];
  /** Requests seen, the refused ones too. */
  requestCount = 0;
  readonly #server: http.Server | https.Server;
  readonly #options: OtlpSinkOptions;

  private constructor(options: OtlpSinkOptions) {
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.violations.push(String(error));
        response.destroy();
      });
    };
    this.#server = options.tls ? https.createServer(options.tls, listener) : http.createServer(listener);
  }

  static async start(options: OtlpSinkOptions = {}): Promise<OtlpSink> {
    const sink = new OtlpSink(options);
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  get points(): ReceivedPoint[] {
    return this.requests.flatMap((request) => request.points);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requestCount += 1;
    const body = await readBody(request);
    const reply = (await this.#options.reply?.(this.requestCount, body)) ?? this.#receive(request, body);
    if (reply === 'broken') {
      response.destroy();
      return;
    }
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body);
  }

  #receive(request: IncomingMessage, received: Buffer): SinkResponse {
    try {
      if (request.method !== 'POST' || request.url !== '/v1/metrics') {
        throw new OtlpRuleError('request', `${request.method} ${request.url} is not POST /v1/metrics`);
      }
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(received) : received;
      if (body.length > (this.#options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES))
        return { status: 413, body: 'request body too large' };
      const message = readMessage(request.headers['content-type'], body);
      const points = checkRequest(message);
      const resources = Array.isArray(message.resourceMetrics) ? message.resourceMetrics.length : 0;
      this.requests.push({ headers: request.headers, bodyBytes: body.length, resources, points });
      return { status: 200, headers: { 'content-type': request.headers['content-type'] ?? '' }, body: '' };
    } catch (error) {
      this.violations.push(String(error));
      return { status: 400, headers: { 'content-type': 'text/plain' }, body: String(error) };
    }
  }
}

function readMessage(contentType: string | undefined, body: Buffer) {
  if (contentType === 'application/x-protobuf') return readProtobuf(body);
  if (contentType === 'application/json') return readJson(JSON.parse(body.toString('utf8')));
  throw new OtlpRuleError('request', `unsupported content type ${contentType}`);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
