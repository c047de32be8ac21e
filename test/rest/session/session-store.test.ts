import { chmod, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { FileSessionStore, InMemorySessionStore, PowerVmConsole } from '../../../src/rest/index.ts';
import { connect, optionsFor, startSimulator } from '../../helpers/console.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

/** The only file of a directory. */
async function onlyFile(directory: string): Promise<string> {
  const [name] = await readdir(directory);
  return path.join(directory, name ?? '');
}

describe('a session in a file', () => {
  const session = { token: new Secret('abc'), username: 'u', type: 'novalink' as const };

  test('is restored unchanged, for its console only, until it is deleted', async () => {
    const directory = path.join(await temporaryDirectory(), 'state');
    const memory = new FileSessionStore(directory);
    expect(await memory.load('https://one')).toBeUndefined();
    await memory.save('https://one', session);
    const again = new FileSessionStore(directory);
    const recalled = await again.load('https://one');
    expect(recalled).toMatchObject({ username: 'u', type: 'novalink' });
    expect(recalled?.token.reveal()).toBe('abc');
    expect(await again.load('https://two')).toBeUndefined();
    await again.forget('https://one');
    expect(await memory.load('https://one')).toBeUndefined();
    expect(await readFile(await onlyFile(directory), 'utf8')).not.toContain('abc');
  });

  test('is readable by the owner only, also after a permission change', async () => {
    const directory = path.join(await temporaryDirectory(), 'state');
    const memory = new FileSessionStore(directory);
    await memory.save('https://one', session);
    const file = await onlyFile(directory);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await chmod(file, 0o644);
    await memory.save('https://one', session);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('that is truncated or corrupt counts as missing', async () => {
    const directory = await temporaryDirectory();
    const memory = new FileSessionStore(directory);
    await memory.save('https://one', session);
    const file = await onlyFile(directory);
    await truncate(file, 40);
    expect(await memory.load('https://one')).toBeUndefined();
    await writeFile(file, 'null');
    expect(await memory.load('https://one')).toBeUndefined();
    await writeFile(file, '{"format":1,"console":"https://one","token":7}');
    expect(await memory.load('https://one')).toBeUndefined();
  });

  test('is never written through a planted link', async () => {
    const directory = await temporaryDirectory();
    const memory = new FileSessionStore(directory);
    await memory.save('https://one', session);
    const file = await onlyFile(directory);
    const target = path.join(await temporaryDirectory(), 'target');
    await rm(file);
    await symlink(target, file);
    await expect(memory.save('https://one', session)).rejects.toThrow('ELOOP');
    await expect(stat(target)).rejects.toThrow('ENOENT');
  });
});

describe('a run after a crash', () => {
  /** A client that is left as a crash leaves it: logged on, and never heard of again. */
  async function crashedRun(memory: InMemorySessionStore, simulator: Awaited<ReturnType<typeof startSimulator>>) {
    await new PowerVmConsole(optionsFor(simulator, { sessionStore: memory })).managedSystems();
  }

  test('continues with its session', async () => {
    const memory = new InMemorySessionStore();
    const simulator = await startSimulator({ console: 'novalink' });
    await crashedRun(memory, simulator);
    const console = connect(simulator, { sessionStore: memory });
    expect(await console.managedSystems()).toHaveLength(1);
    expect(console.type).toBe('novalink');
    expect(simulator.sessions).toMatchObject({ opened: 1, active: 1 });
    await console.logoff();
    expect(simulator.sessions).toMatchObject({ opened: 1, active: 0, closed: 1 });
    expect(await memory.load(simulator.url)).toBeUndefined();
  });

  test('ends it before it logs on when it does not work any more', async () => {
    const memory = new InMemorySessionStore();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    let most = 0;
    let refusals = 1;
    simulator.intercept = ({ path: requested }) => {
      most = Math.max(most, simulator.sessions.active);
      // Refused once, though the console still has it: the worst case.
      return requested.includes('/Logon') || refusals-- <= 0 ? undefined : { status: 401 };
    };
    expect(await connect(simulator, { sessionStore: memory }).managedSystems()).toHaveLength(1);
    expect(most).toBe(1);
    expect(simulator.sessions).toMatchObject({ opened: 2, closed: 1, active: 1 });
  });

  test('ends that of another user and does not use it', async () => {
    const memory = new InMemorySessionStore();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    const recalled = await memory.load(simulator.url);
    if (!recalled) throw new Error('nothing was remembered');
    await memory.save(simulator.url, { ...recalled, username: 'somebody' });
    await connect(simulator, { sessionStore: memory }).managedSystems();
    expect(simulator.sessions).toMatchObject({ opened: 2, closed: 1, active: 1 });
  });

  test('that stops before its first request still ends it', async () => {
    const memory = new InMemorySessionStore();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    await connect(simulator, { sessionStore: memory }).logoff();
    expect(simulator.sessions).toMatchObject({ opened: 1, active: 0 });
  });

  test('does not log on while the console cannot take the logoff', async () => {
    const memory = new InMemorySessionStore();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    simulator.intercept = ({ method, path: requested }) => {
      if (method === 'DELETE') return { status: 503 };
      return requested.includes('/Logon') ? undefined : { status: 401 };
    };
    const console = connect(simulator, { sessionStore: memory });
    await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_BUSY' });
    expect(simulator.sessions.opened).toBe(1);
    simulator.intercept = undefined;
    expect(await console.managedSystems()).toHaveLength(1);
    expect(simulator.sessions).toMatchObject({ active: 1 });
  });

  test('a failing store causes a warning and loses no sample', async () => {
    const warnings: string[] = [];
    const log = (_fields: object, message: string) => warnings.push(message);
    const broken = () => Promise.reject(new Error('ENOSPC: no space left on device'));
    const simulator = await startSimulator();
    const console = connect(simulator, {
      sessionStore: { load: broken, save: broken, forget: broken },
      logger: { debug: log, info: log, warn: log, error: log },
    });
    expect(await console.managedSystems()).toHaveLength(1);
    expect(warnings).toContain('the session cannot be remembered; a crash would leave it behind on the console');
  });
});

describe('a logoff', () => {
  test('that does not reach the console is repeated at the next contact', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    await console.managedSystems();
    simulator.intercept = ({ method }) => (method === 'DELETE' ? { breakConnection: true } : undefined);
    await console.logoff();
    expect(simulator.sessions.active).toBe(1);
    simulator.intercept = undefined;
    await console.managedSystems();
    expect(simulator.sessions).toMatchObject({ opened: 2, closed: 1, active: 1 });
  });

  test('concurrent with requests never opens a second session', async () => {
    const simulator = await startSimulator();
    let most = 0;
    simulator.intercept = () => {
      most = Math.max(most, simulator.sessions.active);
      return { delay: 2 };
    };
    const console = connect(simulator);
    const questions = [1, 2, 3, 4, 5].map(async (turn) => {
      await new Promise((resolve) => setTimeout(resolve, turn * 3));
      await Promise.allSettled([console.managedSystems(), console.logoff(), console.managedSystems()]);
    });
    await Promise.all(questions);
    await console.logoff();
    expect(most).toBe(1);
    expect(simulator.sessions.active).toBe(0);
  });
});
