import { getEventListeners, setMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { InMemorySessionStore, PowerVmConsole } from '../../src/rest/index.ts';
import { Transport } from '../../src/rest/requests/transport.ts';
import { afterThisTest, connect, hurriedClock, optionsFor, startSimulator } from '../helpers/console.ts';

// Found by reading: ways on which a session was left behind, or someone waited forever.

test('a logoff does not wait for pauses between logon attempts', async () => {
  const simulator = await startSimulator();
  simulator.intercept = () => ({ status: 404, body: '' });
  const clock = new ManualClock(0);
  const console = new PowerVmConsole(optionsFor(simulator, { clock }));
  const question = console.managedSystems().catch((error: unknown) => error);
  while (clock.sleepers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  // No one moves the clock.
  await console.logoff();
  expect(await question).toMatchObject({ code: 'POWERVM_SHUT_DOWN' });
  expect(clock.sleepers).toBe(0);
});

test('a session is stored before it is used', async () => {
  const simulator = await startSimulator();
  const memory = new InMemorySessionStore();
  let isRemembered = false;
  const used: boolean[] = [];
  simulator.intercept = ({ path }) => {
    if (!path.endsWith('/Logon')) used.push(isRemembered);
    return undefined;
  };
  const console = connect(simulator, {
    sessionStore: {
      load: (key) => memory.load(key),
      forget: (key) => memory.forget(key),
      save: async (key, session) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        await memory.save(key, session);
        isRemembered = true;
      },
    },
  });
  const soon = new Promise((resolve) => setTimeout(resolve, 25)).then(() => console.managedSystems());
  await Promise.all([console.managedSystems(), soon]);
  expect(new Set(used)).toEqual(new Set([true]));
});

test('a session is ended even when all callers abort during the logon', async () => {
  const simulator = await startSimulator();
  simulator.intercept = () => ({ delay: 50 });
  const console = new PowerVmConsole(optionsFor(simulator));
  const leaving = new AbortController();
  const questions = [1, 2].map(() => console.managedSystems(leaving.signal).catch((error: unknown) => error));
  setTimeout(() => leaving.abort(new Error('enough')), 20);
  for (const question of questions) expect(await question).toMatchObject({ message: 'enough' });
  await console.logoff();
  expect(simulator.sessions).toMatchObject({ opened: 1, closed: 1, active: 0 });
});

test('a stop during a retry leaves neither a session nor a pending timer', async () => {
  const simulator = await startSimulator();
  const clock = new ManualClock(0);
  const console = new PowerVmConsole(optionsFor(simulator, { clock }));
  await console.managedSystems();
  simulator.intercept = ({ method }) => (method === 'GET' ? { status: 503 } : undefined);
  const stopping = new AbortController();
  const question = console.managedSystems(stopping.signal).catch((error: unknown) => error);
  while (clock.sleepers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stopping.abort(new Error('enough'));
  expect(await question).toMatchObject({ message: 'enough' });
  await console.logoff();
  expect(clock.sleepers).toBe(0);
  expect(simulator.sessions.active).toBe(0);
});

test('an unavailable password is an error with a code, without a logon', async () => {
  const simulator = await startSimulator();
  const console = connect(simulator, { password: () => Promise.reject(new Error('the vault is sealed')) });
  await expect(console.managedSystems()).rejects.toMatchObject({
    code: 'POWERVM_LOGON_FAILED',
    message: expect.stringContaining('the vault is sealed'),
  });
  expect(simulator.requests).toHaveLength(0);
});

test('a console whose port moves with an upgrade is found again', async () => {
  const before = await startSimulator();
  const after = await startSimulator();
  const endpoint = {
    text: 'https://hmc',
    host: 'hmc',
    address: 'hmc',
    isLoopback: false,
    candidates: [before.url, after.url],
  };
  const transport = new Transport(endpoint, { endpoint: endpoint.text, clock: hurriedClock });
  afterThisTest(async () => transport.closeConnections());
  const ask = () => transport.send({ kind: 'inventory', method: 'GET', path: '/rest/api/uom/ManagedSystem' });
  await ask();
  await ask();
  expect(after.requests).toHaveLength(0);
  await before.stop();
  await expect(ask()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_UNREACHABLE' });
  expect((await ask()).statusCode).toBe(401);
  expect(after.requests).toHaveLength(1);
});

test.each([{ maxConcurrentRequests: 0 }, { maxRequestsPerMinute: Number.NaN }, { auditMemento: 'line\nbreak' }])(
  'an option that would prevent every request is rejected at once: %j',
  (options) => {
    expect(() => new PowerVmConsole({ endpoint: 'https://hmc', ...options })).toThrow(
      expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }),
    );
  },
);

test('requests of every outcome leave no listener on a shared signal', async () => {
  const simulator = await startSimulator();
  const console = connect(simulator);
  const { signal } = new AbortController();
  setMaxListeners(Number.POSITIVE_INFINITY, signal);
  let count = 0;
  const outcomes = [{ status: 500 }, { status: 503 }, { status: 401 }, { breakConnection: true }, { truncateTo: 5 }];
  simulator.intercept = ({ path }) => {
    count += 1;
    return path.endsWith('/Logon') ? undefined : outcomes[count % (outcomes.length + 1)];
  };
  await Promise.allSettled(Array.from({ length: 60 }, () => console.managedSystems(signal)));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
