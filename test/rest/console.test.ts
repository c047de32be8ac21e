import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ConsoleError } from '../../src/base/errors/errors.ts';
import { PowerVmConsole } from '../../src/rest/index.ts';
import { afterThisTest, connect, hurriedClock, onlySystem, optionsFor, startSimulator } from '../helpers/console.ts';

/** The code of the error that a promise is rejected with. */
async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error instanceof ConsoleError ? error.code : String(error);
  }
}

const isLogon = ({ path }: { readonly path: string }) => path === '/rest/api/web/Logon';

describe('session', () => {
  test('is shared by all callers', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    await Promise.all([1, 2, 3, 4].map(() => console.managedSystems()));
    expect(simulator.sessions.opened).toBe(1);
    expect(console.type).toBe('hmc');
  });

  test('is reopened once when the console has lost it', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    await console.managedSystems();
    simulator.expireSessions();
    await Promise.all([1, 2, 3, 4].map(() => console.managedSystems()));
    expect(simulator.sessions.opened).toBe(2);
  });

  test('is not reopened endlessly when the console accepts none', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    simulator.intercept = (request) => (isLogon(request) ? undefined : { status: 401 });
    expect(await codeOf(console.managedSystems())).toBe('POWERVM_SESSION_LOST');
    expect(simulator.sessions.opened).toBe(2);
  });

  test('is never requested again with a refused password', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator, { password: 'wrong' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await codeOf(console.managedSystems())).toBe('POWERVM_LOGON_REFUSED');
    }
    expect(simulator.sessions.refused).toBe(1);
  });

  test('works with every character in user name and password', async () => {
    const password = `&<>"' äö§`;
    const simulator = await startSimulator({ username: 'a<b&c', password });
    expect(await connect(simulator).managedSystems()).toHaveLength(1);
  });

  test('ends with a logoff, and a second one does nothing', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    await console.managedSystems();
    await console.logoff();
    await console.logoff();
    expect(simulator.sessions).toMatchObject({ active: 0, closed: 1 });
  });

  test('of a console that never responds to the logoff does not block shutdown, and is ended later', async () => {
    let isStalled = true;
    const simulator = await startSimulator({
      intercept: ({ method }) => (method === 'DELETE' && isStalled ? { stall: 'before' } : undefined),
    });
    // An ordinary request may take three minutes, which is longer than this test may.
    const console = connect(simulator, { readTimeout: 180_000 });
    await console.managedSystems();
    await console.logoff();
    expect(simulator.sessions.active).toBe(1);
    isStalled = false;
    await console.logoff();
    expect(simulator.sessions.active).toBe(0);
  });

  test('is obtained by file on NovaLink, and not on an HMC', async () => {
    const novalink = await startSimulator({ console: 'novalink' });
    const console = new PowerVmConsole({ endpoint: novalink.url, clock: hurriedClock });
    afterThisTest(() => console.logoff());
    expect(await console.managedSystems()).toHaveLength(1);
    expect(console.type).toBe('novalink');
    const hmc = await startSimulator();
    expect(await codeOf(new PowerVmConsole({ endpoint: hmc.url, clock: hurriedClock }).managedSystems())).toBe(
      'POWERVM_FILE_LOGON_FAILED',
    );
  });

  test('waits for a REST service that is still starting', async () => {
    const simulator = await startSimulator();
    let tries = 0;
    simulator.intercept = (request) => {
      tries += isLogon(request) ? 1 : 0;
      return isLogon(request) && tries < 3 ? { status: 404, body: '' } : undefined;
    };
    expect(await connect(simulator).managedSystems()).toHaveLength(1);
  });

  test('distinguishes missing permission from a lost session', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    simulator.intercept = (request) => (isLogon(request) ? undefined : { status: 403, body: 'not authorized' });
    expect(await codeOf(console.managedSystems())).toBe('POWERVM_FORBIDDEN');
    expect(simulator.sessions.opened).toBe(1);
  });
});

