import { chmod, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { FileSessionMemory, InMemorySessionMemory, PowerVmConsole } from '../../src/rest/index.ts';
import { connect, optionsFor, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** The only file of a directory. */
async function onlyFile(directory: string): Promise<string> {
  const [name] = await readdir(directory);
  return path.join(directory, name ?? '');
}

describe('a session in a file', () => {
  const session = { token: new Secret('abc'), username: 'u', type: 'novalink' as const };

  test('comes back as it was, for its console only, until it is forgotten', async () => {
    const directory = path.join(await temporaryDirectory(), 'state');
    const memory = new FileSessionMemory(directory);
    expect(await memory.recall('https://one')).toBeUndefined();
    await memory.remember('https://one', session);
    const again = new FileSessionMemory(directory);
    const recalled = await again.recall('https://one');
    expect(recalled).toMatchObject({ username: 'u', type: 'novalink' });
    expect(recalled?.token.reveal()).toBe('abc');
    expect(await again.recall('https://two')).toBeUndefined();
    await again.forget('https://one');
    expect(await memory.recall('https://one')).toBeUndefined();
    expect(await readFile(await onlyFile(directory), 'utf8')).not.toContain('abc');
  });

  test('is for the owner only, also after somebody changed that', async () => {
    const directory = path.join(await temporaryDirectory(), 'state');
    const memory = new FileSessionMemory(directory);
    await memory.remember('https://one', session);
    const file = await onlyFile(directory);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await chmod(file, 0o644);
    await memory.remember('https://one', session);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('torn or garbled is as good as none', async () => {
    const directory = await temporaryDirectory();
    const memory = new FileSessionMemory(directory);
    await memory.remember('https://one', session);
    const file = await onlyFile(directory);
    await truncate(file, 40);
    expect(await memory.recall('https://one')).toBeUndefined();
    await writeFile(file, 'null');
    expect(await memory.recall('https://one')).toBeUndefined();
    await writeFile(file, '{"format":1,"console":"https://one","token":7}');
    expect(await memory.recall('https://one')).toBeUndefined();
  });

  test('is never written through a link that somebody put there', async () => {
    const directory = await temporaryDirectory();
    const memory = new FileSessionMemory(directory);
    await memory.remember('https://one', session);
    const file = await onlyFile(directory);
    const target = path.join(await temporaryDirectory(), 'target');
    await rm(file);
    await symlink(target, file);
    await expect(memory.remember('https://one', session)).rejects.toThrow('ELOOP');
    await expect(stat(target)).rejects.toThrow('ENOENT');
  });
});

describe('a run after a crash', () => {
  /** A client that is left as a crash leaves it: logged on, and never heard of again. */
  async function crashedRun(memory: InMemorySessionMemory, simulator: Awaited<ReturnType<typeof startSimulator>>) {
    await new PowerVmConsole(optionsFor(simulator, { sessionMemory: memory })).managedSystems();
  }

  test('goes on with its session', async () => {
    const memory = new InMemorySessionMemory();
    const simulator = await startSimulator({ console: 'novalink' });
    await crashedRun(memory, simulator);
    const console = connect(simulator, { sessionMemory: memory });
    expect(await console.managedSystems()).toHaveLength(1);
    expect(console.type).toBe('novalink');
    expect(simulator.sessions).toMatchObject({ opened: 1, active: 1 });
    await console.logoff();
    expect(simulator.sessions).toMatchObject({ opened: 1, active: 0, closed: 1 });
    expect(await memory.recall(simulator.url)).toBeUndefined();
  });

  test('ends it before it logs on when it does not work any more', async () => {
    const memory = new InMemorySessionMemory();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    let most = 0;
    let refusals = 1;
    simulator.intercept = ({ path: asked }) => {
      most = Math.max(most, simulator.sessions.active);
      // Refused once, though the console still has it: the worst case.
      return asked.includes('/Logon') || refusals-- <= 0 ? undefined : { status: 401 };
    };
    expect(await connect(simulator, { sessionMemory: memory }).managedSystems()).toHaveLength(1);
    expect(most).toBe(1);
    expect(simulator.sessions).toMatchObject({ opened: 2, closed: 1, active: 1 });
  });

  test('ends that of another user and does not use it', async () => {
    const memory = new InMemorySessionMemory();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    const recalled = await memory.recall(simulator.url);
    if (!recalled) throw new Error('nothing was remembered');
    await memory.remember(simulator.url, { ...recalled, username: 'somebody' });
    await connect(simulator, { sessionMemory: memory }).managedSystems();
    expect(simulator.sessions).toMatchObject({ opened: 2, closed: 1, active: 1 });
  });

  test('that stops before it asked anything still ends it', async () => {
    const memory = new InMemorySessionMemory();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    await connect(simulator, { sessionMemory: memory }).logoff();
    expect(simulator.sessions).toMatchObject({ opened: 1, active: 0 });
  });

  test('does not log on while the console cannot take the logoff', async () => {
    const memory = new InMemorySessionMemory();
    const simulator = await startSimulator();
    await crashedRun(memory, simulator);
    simulator.intercept = ({ method, path: asked }) => {
      if (method === 'DELETE') return { status: 503 };
      return asked.includes('/Logon') ? undefined : { status: 401 };
    };
    const console = connect(simulator, { sessionMemory: memory });
    await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_BUSY' });
    expect(simulator.sessions.opened).toBe(1);
    simulator.intercept = undefined;
    expect(await console.managedSystems()).toHaveLength(1);
    expect(simulator.sessions).toMatchObject({ active: 1 });
  });

  test('a memory that fails costs a warning and no sample', async () => {
    const warnings: string[] = [];
    const log = (_fields: object, message: string) => warnings.push(message);
    const broken = () => Promise.reject(new Error('ENOSPC: no space left on device'));
    const simulator = await startSimulator();
    const console = connect(simulator, {
      sessionMemory: { recall: broken, remember: broken, forget: broken },
      logger: { debug: log, info: log, warn: log, error: log },
    });
    expect(await console.managedSystems()).toHaveLength(1);
    expect(warnings).toContain('the session cannot be remembered; a crash would leave it behind on the console');
  });
});

describe('a logoff', () => {
  test('that does not reach the console is made up for at the next contact', async () => {
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

  test('and questions at the same moment never open a second session', async () => {
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
