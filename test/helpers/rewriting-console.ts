import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from './console.ts';

export interface RewrittenAnswer {
  readonly status?: number;
  readonly body: string;
}

/** What becomes of a response; undefined leaves it as it is. */
export type Rewrite = (path: string, body: string) => RewrittenAnswer | undefined;

/**
 * A console that passes everything on to another one, and rewrites what comes back: for what a hostile or odd console says
 * in the middle of what is otherwise right. Ends with the test.
 * @returns where it listens
 */
export async function startRewritingConsole(target: string, rewrite: Rewrite): Promise<string> {
  const server = http.createServer((request, response) => {
    const { method, headers, url: path = '' } = request;
    const forwarded = http.request(`${target}${path}`, { method, headers }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.once('end', () => {
        const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = reply.headers;
        const body = Buffer.concat(chunks);
        const rewritten = rewrite(path, body.toString());
        response.writeHead(rewritten?.status ?? reply.statusCode ?? 502, kept);
        response.end(rewritten?.body ?? body);
      });
    });
    forwarded.once('error', () => response.destroy());
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