describe('transport', () => {
  test('trusts only the given certificate', async () => {
    const simulator = await startSimulator({ tls: true });
    expect(await connect(simulator).managedSystems()).toHaveLength(1);
    expect(await codeOf(connect(simulator, { tls: {} }).managedSystems())).toBe('POWERVM_TLS_UNTRUSTED');
    expect(await connect(simulator, { tls: { insecureSkipVerify: true } }).managedSystems()).toHaveLength(1);
  });

  test('rejects clear text to another machine', () => {
    expect(() => new PowerVmConsole({ endpoint: 'http://hmc.example.com', username: 'u', password: 'p' })).toThrow(
      expect.objectContaining({ code: 'POWERVM_CLEAR_TEXT_REFUSED' }),
    );
  });

  test('reports that nothing listens', async () => {
    const simulator = await startSimulator();
    const { url } = simulator;
    await simulator.stop();
    expect(await codeOf(new PowerVmConsole({ ...optionsFor(simulator), endpoint: url }).managedSystems())).toBe(
      'POWERVM_CONSOLE_UNREACHABLE',
    );
  });

  test('times out on a console that does not respond', async () => {
    const simulator = await startSimulator();
    simulator.intercept = () => ({ delay: 2_000 });
    expect(await codeOf(connect(simulator, { readTimeout: 100 }).managedSystems())).toBe('POWERVM_CONSOLE_UNREACHABLE');
  });

  test('sends at most two requests at a time', async () => {
    const simulator = await startSimulator();
    let open = 0;
    let most = 0;
    simulator.intercept = (request) => {
      if (isLogon(request)) return undefined;
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
      }, 20);
      return { delay: 25 };
    };
    const console = connect(simulator);
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => console.managedSystems()));
    expect(most).toBeLessThanOrEqual(2);
  });

  test('aborts a response that is too large', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator, { maxResponseBytes: 10_000 });
    simulator.intercept = (request) => (isLogon(request) ? undefined : { body: 'x'.repeat(20_000) });
    expect(await codeOf(console.managedSystems())).toBe('POWERVM_ANSWER_TOO_LARGE');
  });

  test('stops at once when aborted', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    await console.managedSystems();
    simulator.intercept = (request) => (isLogon(request) ? undefined : { delay: 5_000 });
    const interruption = new AbortController();
    const question = console.managedSystems(interruption.signal);
    setTimeout(() => interruption.abort(new Error('enough')), 20);
    await expect(question).rejects.toThrow('enough');
  });

  test('uses only path and query of links, never their host', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    const { id } = onlySystem(simulator);
    const [entry] = await console.longTermMonitorFeed(id);
    // The links of the simulator name a host and port where nothing listens.
    if (!entry) throw new Error('the feed is empty');
    expect(await console.pcmDocument(entry)).toBe(simulator.document(entry.fileName));
  });
});

