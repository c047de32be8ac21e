import { describe, expect, test } from 'vitest';
import { FileSessionStore, PowerVmConsole } from '../../src/rest/index.ts';
import type { PowerVmSimulator, SimulatedFault } from '../../src/simulator/index.ts';
import { optionsFor, startSimulator } from '../helpers/console.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

// A logoff that was answered with 503 or 500 counted as done: every run left a session behind on a busy console.

async function setUp() {
  const simulator = await startSimulator();
  const directory = await temporaryDirectory();
  let most = 0;
  /** One run of the product, from its start to its end. */
  async function run(fault: (method: string, path: string) => SimulatedFault | undefined, log = new RecordedLog()) {
    simulator.intercept = ({ method, path }) => {
      most = Math.max(most, simulator.sessions.active);
      return fault(method, path);
    };
    const sessionStore = new FileSessionStore(directory, log);
    const console = new PowerVmConsole(optionsFor(simulator, { sessionStore, logger: log, readTimeout: 1_000 }));
    const result = await console.managedSystems().then(
      () => 'data',
      (error: { code: string }) => error.code,
    );
    await console.logoff();
    most = Math.max(most, simulator.sessions.active);
    return { result, warnings: log.at('warn').map(({ message }) => message) };
  }
  return { simulator, run, most: () => most };
}

const isLogoff = (method: string) => method === 'DELETE';
const well = () => undefined;

describe.each<[string, SimulatedFault]>([
  ['503', { status: 503 }],
  ['500', { status: 500 }],
  ['502', { status: 502, body: '<html>Bad gateway</html>' }],
  ['a console that is busy', { status: 500, body: 'The system is currently too busy' }],
  ['429', { status: 429 }],
  ['nothing', { breakConnection: true }],
])('a logoff with response %s', (_what, fault) => {
  test('is repeated by the next run, which opens no second session', async () => {
    const { simulator, run, most } = await setUp();
    for (let number = 0; number < 3; number += 1) {
      const { result, warnings } = await run((method) => (isLogoff(method) ? fault : undefined));
      expect(result).toBe('data');
      expect(warnings.join()).toContain('did not take the logoff');
      expect(simulator.sessions.active).toBe(1);
    }
    expect(await run(well)).toEqual({ result: 'data', warnings: [] });
    expect(simulator.sessions).toMatchObject({ active: 0, opened: 1 });
    expect(most()).toBe(1);
  });
});

describe('a session that the console neither accepts nor ends', () => {
  /** Refuses a session with 401 while its token is the first one, and every logoff with 500. */
  function refusing(simulator: PowerVmSimulator) {
    let refused: string | undefined;
    simulator.intercept = undefined;
    return (token: string | undefined, isEnding: boolean): SimulatedFault | undefined => {
      if (isEnding) return { status: 500, body: 'java.lang.NullPointerException' };
      refused ??= token;
      return token === refused ? { status: 401 } : undefined;
    };
  }

  test('is replaced by one new session, never a third, and is ended once the console allows it', async () => {
    const { simulator, run, most } = await setUp();
    await run((method) => (isLogoff(method) ? { status: 500 } : undefined));
    const refuse = refusing(simulator);
    const directory = await temporaryDirectory();
    let greatest = 0;
    const counted = (refusal: (token: string | undefined, isEnding: boolean) => SimulatedFault | undefined) => {
      simulator.intercept = ({ method, path, headers }) => {
        greatest = Math.max(greatest, simulator.sessions.active);
        if (path.endsWith('/Logon') && method === 'PUT') return undefined;
        return refusal(headers['x-api-session'], isLogoff(method));
      };
    };
    // What the first run left open is not this client's to end.
    const others = simulator.sessions.active;
    counted(refuse);
    const sessionStore = new FileSessionStore(directory);
    const first = new PowerVmConsole(optionsFor(simulator, { sessionStore }));
    expect(await first.managedSystems()).toHaveLength(1);
    await first.logoff();
    expect(simulator.sessions.active - others).toBe(2);

    // The present one is refused as well: two are open, and no third is opened.
    counted((_token, isEnding) => (isEnding ? { status: 500 } : { status: 401 }));
    const second = new PowerVmConsole(optionsFor(simulator, { sessionStore: new FileSessionStore(directory) }));
    await expect(second.managedSystems()).rejects.toThrow();
    await second.logoff();
    expect(greatest - others).toBe(2);

    counted(() => undefined);
    const third = new PowerVmConsole(optionsFor(simulator, { sessionStore: new FileSessionStore(directory) }));
    expect(await third.managedSystems()).toHaveLength(1);
    await third.logoff();
    expect(simulator.sessions.active - others).toBe(0);
    expect(most()).toBe(1);
  });
});
