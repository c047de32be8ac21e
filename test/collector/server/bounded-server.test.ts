import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { BoundedServer, type BoundedServerOptions } from '../../../src/collector/server/bounded-server.ts';
import { selfSignedIdentity } from '../../../src/simulator/http/certificate.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

async function serve(options: Partial<BoundedServerOptions> = {}): Promise<BoundedServer> {
  const server = new BoundedServer({ endpoint: '127.0.0.1:0', ...options }, (_request, response) =>
    response.end('page'),
  );
  await server.start();
  afterThisTest(() => server.stop());
  return server;
}

/** Everything that comes back for raw bytes, until the connection ends. */
async function exchange(server: BoundedServer, ...parts: readonly string[]): Promise<string> {
  const { port } = new URL(server.url);
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return text;
}

describe('a page of the collector', () => {
  test('is served on loopback under the names of this machine', async () => {
    const server = await serve();
    const reply = await fetch(`${server.url}/`);
    expect([reply.status, await reply.text()]).toEqual([200, 'page']);
    const rebound = await exchange(server, 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n');
    expect(rebound).toMatch(/^HTTP\/1.1 421 /);
  });

  test('is not offered to other machines without authentication', () => {
    for (const endpoint of ['0.0.0.0:9464', '[::]:9464', '192.0.2.1:9464', 'example.com:80']) {
      expect(() => new BoundedServer({ endpoint }, () => undefined)).toThrow(/can be reached from other machines/);
    }
    expect(() => new BoundedServer({ endpoint: '9464' }, () => undefined)).toThrow(/not an address to listen on/);
  });

  test('requires its token, as bearer token or as password', async () => {
    const server = await serve({ endpoint: '0.0.0.0:0', token: new Secret('0123456789abcdef') });
    const url = server.url.replace('0.0.0.0', '127.0.0.1');
    const statusOf = async (authorization?: string) =>
      (await fetch(url, authorization === undefined ? {} : { headers: { authorization } })).status;
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(await statusOf()).toBe(401);
    expect(await statusOf('Bearer 0123456789abcdeX')).toBe(401);
    expect(await statusOf('Bearer 0123456789abcdef')).toBe(200);
    expect(await statusOf(basic('anyone:0123456789abcdef'))).toBe(200);
    expect(await statusOf(basic('0123456789abcdef:'))).toBe(401);
    expect(await statusOf('Digest 0123456789abcdef')).toBe(401);
  });

  test('rejects bodies, other methods and oversized headers', async () => {
    const server = await serve();
    expect((await fetch(server.url, { method: 'POST', body: 'x' })).status).toBe(405);
    expect(await exchange(server, 'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello')).toMatch(
      / 413 /,
    );
    const long = `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(await exchange(server, long)).toMatch(/ 431 /);
    expect(await exchange(server, 'nonsense\r\n\r\n')).toMatch(/ 400 /);
  });

  test('limits the number of connections', async () => {
    const server = await serve();
    const { port } = new URL(server.url);
    const sockets = Array.from({ length: 80 }, () =>
      net.connect(Number(port), '127.0.0.1').on('error', () => undefined),
    );
    afterThisTest(async () => {
      for (const socket of sockets) socket.destroy();
    });
    const closed = () => sockets.filter((socket) => socket.closed).length;
    await expect.poll(closed, { timeout: 10_000 }).toBeGreaterThanOrEqual(16);
  });

  test('reports a port that is in use', async () => {
    const server = await serve();
    const second = new BoundedServer({ endpoint: new URL(server.url).host }, () => undefined);
    await expect(second.start()).rejects.toMatchObject({
      code: 'POWERVM_LISTEN_FAILED',
      message: expect.stringContaining('the port is in use'),
    });
    await second.stop();
  });

  test('over TLS accepts only clients with a certificate, where configured', async () => {
    // Server, client and authority in one.
    const { key, cert } = selfSignedIdentity('127.0.0.1', Date.now());
    const directory = await temporaryDirectory();
    const [certFile, keyFile] = [path.join(directory, 'cert.pem'), path.join(directory, 'key.pem')];
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
    const server = await serve({ tls: { certFile, keyFile, clientCaFile: certFile } });
    const send = (options: https.RequestOptions) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = https.get(server.url, { ...options, ca: cert, agent: false });
        request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      });
    await expect(send({})).rejects.toThrow();
    expect(await send({ key, cert })).toBe(200);
  });
});
