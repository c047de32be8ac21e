import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HttpClient, type HttpClientOptions } from '../../../src/base/http/http-client.ts';
import { socketError } from '../../../src/base/http/socket-error.ts';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { PowerVmConsole } from '../../../src/rest/index.ts';
import { afterThisTest, connect, startSimulator } from '../../helpers/console.ts';

async function fingerprintOf(file: string | undefined): Promise<string> {
  return new X509Certificate(await readFile(file ?? '')).fingerprint256;
}

describe('a pinned certificate', () => {
  test('is trusted without an authority, in every usual way to write it', async () => {
    const simulator = await startSimulator({ tls: true });
    const fingerprint = await fingerprintOf(simulator.caFile);
    const bare = fingerprint.replaceAll(':', '').toLowerCase();
    expect(await connect(simulator, { tls: { fingerprint } }).managedSystems()).toHaveLength(1);
    expect(await connect(simulator, { tls: { fingerprint: ['00'.repeat(32), bare] } }).managedSystems()).toHaveLength(
      1,
    );
  });

  test('of another server is rejected before anything is sent, and the error names the fingerprint', async () => {
    const simulator = await startSimulator({ tls: true });
    const fingerprint = createHash('sha256').update('another').digest('hex');
    const shown = await fingerprintOf(simulator.caFile);
    await expect(connect(simulator, { tls: { fingerprint } }).managedSystems()).rejects.toMatchObject({
      code: 'POWERVM_TLS_UNTRUSTED',
      message: expect.stringContaining(shown),
    });
    expect(simulator.requests).toHaveLength(0);
  });

  test('is checked on every connection', async () => {
    const simulator = await startSimulator({ tls: true });
    const console = connect(simulator, { tls: { fingerprint: await fingerprintOf(simulator.caFile) } });
    await console.managedSystems();
    await console.logoff();
    expect(await console.managedSystems()).toHaveLength(1);
  });

  test('that is not a fingerprint is rejected at once', async () => {
    expect(() => new PowerVmConsole({ endpoint: 'https://hmc', tls: { fingerprint: 'ab:cd' } })).toThrow(
      expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }),
    );
  });
});

interface Proxy {
  readonly url: string;
  readonly connected: string[];
  readonly heard: string[];
}

/** A proxy that tunnels, or answers with another status; remembers all that it could read. */
async function startProxy(status = 200, onlyFor?: string): Promise<Proxy> {
  const connected: string[] = [];
  const heard: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.writeHead(500).end();
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, socket, head) => {
    heard.push(`${request.url} ${JSON.stringify(request.headers)}`);
    const isAllowed = onlyFor === undefined || request.headers['proxy-authorization'] === onlyFor;
    if (status !== 200 || !isAllowed) {
      socket.end(`HTTP/1.1 ${isAllowed ? status : 407} No\r\n\r\n`);
      return;
    }
    connected.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = net.connect(Number(port), hostname.replaceAll(/[[\]]/g, ''), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      socket.on('data', (chunk) => heard.push(chunk.toString('latin1')));
      socket.pipe(upstream).pipe(socket);
    });
    sockets.add(upstream);
    for (const end of [socket, upstream]) end.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connected, heard };
}

/** A server that accepts connections and says nothing. */
async function startSilent(): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  afterThisTest(stop);
  return { port: (server.address() as AddressInfo).port, stop };
}

describe('a proxy', () => {
  test('tunnels TLS and sees neither password nor session', async () => {
    const simulator = await startSimulator({ tls: true, password: 'topsecret' });
    const proxy = await startProxy();
    const fingerprint = await fingerprintOf(simulator.caFile);
    const byAuthority = connect(simulator, { proxy: { url: proxy.url } });
    expect(await byAuthority.managedSystems()).toHaveLength(1);
    await byAuthority.logoff();
    const byPin = connect(simulator, { proxy: { url: proxy.url }, tls: { fingerprint } });
    expect(await byPin.managedSystems()).toHaveLength(1);
    await byPin.logoff();
    expect(new Set(proxy.connected)).toEqual(new Set([new URL(simulator.url).host]));
    expect(proxy.heard.join()).not.toMatch(/topsecret|api-session|Logon/i);
  });

  test('gets its own user name and password', async () => {
    const simulator = await startSimulator({ tls: true });
    const proxy = await startProxy(200, `Basic ${Buffer.from('me:s€cret:').toString('base64')}`);
    const allowed = { url: proxy.url, username: 'me', password: new Secret('s€cret:') };
    expect(await connect(simulator, { proxy: allowed }).managedSystems()).toHaveLength(1);
    await expect(connect(simulator, { proxy: { url: proxy.url } }).managedSystems()).rejects.toMatchObject({
      code: 'POWERVM_CONSOLE_UNREACHABLE',
      message: expect.stringContaining('asks for a user name and password (407)'),
    });
  });

  test('that refuses is not reported as a console that refuses the logon', async () => {
    const simulator = await startSimulator({ tls: true });
    const console = connect(simulator, { proxy: { url: (await startProxy(403)).url } });
    await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_UNREACHABLE' });
    expect(console.health.isLogonRefused).toBe(false);
  });

  test('also tunnels clear text to a console on loopback', async () => {
    const simulator = await startSimulator();
    const proxy = await startProxy();
    expect(await connect(simulator, { proxy: { url: proxy.url } }).managedSystems()).toHaveLength(1);
    expect(proxy.connected.length).toBeGreaterThan(0);
  });

  test('that is missing or never responds is reported as such', async () => {
    const simulator = await startSimulator({ tls: true });
    const { port, stop } = await startSilent();
    const url = `http://127.0.0.1:${port}`;
    const slow = connect(simulator, { proxy: { url }, connectTimeout: 100 });
    await expect(slow.managedSystems()).rejects.toThrow(`the proxy 127.0.0.1:${port} does not connect: no answer`);
    await stop();
    await expect(connect(simulator, { proxy: { url } }).managedSystems()).rejects.toThrow('the proxy 127.0.0.1');
  });
});

