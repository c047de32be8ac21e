import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { asCalled, commandName } from '../../src/cli/command-name.ts';
import { openConnection } from '../../src/cli/connection/connection.ts';
import type { Terminal } from '../../src/cli/terminal/terminal.ts';
import { startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { hasTmux, openTerminal } from '../helpers/tmux-terminal.ts';

const root = path.join(import.meta.dirname, '../..');
const main = path.join(root, 'dist/cli/main.js');

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return new Promise<{ code: number; output: string; errors: string }>((resolve) => {
    const env = { PATH: process.env.PATH, ...environment };
    execFile(process.execPath, [main, ...args], { cwd: root, env }, (error, output, errors) => {
      resolve({ code: error ? Number(error.code) : 0, output, errors });
    });
  });
}

/** A terminal at which a person answers a question. */
function terminalOf(reply: string | undefined) {
  const requested: string[] = [];
  const reported: string[] = [];
  const terminal: Terminal = {
    environment: {},
    isInteractive: true,
    print: () => undefined,
    report: (text) => reported.push(text),
    askSecret: async (question) => {
      requested.push(question);
      return reply;
    },
  };
  return { terminal, requested, reported };
}

const hmc = { endpoint: 'hmc1.example.com', username: 'monitor' };
const passwordIn = ({ receiver }: Awaited<ReturnType<typeof openConnection>>) => {
  const [console] = receiver.consoles;
  return typeof console?.password === 'object' ? console.password.reveal() : console?.password;
};

describe('the password', () => {
  test('is asked for at a terminal, when neither a file nor the environment has it', async () => {
    const { terminal, requested } = terminalOf('typed');
    expect(passwordIn(await openConnection(hmc, terminal))).toBe('typed');
    expect(requested).toEqual(['Password of monitor at hmc1.example.com: ']);
    const known = { ...terminal, environment: { OTEL_POWERVM_PASSWORD: 'known' } };
    expect(passwordIn(await openConnection(hmc, known))).toBe('known');
    expect(requested).toHaveLength(1);
  });

  test('that was not typed is reported as missing, and the message names every way to give it', async () => {
    await expect(openConnection(hmc, terminalOf(undefined).terminal)).rejects.toThrow(
      /OTEL_POWERVM_PASSWORD.*--password-file.*terminal/,
    );
  });

  test('is not asked for when files or the address are wrong', async () => {
    const { terminal, requested } = terminalOf('typed');
    const file = path.join(await temporaryDirectory(), 'ca.pem');
    await expect(openConnection({ ...hmc, caFile: file }, terminal)).rejects.toThrow(`cannot read ${file}: it is not`);
    writeFileSync(file, 'no certificate');
    await expect(openConnection({ ...hmc, caFile: file }, terminal)).rejects.toThrow(`${file} holds no certificate`);
    await expect(openConnection({ ...hmc, endpoint: 'https://hmc1/hmc/connect' }, terminal)).rejects.toThrow(
      'a console has no path in its address: https://hmc1',
    );
    await expect(openConnection({ ...hmc, endpoint: 'http://hmc1' }, terminal)).rejects.toMatchObject({
      code: 'POWERVM_CLEAR_TEXT_REFUSED',
      remedy: expect.stringContaining('--allow-clear-text'),
    });
    expect(requested).toEqual([]);
    await openConnection({ ...hmc, endpoint: 'http://hmc1', allowClearText: true }, terminal);
    expect(requested).toHaveLength(1);
  });

  test('in a file that others can read is warned of, and one on the command line is refused without repeating it', async () => {
    const { terminal, reported } = terminalOf(undefined);
    const file = path.join(await temporaryDirectory(), 'password');
    writeFileSync(file, 'secret\n');
    chmodSync(file, 0o644);
    await openConnection({ ...hmc, passwordFile: file }, terminal);
    expect(reported).toEqual([expect.stringMatching(/^warning: .*mode 644\): chmod o-rwx /)]);
    chmodSync(file, 0o640);
    await openConnection({ ...hmc, passwordFile: file }, terminal);
    expect(reported).toHaveLength(1);
    const refused = await run(['top', '--endpoint', 'hmc1', '--username', 'u', '--password', 'geheim']);
    expect(refused).toMatchObject({ code: 2, errors: expect.stringContaining('--password-file') });
    expect(refused.errors).not.toContain('geheim');
  });

  test.skipIf(!hasTmux)('is not shown while it is typed (skipped without tmux)', async () => {
    const { url, username, password } = await startSimulator({ lpars: 2, vioses: 0 });
    const terminal = await openTerminal(
      `${process.execPath} ${main} top --once --endpoint ${url} --username ${username}`,
      { LANG: 'C.UTF-8' },
    );
    await terminal.see('Password of');
    terminal.press('-l', 'wrogn');
    terminal.press('C-u');
    terminal.press('-l', `${password}x`);
    terminal.press('BSpace');
    terminal.press('Enter');
    const screen = await terminal.see('frame-01');
    expect(screen).not.toContain('wrogn');
    expect(screen).not.toContain(password);
    await expect.poll(terminal.exitCode, { timeout: 15_000 }).toBe('0');
  });
});

