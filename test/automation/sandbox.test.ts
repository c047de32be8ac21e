import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { parseConfiguration, type SandboxConfiguration } from './configuration.ts';
import { MirrorProxy } from './work/mirror-proxy.ts';
import { runInSandbox, type SandboxEnd } from './work/sandbox.ts';
import { plainFile, Workspace } from './work/workspace.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-sandbox-'));
const minimal = { state: '/tmp', public_url: 'http://localhost', gerrit: undefined };
const settings: SandboxConfiguration = {
  ...parseConfiguration(
    JSON.stringify({ ...minimal, github: { token: 'token', webhook_secret: 'secret', repositories: ['a/b'] } }),
    'sandbox.yaml',
    {},
  ).sandbox,
  memory_mib: 100 * 1024 ** 2,
  disk_mib: 8 * 1024 ** 2,
  processes: 50,
};
let workspace: Workspace;

beforeAll(async () => {
  chmodSync(directory, 0o711);
  mkdirSync(path.join(directory, 'work'), { mode: 0o711 });
  workspace = await Workspace.create(path.join(directory, 'work/one'), settings);
  await workspace.giveTo(settings.first_uid);
});

afterAll(async () => {
  await workspace.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function run(command: string, fields: { proxySocket?: string; timeLimit?: number; signal?: AbortSignal } = {}) {
  let output = '';
  const end: SandboxEnd = await runInSandbox(
    {
      command,
      workspace,
      proxySocket: fields.proxySocket,
      timeLimit: fields.timeLimit ?? 20_000,
      slot: 0,
      runId: 'test',
      onOutput: (text) => {
        output += text;
      },
      signal: fields.signal ?? new AbortController().signal,
    },
    settings,
  );
  return { end, output };
}

test('the outcome of a command is distinguished: exit code, signal, limit, or a sandbox that did not start', async () => {
  expect((await run('exit 0')).end).toEqual({ kind: 'exit', code: 0 });
  expect((await run('exit 255')).end).toEqual({ kind: 'exit', code: 255 });
  expect((await run('kill -SEGV $$')).end).toMatchObject({ kind: 'limit', detail: 'was ended by signal 11' });
  expect((await run('sleep 60', { timeLimit: 500 })).end).toMatchObject({ kind: 'limit' });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 500);
  expect((await run('sleep 60', { signal: controller.signal })).end).toEqual({ kind: 'cancelled' });
  const broken = { ...settings, read_only: ['/there-is-no-such-place'] };
  const end = await runInSandbox(
    {
      command: 'exit 0',
      workspace,
      proxySocket: undefined,
      timeLimit: 5_000,
      slot: 0,
      runId: 'broken',
      onOutput: () => undefined,
      signal: controller.signal.aborted ? new AbortController().signal : controller.signal,
    },
    broken,
  );
  expect(end.kind).toBe('broken');
});

test('memory and process limits are enforced and reported', async () => {
  const hungry = await run(`node -e 'const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1))'`);
  expect(hungry.end.kind).toBe('limit');
  const forking = await run('for i in $(seq 300); do sleep 20 & done; exit 1');
  expect(forking.end).toMatchObject({ kind: 'limit', detail: 'wanted more than 50 processes' });
});

test('a sandbox has only its own loopback; with a proxy it reaches only allowed hosts', async () => {
  const mirror = http.createServer((_request, response) => response.end('from the mirror'));
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void mirror.close());
  const { port } = mirror.address() as AddressInfo;
  const ask = (place: string, through: string) =>
    `node -e 'require("http").get({host:"127.0.0.1",port:${through},path:"${place}"},(r)=>r.pipe(process.stdout)).on("error",(e)=>console.log(e.code))'`;
  expect((await run(ask('/', String(port)))).output).toContain('ECONNREFUSED');
  const socket = path.join(directory, 'proxy.sock');
  const proxy = new MirrorProxy([`127.0.0.1:${port}`]);
  await proxy.start(socket);
  onTestFinished(() => proxy.stop());
  expect((await run(ask(`http://127.0.0.1:${port}/`, '3128'), { proxySocket: socket })).output).toBe('from the mirror');
  expect((await run(ask(`http://127.0.0.1:${port + 1}/`, '3128'), { proxySocket: socket })).output).toContain(
    'not among those',
  );
});

test('the workspace has a fixed size, and links in it are never followed', async () => {
  const { output } = await run(
    'for i in 1 2 3; do dd if=/dev/zero of=big$i bs=1M count=5; done; rm big*; ln -s /etc/passwd link; ln -s / root; echo x > plain',
  );
  expect(output).toContain('No space left on device');
  expect(await plainFile(workspace.directory, 'plain')).toBe(path.join(workspace.directory, 'plain'));
  for (const place of ['link', 'root/etc/passwd', '../one/plain', 'none', ''])
    expect(await plainFile(workspace.directory, place)).toBeUndefined();
});

test.skipIf(process.getuid?.() !== 0)(
  'a workspace and its /tmp share one limit of disk, and /run can be written to (the limit needs root)',
  async () => {
    const { end, output } = await run(
      'mkdir -p /run/some/service && head -c 5M /dev/zero > /tmp/first && head -c 5M /dev/zero > /work/second',
    );
    expect(end).toMatchObject({ kind: 'exit', code: 1 });
    expect(output).toContain('No space left on device');
    expect((await run('rm -f /tmp/first /work/second; head -c 5M /dev/zero > /tmp/third; rm /tmp/third')).end).toEqual({
      kind: 'exit',
      code: 0,
    });
  },
);
