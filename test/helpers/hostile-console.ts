import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from './console.ts';

/** What a hostile server was asked, with all that could be stolen. */
export interface HeardRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface HostileConsole {
  readonly url: string;
  readonly port: number;
  /** Without logon and logoff. */
  readonly received: readonly HeardRequest[];
  /** Body bytes that were written, until the client had enough. */
  readonly written: () => number;
}

export const HOSTILE_TOKEN = `${'hostile'.repeat(20)}=`;

/** A console that logs everybody on and then answers as it likes; ends with the test. */
export async function startHostileConsole(
  handle: (request: http.IncomingMessage, response: http.ServerResponse) => void,
): Promise<HostileConsole> {
  const received: HeardRequest[] = [];
  let written = 0;
  const server = http.createServer((request, response) => {
    response.on('error', () => undefined);
    request.resume();
    if (request.url === '/rest/api/web/Logon') {
      response.end(
        request.method === 'PUT'
          ? `<LogonResponse><X-API-Session>${HOSTILE_TOKEN}</X-API-Session></LogonResponse>`
          : '',
      );
      return;
    }
    received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const write = response.write.bind(response);
    response.write = (chunk: Buffer | string, ...rest: unknown[]) => {
      written += chunk.length;
      return (write as (...args: unknown[]) => boolean)(chunk, ...rest);
    };
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, received, written: () => written };
}

/** Writes the same piece as long as someone reads. */
export function writeForEver(response: http.ServerResponse, piece: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
