import { StringDecoder } from 'node:string_decoder';
import type { Request, Response } from 'got';
import { type HttpBytes, type HttpResponse, ResponseTooLarge } from './http-response.ts';
import { socketErrorCode } from './socket-error.ts';

/** What the socket layer said, and nothing of the exchange: that has passwords and tokens in it. */
class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  /** Node's code; empty when there is none. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** Ends as soon as more than `maxBytes` have come out of the decompression, so that no small text becomes a large one. */
export function readResponse(
  stream: Request,
  maxBytes: number,
  resolve: (response: HttpBytes) => void,
  reject: (reason: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let response: Response | undefined;
  stream.once('response', (received: Response) => {
    response = received;
  });
  // Stays until the end: late errors of a destroyed connection do not matter.
  stream.on('error', reject);
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) {
      chunks.push(chunk);
      return;
    }
    reject(new ResponseTooLarge(`larger than ${maxBytes} bytes`));
    stream.destroy();
  });
  stream.once('end', () => {
    // It listens to the signal until then.
    stream.destroy();
    if (response) resolve(responseOf(response, Buffer.concat(chunks, size)));
    else reject(new ExchangeFailure('the connection ended without an answer', 'ECONNRESET'));
  });
}

/** Passes on every line as soon as it is whole. What is left of a response that is none of success is its body. */
export function answerLines(stream: Request, maxBytes: number, onLine: (line: string) => void): Promise<HttpResponse> {
  const decoder = new StringDecoder('utf8');
  return new Promise((resolve, reject) => {
    let response: Response | undefined;
    let rest = '';
    stream.once('response', (received: Response) => {
      response = received;
    });
    stream.on('error', reject);
    stream.on('data', (chunk: Buffer) => {
      rest += decoder.write(chunk);
      try {
        if (response?.statusCode === 200) {
          const lines = rest.split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) if (line.trim() !== '') onLine(line);
        }
        if (rest.length > maxBytes) throw new ResponseTooLarge(`larger than ${maxBytes} bytes`);
      } catch (error) {
        reject(error);
        stream.destroy();
      }
    });
    stream.once('end', () => {
      stream.destroy();
      if (response) resolve({ ...responseOf(response, Buffer.alloc(0)), body: rest });
      else reject(new ExchangeFailure('the connection ended without an answer', 'ECONNRESET'));
    });
  });
}

function responseOf({ statusCode, headers }: Response, body: Buffer): HttpBytes {
  return {
    statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    body,
  };
}

/**
 * An error of got carries the request with its headers and body, one of Node the response; a log that prints it, too.
 */
export function withoutExchange(error: unknown): unknown {
  if (error instanceof ResponseTooLarge || error instanceof ExchangeFailure) return error;
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = socketErrorCode(reason);
  if (code === 'ETIMEDOUT') return new ExchangeFailure('no answer came in time', code);
  return new ExchangeFailure(reason instanceof Error ? reason.message : String(reason), code);
}
