import { Metadata, Server, ServerCredentials, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { readProtobuf } from './otlp-sink/protobuf-reader.ts';
import { checkRequest, type ReceivedPoint } from './otlp-sink/rules.ts';

/** What the sink answers instead of taking a request. */
export interface GrpcRefusal {
  readonly code: number;
  readonly details: string;
  readonly metadata?: Metadata;
}

export interface GrpcSinkOptions {
  readonly reply?: (requestNumber: number, body: Buffer) => GrpcRefusal | undefined;
  /** Of a request that is taken: the encoded `ExportMetricsServiceResponse`. */
  readonly response?: Buffer;
  readonly maxMessageBytes?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A strict OTLP/gRPC metrics receiver: what breaks a rule is answered with INVALID_ARGUMENT and kept in `violations`. */
export class OtlpGrpcSink {
  readonly points: ReceivedPoint[] = [];
  readonly violations: string[] = [];
  /** Metadata and encoding of each request that was taken. */
  readonly requests: { readonly metadata: Readonly<Record<string, unknown>>; readonly resources: number }[] = [];
  requestCount = 0;
  readonly #server: Server;
  #port = 0;
  readonly #options: GrpcSinkOptions;

  private constructor(options: GrpcSinkOptions) {
    this.#options = options;
    this.#server = new Server({ 'grpc.max_receive_message_length': options.maxMessageBytes ?? 4 * 1024 * 1024 });
    this.#server.addService(
      {
        export: {
          path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
          requestStream: false,
          responseStream: false,
          requestSerialize: (body: Buffer) => body,
          requestDeserialize: (body: Buffer) => body,
          responseSerialize: (body: Buffer) => body,
          responseDeserialize: (body: Buffer) => body,
        },
      },
      {
        export: (call: ServerUnaryCall<Buffer, Buffer>, reply: (error: object | null, body?: Buffer) => void) =>
          this.#receive(call, reply),
      },
    );
  }

  static async start(options: GrpcSinkOptions = {}): Promise<OtlpGrpcSink> {
    const sink = new OtlpGrpcSink(options);
    const { tls } = options;
    const credentials = tls
      ? ServerCredentials.createSsl(null, [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }])
      : ServerCredentials.createInsecure();
    sink.#port = await new Promise<number>((resolve, reject) =>
      sink.#server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port))),
    );
    return sink;
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#server.forceShutdown();
  }

  #receive(call: ServerUnaryCall<Buffer, Buffer>, reply: (error: object | null, body?: Buffer) => void): void {
    this.requestCount += 1;
    const refusal = this.#options.reply?.(this.requestCount, call.request);
    if (refusal) {
      reply(refusal);
      return;
    }
    try {
      const message = readProtobuf(call.request);
      this.points.push(...checkRequest(message));
      const resources = Array.isArray(message.resourceMetrics) ? message.resourceMetrics.length : 0;
      this.requests.push({ metadata: call.metadata.getMap(), resources });
      reply(null, this.#options.response ?? Buffer.alloc(0));
    } catch (error) {
      this.violations.push(String(error));
      reply({ code: status.INVALID_ARGUMENT, details: String(error) });
    }
  }
}

/** Metadata in which a receiver asks to be not contacted: `google.rpc.Status` with a `RetryInfo`. */
export function retryInfo(seconds: number): Metadata {
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
  const duration = Buffer.from([8, seconds]);
  const detail = Buffer.concat([
    field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
    field(2, field(1, duration)),
  ]);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.concat([Buffer.from([8, 14]), field(3, detail)]));
  return metadata;
}