test.skipIf(!hasTmux)('inspect and systems keep numbers whole in 80 columns (skipped without tmux)', async () => {
  const { url, username, password } = await startSimulator({ lpars: 6, vioses: 2 });
  const environment = { OTEL_POWERVM_PASSWORD: password, LANG: 'C.UTF-8' };
  const open = (verb: string) =>
    openTerminal(`${process.execPath} ${main} ${verb} --endpoint ${url} --username ${username}`, environment);
  const terminal = await open('inspect');
  terminal.resize(80, 60);
  const screen = await terminal.see(/WRITE[\s\S]*vios2/);
  // Every part begins with what its rows are about, and no line goes on in the next one.
  const titles = screen.split('\n').filter((line) => /^ *ID +PARTITION/.test(line));
  expect(titles.length).toBeGreaterThan(1);
  expect(titles.join(' ')).toMatch(/ENTITLED.*BUSY\/ENT.*MEMORY.*NET IN.*WRITE/);
  const rows = screen.split('\n').filter((line) => line.includes('prod-db1'));
  expect(rows).toHaveLength(titles.length);
  for (const line of rows) expect(line).toMatch(/^ *\d+ +prod-db1 .*\S$/);
  const systems = await open('systems');
  await systems.see(/^frame-01/m);
});

describe('a hint', () => {
  test('names the command as it was called', async () => {
    expect(commandName('/usr/bin/otel-powervm', '/')).toBe('otel-powervm');
    expect(commandName('/home/me/clone/dist/cli/main.js', '/home/me/clone')).toBe('node dist/cli/main.js');
    expect(commandName('/home/me/clone/dist/cli/main.js', '/tmp')).toBe('node /home/me/clone/dist/cli/main.js');
    expect(asCalled('otel-powervm top, /etc/otel-powervm and otel-powervm itself', 'node x.js')).toBe(
      'node x.js top, /etc/otel-powervm and otel-powervm itself',
    );
    expect((await run(['--help'])).output).toContain('node dist/cli/main.js demo');
    expect((await run(['doctor', '--endpoint'])).code).toBe(2);
    const { errors } = await run(['systems']);
    expect(errors).toContain('`node dist/cli/main.js --help`');
  });

  test.each([
    [{ tls: true }, 'http:', 'does that port want https://?'],
    [{ tls: false }, 'https:', 'does that port speak http:// only?'],
  ])('names the other scheme: %j asked by %s', async (options, protocol, words) => {
    const { url, username, password } = await startSimulator({ lpars: 1, vioses: 0, ...options });
    const endpoint = url.replace(/^https?:/, protocol);
    const { code, errors } = await run(['systems', '--endpoint', endpoint, '--username', username], {
      OTEL_POWERVM_PASSWORD: password,
    });
    expect(errors).toContain(words);
    expect(code).toBe(4);
  });

  test('without a user name is about that, on an HMC', async () => {
    const { url } = await startSimulator({ lpars: 1, vioses: 0 });
    const { code, errors } = await run(['systems', '--endpoint', url]);
    expect(errors).toContain('no user name was given');
    expect(code).toBe(3);
  });

  test('for a file that is something else altogether is short, and a port out of range is reported', async () => {
    const { code, errors } = await run(['simulate', '--replay', 'README.md']);
    expect(errors.length).toBeLessThan(1_000);
    expect(code).toBe(2);
    expect(await run(['simulate', '--port', '80000'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('at most 65535'),
    });
  });
});

test('top shows one system, and one partition by its number', async () => {
  const { url, username, password } = await startSimulator({ systems: 2, lpars: 3, vioses: 0 });
  const top = (...args: string[]) =>
    run(['top', '--once', '--endpoint', url, '--username', username, ...args], { OTEL_POWERVM_PASSWORD: password });
  const one = await top('--system', 'frame-02');
  expect(one.output).toContain('frame-02');
  expect(one.output).not.toContain('frame-01');
  const partitions = (output: string) => output.split('\n').filter((line) => /^ *prod-|^ *test-/.test(line)).length;
  expect(partitions((await top('--system', 'frame-02', '--lpar', '2')).output)).toBeLessThan(partitions(one.output));
});
