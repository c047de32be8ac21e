import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secrets/secret.ts';
import { BoundedServer, type ServerTls } from '../../src/collector/server/bounded-server.ts';
import { selfSignedIdentity } from '../../src/simulator/http/certificate.ts';
import { afterThisTest } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

async function serverWith(options: { token?: Secret; tls?: ServerTls } = {}): Promise<URL> {
  const server = new BoundedServer({ endpoint: '127.0.0.1:0', ...options }, (_request, response) =>
    response.end('well'),
  );
  await server.start();
  afterThisTest(() => server.stop());
  return new URL(server.url);
}

/** What the server answers to a request as it is written here. */
function ask({ hostname, port }: URL, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.end(request));
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.once('error', reject).once('close', () => resolve(text));
  });
}

async function openConnections(url: URL): Promise<void> {
  const sockets = Array.from({ length: 100 }, () => net.connect(Number(url.port), url.hostname));
  for (const socket of sockets) socket.on('error', () => undefined);
  afterThisTest(async () => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
}

test('a hundred idle connections do not block new clients', async () => {
  const url = await serverWith();
  await openConnections(url);
  expect(await (await fetch(url)).text()).toBe('well');
});

test('a hundred connections that never start TLS do not block new clients', async () => {
  const { key, cert } = selfSignedIdentity('127.0.0.1', Date.now());
  const directory = await temporaryDirectory();
  const [certFile, keyFile] = [path.join(directory, 'cert.pem'), path.join(directory, 'key.pem')];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  const url = await serverWith({ tls: { certFile, keyFile } });
  await openConnections(url);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    https
      .get(url, { ca: cert, agent: false }, (response) => resolve(response.resume().statusCode))
      .once('error', reject);
  });
  expect(status).toBe(200);
});

test('kept-alive connections do not block new clients', async () => {
  const url = await serverWith();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 100 });
  afterThisTest(async () => agent.destroy());
  const get = () =>
    new Promise<number | undefined>((resolve, reject) => {
      http
        .get(url, { agent }, (response) => response.resume().once('end', () => resolve(response.statusCode)))
        .once('error', reject);
    });
  await Promise.allSettled(Array.from({ length: 100 }, get));
  expect((await fetch(url)).status).toBe(200);
});

test('HTTP/1.0 without a host, and LOCALHOST in capitals, count as this machine', async () => {
  const url = await serverWith();
  expect(await ask(url, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.[01] 200/);
  expect(await ask(url, `GET / HTTP/1.1\r\nHost: LOCALHOST:${url.port}\r\nConnection: close\r\n\r\n`)).toMatch(/ 200 /);
  expect(await ask(url, 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')).toMatch(/ 421 /);
});

test('a token is everything after the scheme', async () => {
  const url = await serverWith({ token: new Secret('s3cret') });
  const status = async (authorization: string) => (await fetch(url, { headers: { authorization } })).status;
  expect(await status('Bearer s3cret')).toBe(200);
  expect(await status(`Basic ${Buffer.from('any:s3cret').toString('base64')}`)).toBe(200);
  expect(await status('Bearer s3cret and more')).toBe(401);
  expect(await status('Bearer')).toBe(401);
});
