import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HttpClient, type HttpRequest } from '../../src/base/http/http-client.ts';
import { socketError } from '../../src/base/http/socket-error.ts';
import { afterThisTest, connect, startSimulator } from '../helpers/console.ts';

/** What a server does with a request: writes something, and closes the connection or keeps it. */
interface Reaction {
  readonly write?: string;
  readonly isClosed?: boolean;
  /** Closes with RST instead of FIN. */
  readonly isReset?: boolean;
}

const ANSWER: Reaction = { write: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwords' };

/** @param react by the number of the connection and of the request on it, both from 0 */
async function startServer(react: (connection: number, request: number) => Reaction) {
  const seen: string[] = [];
  let connections = 0;
  const server = net.createServer((socket) => {
    const connection = connections;
    connections += 1;
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const reaction = react(connection, requests);
      requests += 1;
      seen.push(`${data.toString('latin1').split(' ')[0]} on ${connection}`);
      if (reaction.write) socket.write(reaction.write);
      if (reaction.isReset) socket.resetAndDestroy();
      else if (reaction.isClosed) socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new HttpClient({ connectTimeout: 2_000, readTimeout: 2_000, maxResponseBytes: 10_000 });
  afterThisTest(async () => {
    client.closeConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), seen, client };
}

const isFirstAnswered = (reaction: Reaction) => (connection: number, request: number) =>
  connection > 0 || request === 0 ? ANSWER : reaction;

describe.each<[string, Reaction]>([
  ['closes', { isClosed: true }],
  ['resets', { isReset: true }],
])('a server that %s a kept-alive connection instead of responding', (_what, reaction) => {
  test.each<HttpRequest>([
    { method: 'GET' },
    { method: 'DELETE' },
    { method: 'PUT', body: 'logon' },
    { method: 'POST', body: 'points' },
    { method: 'POST', body: Buffer.from('bytes') },
  ])('is retried over a new connection: $method', async (request) => {
    const { url, seen, client } = await startServer(isFirstAnswered(reaction));
    await client.send(url, { method: 'GET' });
    expect(await client.send(url, request)).toMatchObject({ statusCode: 200, body: 'words' });
    expect(seen).toEqual(['GET on 0', `${request.method} on 0`, `${request.method} on 1`]);
  });
});

test('only one of several closed kept-alive connections is tried', async () => {
  let isRestarted = false;
  const { url, seen, client } = await startServer((connection) =>
    isRestarted && connection < 6 ? { isClosed: true } : ANSWER,
  );
  await Promise.all(Array.from({ length: 6 }, () => client.send(url, { method: 'GET' })));
  isRestarted = true;
  expect(await client.send(url, { method: 'POST', body: 'points' })).toMatchObject({ statusCode: 200 });
  expect(seen.filter((request) => request.startsWith('POST'))).toHaveLength(2);
});

describe('a response that has begun', () => {
  const half = { write: 'HTTP/1.1 200 O', isClosed: true };

  test('is not repeated when the request may have taken effect', async () => {
    const { url, seen, client } = await startServer(isFirstAnswered(half));
    await client.send(url, { method: 'GET' });
    const error = await client.send(url, { method: 'POST', body: 'points' }).catch((reason: unknown) => reason);
    expect(socketError(error).kind).not.toBe('certificate');
    expect(seen).toEqual(['GET on 0', 'POST on 0']);
  });

  test('is repeated for a safe request without a status yet', async () => {
    const { url, client } = await startServer(isFirstAnswered({ write: 'HTTP/1.1 200 O', isReset: true }));
    await client.send(url, { method: 'GET' });
    expect(await client.send(url, { method: 'GET' })).toMatchObject({ statusCode: 200 });
  });

  test('and breaks off in the body is an error, not a second download', async () => {
    const begun = { write: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwo', isClosed: true };
    const { url, seen, client } = await startServer(isFirstAnswered(begun));
    await client.send(url, { method: 'GET' });
    const error = await client.send(url, { method: 'GET' }).catch((reason: unknown) => reason);
    expect(socketError(error)).toMatchObject({ kind: 'connection' });
    expect(seen).toHaveLength(2);
  });
});

test('a request that we abort is not repeated', async () => {
  const { url, seen, client } = await startServer((_connection, request) => (request === 0 ? ANSWER : {}));
  await client.send(url, { method: 'GET' });
  const sent = client.send(url, { method: 'GET' });
  sent.catch(() => undefined);
  await expect.poll(() => seen.length).toBe(2);
  client.closeConnections();
  await expect(sent).rejects.toThrow();
  expect(seen).toHaveLength(2);
});

test('a console that resets every connection is unreachable after one try on each kept and each new connection', async () => {
  const { url, seen, client } = await startServer(() => ({ isReset: true }));
  const error = await client.send(url, { method: 'GET' }).catch((reason: unknown) => reason);
  expect(socketError(error)).toMatchObject({ kind: 'connection', code: 'ECONNRESET' });
  expect(seen).toEqual(['GET on 0']);

  const simulator = await startSimulator();
  const console = connect(simulator);
  await console.managedSystems();
  simulator.intercept = () => ({ breakConnection: true });
  await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_UNREACHABLE' });
});

test('the address of a UNIX socket is rejected', async () => {
  const client = new HttpClient({ connectTimeout: 100, readTimeout: 100, maxResponseBytes: 100 });
  await expect(client.send(new URL('http://unix:/run/some.socket:/path'), { method: 'GET' })).rejects.toThrow('UNIX');
});
