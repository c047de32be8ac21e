import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { uncompress } from 'snappyjs';
import { afterThisTest } from './console.ts';

/** The bits of a value that says that its series has ended. */
export const STALE = 0x7ff0000000000002n;

export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly time: number; readonly value: number; readonly bits: bigint }[];
}

export interface WriteRequest {
  readonly headers: http.IncomingHttpHeaders;
  readonly series: readonly WrittenSeries[];
  /** Names of metrics that are described. */
  readonly described: readonly string[];
}

export interface WriteResponse {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A receiver of remote write on loopback that answers what a test wants. */
export class RemoteWriteSink {
  readonly requests: WriteRequest[] = [];
  reply: (request: WriteRequest) => WriteResponse = () => ({ status: 204 });
  readonly #server: http.Server;

  private constructor() {
    this.#server = http.createServer(async (incoming, response) => {
      const request = { headers: incoming.headers, ...decodeWriteRequest(uncompress(await buffer(incoming))) };
      this.requests.push(request);
      const { status, headers = {}, body = '' } = this.reply(request);
      response.writeHead(status, headers).end(body);
    });
  }

  static async start(): Promise<RemoteWriteSink> {
    const sink = new RemoteWriteSink();
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve));
    afterThisTest(async () => {
      sink.#server.closeAllConnections();
      await new Promise((resolve) => sink.#server.close(resolve));
    });
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1/write`;
  }
}

/** Reads a `WriteRequest` by the wire format alone, and nothing of the code under test. */
export function decodeWriteRequest(bytes: Uint8Array): Omit<WriteRequest, 'headers'> {
  const messages = fieldsOf(Buffer.from(bytes));
  return {
    series: messages.filter(({ field }) => field === 1).map(({ content }) => readSeries(content)),
    described: messages
      .filter(({ field }) => field === 3)
      .map(({ content }) => textOf(fieldsOf(content).find(({ field }) => field === 2)?.content)),
  };
}

function readSeries(bytes: Buffer): WrittenSeries {
  const fields = fieldsOf(bytes);
  const labels = fields
    .filter(({ field }) => field === 1)
    .map(({ content }) => fieldsOf(content))
    .map((label) => [0, 1].map((place) => textOf(label[place]?.content)));
  const names = labels.map(([name = '']) => name);
  if (names.join() !== [...names].sort().join()) throw new Error(`labels are not sorted: ${names.join()}`);
  const samples = fields
    .filter(({ field }) => field === 2)
    .map(({ content }) => fieldsOf(content))
    .map(([value, time]) => ({
      value: value?.content.readDoubleLE() ?? 0,
      bits: value?.content.readBigUInt64LE() ?? 0n,
      time: time?.number ?? 0,
    }));
  return { labels: Object.fromEntries(labels), samples };
}

interface Field {
  readonly field: number;
  readonly content: Buffer;
  readonly number: number;
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let place = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes.readUInt8(place++);
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (place < bytes.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    const number = type === 1 ? 8 : varint();
    const length = type === 0 ? 0 : number;
    fields.push({ field, content: bytes.subarray(place, place + length), number });
    place += length;
  }
  return fields;
}

function textOf(content: Buffer | undefined): string {
  return content?.toString('utf8') ?? '';
}
