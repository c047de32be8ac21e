import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');

async function runCollector(shell: string) {
  const simulator = await startSimulator();
  const file = path.join(await temporaryDirectory(), 'config.yaml');
  await writeFile(
    file,
    `
receivers: { powervm: { collection_interval: 1s, consoles: [{ endpoint: '${simulator.url}', username: '${simulator.username}', password: '${simulator.password}' }] } }
exporters: { debug: { verbosity: detailed } }
service:
  shutdown_timeout: 3s
  telemetry: { logs: { level: debug } }
  pipelines: { metrics: { receivers: [powervm], exporters: [debug] } }`,
  );
  const child = spawn('bash', ['-c', shell], {
    env: { PATH: process.env.PATH, NODE: process.execPath, MAIN: main, FILE: file },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  afterThisTest(async () => {
    // The whole group: what the shell started, too.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  });
  return { simulator, child };
}

/** Until the collector has a session, by what the console knows. */
async function untilLoggedOn(simulator: { readonly sessions: { readonly active: number } }): Promise<void> {
  while (simulator.sessions.active === 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

test('a collector whose standard output is closed logs off and ends as a failure', async () => {
  const { simulator, child } = await runCollector(
    '"$NODE" "$MAIN" run --config "$FILE" | head -1; exit ${PIPESTATUS[0]}',
  );
  child.stdout.resume();
  child.stderr.resume();
  await untilLoggedOn(simulator);
  await once(child, 'exit');
  expect(child.exitCode).toBe(1);
  expect(simulator.sessions).toMatchObject({ opened: 1, active: 0 });
});

test('SIGTERM ends a collector whose log and output are not read', async () => {
  // The pipes of the shell are never read: they are full after 64 KiB each.
  const { simulator, child } = await runCollector('exec "$NODE" "$MAIN" run --config "$FILE"');
  await untilLoggedOn(simulator);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  expect(child.signalCode).toBeNull();
  expect(simulator.sessions).toMatchObject({ opened: 1, active: 0 });
});
