import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import { PowerVmConsole } from '../../../src/rest/index.ts';
import type { PowerVmSimulatorOptions, SimulatedRequest } from '../../../src/simulator/index.ts';
import { afterThisTest, onlySystem, optionsFor, startSimulator } from '../../helpers/console.ts';
import { simulatedTime } from '../../helpers/simulated-time.ts';

const isLogon = ({ path }: SimulatedRequest) => path === '/rest/api/web/Logon';

/** A client that lives by the clock of its simulator. */
async function setUp() {
  let reply: PowerVmSimulatorOptions['intercept'];
  const time = await simulatedTime({ intercept: (request) => reply?.(request) });
  /** What goes wrong from now on. */
  const goWrong = (how: typeof reply) => {
    reply = how;
  };
  const console = new PowerVmConsole(optionsFor(time.simulator, { clock: time.clock }));
  afterThisTest(() => console.logoff());
  await console.managedSystems();
  return { ...time, goWrong, console, id: onlySystem(time.simulator).id };
}

describe('a console that restarts', () => {
  test('gets few requests while it responds with 503, and is read again when it is back', async () => {
    const { simulator, goWrong, clock, settle, pass, console, id } = await setUp();
    const before = simulator.requests.length;
    goWrong(() => ({ status: 503 }));
    // Ten systems, each polled every thirty seconds for ten minutes.
    for (let cycle = 0; cycle < 20; cycle += 1) {
      for (let system = 0; system < 10; system += 1) void console.longTermMonitorFeed(id).catch(() => undefined);
      await pass(30_000);
    }
    const requests = simulator.requests.length - before;
    expect(requests).toBeGreaterThan(5);
    expect(requests).toBeLessThan(40);
    goWrong(undefined);
    await pass(75_000);
    const feed = console.longTermMonitorFeed(id);
    await settle();
    await clock.advance(0, settle);
    expect(await feed).not.toHaveLength(0);
    expect(console.health).toMatchObject({ circuit: 'closed', isLogonRefused: false });
    expect(simulator.sessions.opened).toBe(1);
  });

  test.each([
    ['seconds', () => '90'],
    ['a date', (now: number) => new Date(now + 90_000).toUTCString()],
  ])('gets no requests during its Retry-After, in %s', async (_form, retryAfter) => {
    const { simulator, goWrong, clock, pass, console, id } = await setUp();
    const header = retryAfter(clock.now());
    goWrong(() => ({ status: 503, headers: { 'retry-after': header } }));
    await expect(console.longTermMonitorFeed(id)).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_BUSY' });
    const requested = simulator.requests.length;
    await pass(60_000);
    await expect(console.longTermMonitorFeed(id)).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_BUSY' });
    expect(simulator.requests.length).toBe(requested);
    goWrong(undefined);
    await pass(31_000);
    expect(await console.longTermMonitorFeed(id)).not.toHaveLength(0);
  });

  test('but never longer than five minutes', async () => {
    const { goWrong, console, id } = await setUp();
    goWrong(() => ({ status: 503, headers: { 'retry-after': '86400' } }));
    await expect(console.longTermMonitorFeed(id)).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_BUSY' });
    expect(console.health.circuit).toBe('open');
    expect(console.health.retryIn).toBeLessThanOrEqual(300_000);
  });

  test('whose connections break gets no requests either, but still the logoff', async () => {
    const { simulator, goWrong, console, id } = await setUp();
    goWrong(() => ({ breakConnection: true }));
    for (let count = 0; count < 5; count += 1) {
      await expect(console.longTermMonitorFeed(id)).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_UNREACHABLE' });
    }
    const requested = simulator.requests.length;
    await expect(console.longTermMonitorFeed(id)).rejects.toThrow('left alone');
    expect(simulator.requests.length).toBe(requested);
    goWrong(undefined);
    await console.logoff();
    expect(simulator.sessions.active).toBe(0);
  });
});

test('TLS handshake timeouts count as failures, so that an overloaded console is spared', async () => {
  const sockets = new Set<net.Socket>();
  const overloaded = net.createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => overloaded.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => overloaded.close(resolve));
  });
  const console = new PowerVmConsole({
    endpoint: `https://127.0.0.1:${(overloaded.address() as net.AddressInfo).port}`,
    username: 'u',
    password: 'p',
    connectTimeout: 50,
    clock: new ManualClock(0),
  });
  for (let count = 0; count < 10; count += 1) {
    await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_UNREACHABLE' });
  }
  expect(sockets.size).toBe(5);
  expect(console.health.circuit).toBe('open');
});