describe('responses', () => {
  test.each([
    ['HTML instead of XML', '<html><body>Sign in</body></html>'],
    ['a truncated document', '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>'],
    [
      'a document type with entities',
      '<!DOCTYPE x [<!ENTITY a "aaaa">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>',
    ],
    ['nothing at all', ''],
  ])('%s is an error with a code', async (_what, body) => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    simulator.intercept = (request) => (isLogon(request) ? undefined : { status: 200, body });
    expect(await codeOf(console.longTermMonitorFeed(onlySystem(simulator).id))).toBe('POWERVM_ANSWER_INVALID');
  });

  test('204 is an empty list', async () => {
    const simulator = await startSimulator();
    simulator.intercept = (request) => (isLogon(request) ? undefined : { status: 204, body: '' });
    const console = connect(simulator);
    expect(await console.managedSystems()).toEqual([]);
    expect(await console.longTermMonitorFeed(onlySystem(simulator).id)).toEqual([]);
  });

  test('a busy console is retried, a broken one is not', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    await console.managedSystems();
    let requested = 0;
    const failWith = (status: number, message: string, times: number) => {
      requested = 0;
      simulator.intercept = (request) => {
        if (isLogon(request)) return undefined;
        requested += 1;
        if (requested > times) return undefined;
        return { status, body: `<HttpErrorResponse><Message>${message}</Message></HttpErrorResponse>` };
      };
    };
    failWith(503, 'restarting', 2);
    expect(await console.longTermMonitorFeed(onlySystem(simulator).id)).not.toHaveLength(0);
    expect(requested).toBe(3);
    failWith(500, 'The system is currently too busy', Number.POSITIVE_INFINITY);
    expect(await codeOf(console.longTermMonitorFeed(onlySystem(simulator).id))).toBe('POWERVM_CONSOLE_BUSY');
    expect(requested).toBe(4);
    failWith(500, 'A NullPointerException', Number.POSITIVE_INFINITY);
    expect(await codeOf(console.longTermMonitorFeed(onlySystem(simulator).id))).toBe('POWERVM_REQUEST_REJECTED');
    expect(requested).toBe(1);
  });

  test('errors name the console and the path, and no secret', async () => {
    const simulator = await startSimulator({ password: 'topsecret' });
    const seen: string[] = [];
    simulator.intercept = ({ headers }) => {
      seen.push(headers['x-api-session'] ?? '');
      return headers['x-api-session'] === undefined ? undefined : { status: 500, body: 'broken' };
    };
    const error: unknown = await connect(simulator)
      .managedSystems()
      .catch((reason: unknown) => reason);
    const text = `${(error as Error).message} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
    expect(text).toContain(new URL(simulator.url).host);
    expect(text).not.toContain('topsecret');
    for (const token of seen.filter((one) => one !== '')) expect(text).not.toContain(token);
  });
});

describe('inventory and preferences', () => {
  test('quick JSON and Atom feeds give the same', async () => {
    const simulator = await startSimulator({ lpars: 12 });
    const console = connect(simulator);
    const { id } = onlySystem(simulator);
    const byId = (left: { id: string }, right: { id: string }) => left.id.localeCompare(right.id);
    const quick = [await console.managedSystems(), [...(await console.partitions(id))].sort(byId)];
    simulator.intercept = ({ path }) => (path.endsWith('/quick/All') ? { status: 404, body: '' } : undefined);
    expect([await console.managedSystems(), [...(await console.partitions(id))].sort(byId)]).toEqual(quick);
  });

  test('a console that refuses the VIOSes still lists the partitions', async () => {
    const simulator = await startSimulator();
    simulator.intercept = ({ path }) => (path.includes('VirtualIOServer') ? { status: 403, body: 'no' } : undefined);
    expect(await connect(simulator).partitions(onlySystem(simulator).id)).toHaveLength(5);
  });

  test('MAC addresses are matched by location', async () => {
    const simulator = await startSimulator();
    const [partition] = onlySystem(simulator).partitions;
    if (!partition) throw new Error('there is no partition');
    const adapters = await connect(simulator).clientNetworkAdapters({ id: partition.id, isVios: false });
    const [adapter] = partition.ethernet;
    expect(adapters).toEqual([
      { location: adapter?.location, mac: adapter?.mac.toLowerCase().replaceAll(/(..)(?=.)/g, '$1:') },
    ]);
  });

  test('long-term monitoring is enabled despite concurrent changes', async () => {
    const simulator = await startSimulator({ longTermMonitor: false });
    const console = connect(simulator);
    const { id } = onlySystem(simulator);
    expect((await console.pcmPreferences(id)).longTermMonitor).toBe(false);
    let posts = 0;
    simulator.intercept = ({ method }) => {
      if (method === 'POST' && posts === 0) simulator.monitoring(id).shortTermMonitor = true;
      posts += method === 'POST' ? 1 : 0;
      return undefined;
    };
    expect(await console.switchLongTermMonitor(id, true)).toMatchObject({
      longTermMonitor: true,
      shortTermMonitor: true,
    });
    expect(posts).toBe(2);
  });
});

test('an IPv6 console is reachable', async () => {
  const server = http.createServer((_request, response) => response.writeHead(500).end());
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  afterThisTest(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const console = new PowerVmConsole({
    endpoint: `http://[::1]:${port}`,
    username: 'u',
    password: 'p',
    clock: hurriedClock,
  });
  expect(await codeOf(console.managedSystems())).toBe('POWERVM_LOGON_FAILED');
});
