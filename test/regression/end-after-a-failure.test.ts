import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectories } from '../../src/base/files/make-directories.ts';
import { FileSessionStore } from '../../src/rest/index.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');

/** /proc is there, and says of any new entry in it that it has no parent. */
const IMPOSSIBLE = '/proc/otel-powervm';
const hasProc = process.platform === 'linux';

/** Runs a verb until it ends by itself, which is what is tested: it is killed by the end of the test only. */
async function untilItEnds(...args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, OTEL_POWERVM_PASSWORD: 'abc12345', LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  afterThisTest(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code, signal, output };
}

/** Accepts connections and never says a word, as a firewall or a hung console does. */
async function silentPort(): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

test('doctor exits with its result on a console that accepts connections and does not speak TLS', async () => {
  const endpoint = `https://127.0.0.1:${await silentPort()}`;
  const { code, output } = await untilItEnds('doctor', '--endpoint', endpoint, '--username', 'u', '--format', 'table');
  expect(output).toMatch(/✗ TLS .*no answer came in time/);
  expect(code).toBe(4);
});

test('doctor ends with its verdict on a console that accepts connections and answers nothing', async () => {
  const endpoint = `http://127.0.0.1:${await silentPort()}`;
  const { code, output } = await untilItEnds('doctor', '--endpoint', endpoint, '--username', 'u', '--format', 'table');
  expect(output).toMatch(/✗ logon .*has answered nothing for 30 s/);
  expect(output).toMatch(/→ Look at the console: .*hangs/);
  expect(code).toBe(4);
});

test('doctor ends with its result on a console that stops answering after the logon, and names what it waited for', async () => {
  const simulator = await startSimulator({ systems: 5, password: 'abc12345' });
  simulator.intercept = ({ path: requested }) => (requested.includes('/pcm/') ? { stall: 'before' } : undefined);
  const connection = ['--endpoint', simulator.url, '--username', simulator.username];
  const { code, output } = await untilItEnds('doctor', ...connection, '--format', 'table');
  expect(output).toMatch(/✓ systems /);
  expect(output).toMatch(/✗ PCM of frame-01 .*has answered nothing for 30 s/);
  expect(output).not.toMatch(/PCM of frame-02/);
  expect(code).toBe(4);
  expect(simulator.sessions.active).toBe(0);
});

test.skipIf(!hasProc)(
  'run exits with an error where its directory cannot be created (skipped without /proc)',
  async () => {
    const file = path.join(await temporaryDirectory(), 'config.yaml');
    await writeFile(
      file,
      `
receivers: { powervm: { consoles: [{ endpoint: 'http://127.0.0.1:${await silentPort()}', username: u, password: abc12345 }] } }
exporters: { debug: {} }
extensions: { file_storage: { directory: ${IMPOSSIBLE}, create_directory: true } }
service:
  shutdown_timeout: 3s
  extensions: [file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [debug] } }`,
    );
    const { code, signal, output } = await untilItEnds('run', '--config', file);
    expect(output).toContain('POWERVM_STORAGE_UNUSABLE');
    expect({ code, signal }).toEqual({ code: 1, signal: null });
  },
);

test.skipIf(!hasProc)('a directory that cannot be created is an error everywhere (skipped without /proc)', async () => {
  await expect(makeDirectories(`${IMPOSSIBLE}/a/b`)).rejects.toThrow();
  await expect(new FileSessionStore(IMPOSSIBLE).forget('console')).rejects.toThrow();
});

test('a directory is created with its parents, also by two processes at once', async () => {
  const directory = path.join(await temporaryDirectory(), 'a/b/c');
  await Promise.all([makeDirectories(directory), makeDirectories(directory)]);
  await makeDirectories(directory);
});