test('an energy pause of a quarter of an hour is not an error and is not logged', async () => {
  const { goWrong, clock, simulator, pass, settle } = await setUp();
  const words: string[] = [];
  const log = (_fields: object, message: string) => words.push(message);
  const receiver = new PowerVmReceiver({
    consoles: [optionsFor(simulator, { clock })],
    clock,
    jitter: 0,
    logger: { debug: () => undefined, info: () => undefined, warn: log, error: log },
  });
  afterThisTest(() => receiver.stop());
  await receiver.start();
  await settle();
  await pass(60_000);
  expect(receiver.frames()[0]?.system.energy).toBeDefined();
  goWrong(({ path }) => (path.endsWith('/EnergyMonitor') ? { status: 204, body: '' } : undefined));
  await pass(15 * 60_000);
  goWrong(undefined);
  await pass(60_000);
  const [system] = receiver.statistics().systems;
  expect(system).toMatchObject({ documentErrors: [], gaps: [] });
  expect(receiver.frames()[0]?.system.energy).toBeDefined();
  expect(words).toEqual([]);
  expect(receiver.statistics().consoles[0]?.health).toMatchObject({ circuit: 'closed', circuitOpenings: 0 });
});

test('a busy VIOS does not stop reading of other documents', async () => {
  const { goWrong, pass, console, id } = await setUp();
  const busy = '<HttpErrorResponse><Message>VIOS is busy processing some other request</Message></HttpErrorResponse>';
  goWrong(({ path }) => (path.includes('ClientNetworkAdapter') ? { status: 500, body: busy } : undefined));
  const failures = [1, 2, 3].map(() =>
    console.clientNetworkAdapters({ id, isVios: false }).catch((error: unknown) => error),
  );
  await pass(60_000);
  for (const failure of failures) expect(await failure).toMatchObject({ code: 'POWERVM_CONSOLE_BUSY' });
  expect(console.health.circuit).toBe('closed');
  expect(await console.longTermMonitorFeed(id)).not.toHaveLength(0);
});

test('a console that accepts no session does not get a flood of logons', async () => {
  const { simulator, goWrong, pass, console, id } = await setUp();
  goWrong((request) => (isLogon(request) ? undefined : { status: 401 }));
  for (let cycle = 0; cycle < 20; cycle += 1) {
    await expect(console.longTermMonitorFeed(id)).rejects.toMatchObject({ code: 'POWERVM_SESSION_LOST' });
    await pass(30_000);
  }
  // Ten minutes: at most one a minute, and each ended before the next.
  expect(simulator.sessions.opened).toBeLessThanOrEqual(12);
  expect(simulator.sessions.active).toBeLessThanOrEqual(1);
});

test('a logon response without a usable session is not followed by another logon at once', async () => {
  const { simulator, goWrong, pass, clock } = await setUp();
  const console = new PowerVmConsole(optionsFor(simulator, { clock }));
  goWrong((request) => (isLogon(request) ? { truncateTo: 200 } : undefined));
  const before = simulator.sessions.opened;
  for (let cycle = 0; cycle < 20; cycle += 1) {
    await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_ANSWER_INVALID' });
    await pass(10_000);
  }
  expect(simulator.sessions.opened - before).toBeLessThanOrEqual(5);
});

test('requests beyond the budget of a minute wait', async () => {
  const { simulator, clock, settle, pass } = await setUp();
  const console = new PowerVmConsole(optionsFor(simulator, { clock, maxRequestsPerMinute: 10 }));
  afterThisTest(() => console.logoff());
  const before = simulator.requests.length;
  const questions = Array.from({ length: 25 }, () => console.managedSystems());
  await settle();
  expect(simulator.requests.length - before).toBe(10);
  await pass(60_000);
  expect(simulator.requests.length - before).toBe(20);
  await pass(60_000);
  await Promise.all(questions);
  expect(console.health).toMatchObject({ requestLimit: 10, delayedRequests: expect.any(Number) });
  expect(console.health.delayedRequests).toBeGreaterThan(0);
});

describe('a token file of NovaLink', () => {
  test('without a session is never sent, and not requested again', async () => {
    const simulator = await startSimulator({ console: 'novalink' });
    const sent: string[] = [];
    simulator.intercept = (request) => {
      sent.push(JSON.stringify(request.headers));
      if (!isLogon(request)) return undefined;
      return { body: '<LogonResponse><X-API-SessionFile>/etc/passwd</X-API-SessionFile></LogonResponse>' };
    };
    const console = new PowerVmConsole({ endpoint: simulator.url });
    for (let count = 0; count < 3; count += 1) {
      await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_FILE_LOGON_FAILED' });
    }
    expect(sent).toHaveLength(1);
    expect(console.health.isLogonRefused).toBe(true);
  });
});