test('a server that accepts and never starts TLS fails after the connect timeout, also with a pinned certificate', async () => {
  const { port } = await startSilent();
  const endpoint = `https://127.0.0.1:${port}`;
  for (const tls of [{}, { fingerprint: '00'.repeat(32) }]) {
    const console = new PowerVmConsole({ endpoint, username: 'u', password: 'p', connectTimeout: 100, tls });
    await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_UNREACHABLE' });
  }
});

/** A server that writes the same bytes to whoever connects. */
async function startRaw(bytes: string | Buffer): Promise<URL> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => new Promise((resolve) => server.close(() => resolve())));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const options: HttpClientOptions = { connectTimeout: 1_000, readTimeout: 1_000, maxResponseBytes: 10_000 };

describe('an invalid HTTP response', () => {
  const header = 'HTTP/1.1 200 OK\r\n';

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'garbled'],
    ['endless headers', `${header}${'x-y: z\r\n'.repeat(10_000)}`, 'garbled'],
    ['a broken chunk', `${header}transfer-encoding: chunked\r\n\r\nzz\r\nabc`, 'garbled'],
    ['two lengths', `${header}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, 'garbled'],
    ['no gzip', `${header}content-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc`, 'garbled'],
    ['no brotli', `${header}content-encoding: br\r\ncontent-length: 3\r\n\r\nabc`, 'garbled'],
    ['a body cut off', `${header}content-length: 100\r\n\r\nabc`, 'connection'],
    ['nothing', '', 'connection'],
  ])('%s is a named error that reveals nothing of the request', async (_what, bytes, kind) => {
    const url = await startRaw(bytes);
    const headers = { 'X-API-Session': 'topsecret' };
    const error: unknown = await new HttpClient(options)
      .send(url, { method: 'PUT', headers, body: 'topsecret' })
      .catch((reason: unknown) => reason);
    expect(socketError(error).kind).toBe(kind);
  });
});

describe('a response', () => {
  async function answering(listener: http.RequestListener): Promise<URL> {
    const server = http.createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterThisTest(() => new Promise((resolve) => server.close(() => resolve())));
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  test.each([
    ['gzip', gzipSync('words')],
    ['deflate', deflateSync('words')],
    ['br', brotliCompressSync('words')],
    ['identity', Buffer.from('words')],
  ])('in %s is decoded correctly', async (encoding, body) => {
    const url = await answering((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'set-cookie': ['a=1', 'b=2'] }).end(body);
    });
    const reply = await new HttpClient(options).send(url, { method: 'GET' });
    expect(reply).toMatchObject({ statusCode: 200, headers: { 'set-cookie': 'a=1, b=2' }, body: 'words' });
  });

  test.each([
    [204, {}],
    [200, { 'content-length': 0 }],
  ])('without a body is not decompressed: %s', async (statusCode, headers) => {
    const url = await answering((_request, response) => {
      response.writeHead(statusCode, { 'content-encoding': 'gzip', ...headers }).end();
    });
    expect(await new HttpClient(options).send(url, { method: 'DELETE' })).toMatchObject({ statusCode, body: '' });
  });

  test('uses one connection, and a later abort has no effect', async () => {
    const sockets = new Set<unknown>();
    const url = await answering((request, response) => {
      sockets.add(request.socket);
      response.end('words');
    });
    const client = new HttpClient(options);
    const interruption = new AbortController();
    await client.send(url, { method: 'GET' }, interruption.signal);
    interruption.abort();
    await client.send(url, { method: 'GET' });
    expect(sockets.size).toBe(1);
    await expect(client.send(url, { method: 'GET' }, interruption.signal)).rejects.toBe(interruption.signal.reason);
  });

  test('that is awaited is aborted with the reason of the signal', async () => {
    const closed: Promise<void>[] = [];
    const url = await answering((request) => {
      closed.push(new Promise((resolve) => request.socket.once('close', () => resolve())));
    });
    const reason = new Error('enough');
    const interruption = new AbortController();
    const sent = new HttpClient(options).send(url, { method: 'GET' }, interruption.signal);
    await expect.poll(() => closed.length).toBe(1);
    interruption.abort(reason);
    await expect(sent).rejects.toBe(reason);
    await closed[0];
  });
});
