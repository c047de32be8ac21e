import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { expect, test } from 'vitest';
import { ServiceManager } from '../../../src/cli/run/service-manager.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const root = path.join(import.meta.dirname, '../../..');
const missing = ['systemd-notify', 'python3'].filter((command) => spawnSync(command, ['--version']).status !== 0);

/** Node has no sockets for datagrams of files: what comes in is printed by someone who has. */
const RECEIVER = `
import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(receiver.recv(4096).decode().replace("\\n", " "), flush=True)
`;

/** A socket like that of systemd, and the lines that come in. */
async function notifySocket(): Promise<{ socket: string; lines: Interface }> {
  const directory = await temporaryDirectory();
  const socket = path.join(directory, 'notify');
  const receiver = spawn('python3', ['-c', RECEIVER, socket]);
  afterThisTest(async () => {
    receiver.kill();
  });
  const lines = createInterface(receiver.stdout);
  await once(lines, 'line');
  return { socket, lines };
}

test.skipIf(missing.length > 0)(
  `systemd is notified that it is ready, that it is alive, and that it stops [skipped without ${missing.join(', ')}]`,
  async () => {
    const { socket, lines } = await notifySocket();
    const received: string[] = [];
    const collector = spawn(process.execPath, ['dist/cli/main.js', 'run', '--config', 'otel-config.yaml'], {
      cwd: root,
      env: { PATH: process.env.PATH, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    afterThisTest(async () => {
      collector.kill('SIGKILL');
    });
    const stopped = new Promise<void>((resolve) => {
      lines.on('line', (line: string) => {
        // How systemd-notify waits until it was heard.
        if (line.startsWith('BARRIER=')) return;
        received.push(line);
        if (line.includes('STOPPING=1')) resolve();
        else if (received.filter((one) => one.includes('WATCHDOG=1')).length === 2) collector.kill('SIGTERM');
      });
    });
    const [[code]] = await Promise.all([once(collector, 'exit'), stopped]);
    expect(code).toBe(0);
    expect(received[0]).toBe('READY=1 STATUS=collecting');
    expect(received.at(-1)).toContain('STOPPING=1');
  },
  60_000,
);

test('nothing is notified without systemd; a missing systemd-notify is logged once', async () => {
  const log = new RecordedLog();
  const alone = new ServiceManager({ PATH: '/nowhere', WATCHDOG_USEC: '1000' }, log);
  alone.ready();
  await alone.stopping();
  expect(log.lines).toEqual([]);
  const lost = new ServiceManager({ PATH: '/nowhere', NOTIFY_SOCKET: '/nowhere/notify' }, log);
  lost.ready();
  await lost.stopping();
  await lost.stopping();
  expect(log.lines.map(({ message }) => message)).toEqual([expect.stringContaining('systemd-notify did not work')]);
});
