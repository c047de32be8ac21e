import type http from 'node:http';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ConsoleOptions, PowerVmConsole } from '../../src/rest/index.ts';
import { afterThisTest, hurriedClock } from '../helpers/console.ts';
import { type HostileConsole, startHostileConsole, writeForEver } from '../helpers/hostile-console.ts';

/** What a hostile console may send without more than one request being lost. SECURITY.md counts on these tests. */

const SYSTEM = '95329c84-9a01-330f-809e-2e5577110d1e';

function client({ url }: HostileConsole, options: Partial<ConsoleOptions> = {}): PowerVmConsole {
  const console = new PowerVmConsole({
    endpoint: url,
    username: 'u',
    password: 'p',
    clock: hurriedClock,
    maxResponseBytes: 4 * 1024 * 1024,
    ...options,
  });
  afterThisTest(() => console.logoff());
  return console;
}

const sends = (body: string | Buffer, headers: http.OutgoingHttpHeaders = {}) =>
  startHostileConsole((_request, response) => response.writeHead(200, headers).end(body));

const entities = `<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa">${'bcdefghi'
  .split('')
  .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefgh'[index]};`.repeat(10)}">`)
  .join('')}]>`;

describe('XML', () => {
  test.each([
    ['entities in entities', `${entities}<feed>&i;</feed>`, 'POWERVM_ANSWER_INVALID'],
    ['a document type hidden behind comments', `<!-- a --><!doctype x []><feed></feed>`, 'POWERVM_ANSWER_INVALID'],
    ['an external entity', `<!DOCTYPE x SYSTEM "file:///etc/passwd"><feed></feed>`, 'POWERVM_ANSWER_INVALID'],
    ['elements in elements', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`, 'POWERVM_ANSWER_INVALID'],
    ['elements that hide how deep they are', '<a b="/>">'.repeat(100_000), 'POWERVM_ANSWER_TOO_LARGE'],
    ['a million elements', `<feed>${'<a/>'.repeat(1_000_001)}</feed>`, 'POWERVM_ANSWER_TOO_LARGE'],
    ['a million attributes', `<feed ${'a=""'.repeat(1_000_001)}/>`, 'POWERVM_ANSWER_TOO_LARGE'],
    ['a million characters as numbers', `<feed>${'&#9;'.repeat(1_000_001)}</feed>`, 'POWERVM_ANSWER_TOO_LARGE'],
  ])('%s: rejected', async (_what, body, code) => {
    const console = client(await sends(body), { maxResponseBytes: 16 * 1024 * 1024 });
    await expect(console.longTermMonitorFeed(SYSTEM)).rejects.toMatchObject({ code });
  });
});

describe('JSON', () => {
  test.each([
    ['lists in lists', '['.repeat(500_000), 'POWERVM_ANSWER_INVALID'],
    ['objects in objects', `[${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}]`, undefined],
    ['a million lists', `[${'[],'.repeat(1_000_001)}[]]`, 'POWERVM_ANSWER_TOO_LARGE'],
    ['a million objects', `[${'{},'.repeat(1_000_001)}{}]`, 'POWERVM_ANSWER_TOO_LARGE'],
  ])('%s: rejected or without effect', async (_what, body, code) => {
    const console = client(await sends(body));
    const reply = console.managedSystems();
    if (code === undefined) expect(await reply).toEqual([]);
    else await expect(reply).rejects.toMatchObject({ code });
  });
});

describe('a body', () => {
  test('that is a gzip bomb is rejected at the size limit', async () => {
    // A gigabyte of blanks in a megabyte.
    const hostile = await startHostileConsole((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      response.on('close', () => gzip.destroy());
      const blanks = Buffer.alloc(1024 * 1024, ' ');
      const more = () => {
        while (!gzip.destroyed && gzip.write(blanks));
        if (!gzip.destroyed) gzip.once('drain', more);
      };
      more();
    });
    await expect(client(hostile).longTermMonitorFeed(SYSTEM)).rejects.toMatchObject({
      code: 'POWERVM_ANSWER_TOO_LARGE',
    });
    expect(hostile.written()).toBeLessThan(1024 * 1024);
  });

  test('that is compressed twice is decompressed only once', async () => {
    const body = gzipSync(gzipSync(Buffer.alloc(10 * 1024 * 1024)));
    const console = client(await sends(body, { 'content-encoding': 'gzip, gzip' }));
    await expect(console.longTermMonitorFeed(SYSTEM)).rejects.toMatchObject({ code: 'POWERVM_ANSWER_INVALID' });
  });

  test('without an end is aborted together with the connection', async () => {
    const hostile = await startHostileConsole((_request, response) =>
      writeForEver(response, Buffer.alloc(65_536, 'x')),
    );
    await expect(client(hostile).longTermMonitorFeed(SYSTEM)).rejects.toMatchObject({
      code: 'POWERVM_ANSWER_TOO_LARGE',
    });
    const written = hostile.written();
    // The limit, and what was in the sockets.
    expect(written).toBeLessThan(4 * 1024 * 1024 + 16 * 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(hostile.written()).toBe(written);
  });

  test('of a logon has its own small limit', async () => {
    const server = await startHostileConsole(() => undefined);
    const console = client(server, { maxResponseBytes: 64 * 1024 * 1024 });
    expect(await console.logoff()).toBeUndefined();
  });

  test('that arrives byte by byte is limited to twice the read timeout', async () => {
    const hostile = await startHostileConsole((_request, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    await expect(client(hostile, { readTimeout: 150 }).longTermMonitorFeed(SYSTEM)).rejects.toMatchObject({
      code: 'POWERVM_CONSOLE_UNREACHABLE',
    });
  });

  test('that is announced and never arrives is abandoned', async () => {
    const hostile = await startHostileConsole((_request, response) => {
      const timer = setInterval(() => response.writeProcessing(), 10);
      response.on('close', () => clearInterval(timer));
    });
    await expect(client(hostile, { readTimeout: 150 }).longTermMonitorFeed(SYSTEM)).rejects.toMatchObject({
      code: 'POWERVM_CONSOLE_UNREACHABLE',
    });
  });
});

test('ten thousand redirects cause one new session at most', async () => {
  const hostile = await startHostileConsole((request, response) => {
    const next = Number(new URL(request.url ?? '', 'http://x').searchParams.get('n') ?? 0) + 1;
    response.writeHead(302, { location: `/rest/api/uom/ManagedSystem?n=${next % 10_000}` }).end();
  });
  await expect(client(hostile).managedSystems()).rejects.toMatchObject({ code: 'POWERVM_SESSION_LOST' });
  expect(hostile.received).toHaveLength(2);
});
