import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { GitHubStandIn } from './github-stand-in.ts';
import { type ServerOptions, ServerProcess } from './server-process.ts';
import { serverStatus } from './server-status.ts';

const PATIENCE = { timeout: 90_000, interval: 200 };
const execute = promisify(execFile);

/** A server of the test's own before a GitHub of its own. */
async function operated(lines: string, options: ServerOptions = {}) {
  const github = new GitHubStandIn();
  await github.start();
  onTestFinished(() => github.stop());
  const port = await freePort();
  const start = async (more: string): Promise<ServerProcess> => {
    const server = new ServerProcess(github.configurationFile('automation', port, more), options);
    await server.start();
    onTestFinished(() => server.end('SIGKILL'));
    return server;
  };
  const logs = path.join(github.directory, 'state-automation/logs');
  return { github, port, server: await start(lines), start, logs };
}

test('it reports its runs, their durations, its queue and its connections by OTLP', async () => {
  const sink = await OtlpSink.start();
  onTestFinished(() => sink.stop());
  const { github, port, server } = await operated(`telemetry: { endpoint: '${sink.url}', interval: 1s }`);
  await github.deliver(port);
  await expect.poll(() => github.statuses.length, PATIENCE).toBe(1);
  const newest = (metric: string) => sink.points.findLast((point) => point.metric === metric);
  await expect.poll(() => newest('automation.runs')?.value, PATIENCE).toBe(1);
  expect(newest('automation.runs')?.attributes).toEqual({ system: 'github', outcome: 'success', result: 'reported' });
  expect(newest('automation.run.duration')).toMatchObject({ kind: 'histogram', unit: 's' });
  expect(newest('automation.queue.size')?.value).toBe(0);
  expect(newest('automation.connected')).toMatchObject({ value: 1, attributes: { system: 'github' } });
  expect(sink.violations).toEqual([]);
  await server.end('SIGTERM');
});

test('a dry run does everything but say it', async () => {
  const { github, port } = await operated('', { arguments: ['--dry-run'] });
  await github.deliver(port);
  await expect.poll(async () => (await serverStatus(port)).finished.length, PATIENCE).toBe(1);
  const status = await serverStatus(port);
  expect(status.isDryRun).toBe(true);
  expect(status.finished[0]).toMatchObject({ state: 'reported', verdict: { outcome: 'success' } });
  expect((await fetch(`http://127.0.0.1:${port}/logs/${status.finished[0]?.id}/console.txt`)).status).toBe(200);
  expect([...github.statuses, ...github.comments]).toEqual([]);
});

test('replay runs one change by hand beside a running server, which serves its log', async () => {
  const { github, port } = await operated('');
  await github.deliver(port);
  await expect.poll(() => github.statuses.length, PATIENCE).toBe(1);
  const main = path.join(import.meta.dirname, 'main.ts');
  const file = path.join(github.directory, 'automation.yaml');
  const replay = (change: string) =>
    execute(process.execPath, ['--import', 'tsx', main, '--config', file, 'replay', change]);
  const { stdout } = await replay('example/demo#7');
  expect(JSON.parse(stdout)).toMatchObject({ state: 'reported', verdict: { outcome: 'success' } });
  expect(github.statuses).toHaveLength(2);
  const [first, second] = github.statuses.map(({ target_url: target }) => target);
  expect(first).not.toBe(second);
  for (const address of [first, second])
    expect(await (await fetch(`${address}console.txt`)).text()).toContain('suite unit: success');
  await expect(replay('example/demo#8')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no such change'),
  });
});

test('logs are kept for their days and no longer; what was voted on before is not voted on again', async () => {
  const { github, port, server, logs } = await operated('logs: { keep_days: 0.00005 }\ncatch_up_interval: 1s');
  await github.deliver(port);
  await expect.poll(() => github.statuses.length, PATIENCE).toBe(1);
  const [{ target_url: address } = { target_url: '' }] = github.statuses;
  await expect.poll(() => readdirSync(logs), PATIENCE).toEqual([]);
  await expect.poll(async () => (await serverStatus(port)).finished, PATIENCE).toEqual([]);
  expect((await fetch(address)).status).toBe(404);
  // Looks come one after the other: when the second one begins, what the first one found is queued.
  for (let more = 0; more < 2; more += 1) {
    const before = github.looks;
    await github.deliver(port);
    await expect.poll(() => github.looks, PATIENCE).toBeGreaterThan(before);
  }
  expect(server.output.match(/"msg":"queued"/g)).toHaveLength(1);
});

test('a server that is stopped waits as long as its configuration says, and the run starts again with the next', async () => {
  const suites = (line: string) => `drain_time: 1s\nsuites: [{ name: unit, test: '${line}' }]`;
  const { github, port, server, start, logs } = await operated(suites('echo begun; sleep 3600'));
  await github.deliver(port);
  await expect
    .poll(async () => {
      const [run] = (await serverStatus(port)).running;
      return run !== undefined && existsSync(path.join(logs, run.id, 'console.txt'));
    }, PATIENCE)
    .toBe(true);
  await server.end('SIGTERM');
  expect(await server.ended).toBe(0);
  expect(github.statuses).toEqual([]);
  await start(suites('sh ./test.sh'));
  await expect.poll(() => github.statuses.length, PATIENCE).toBe(1);
  expect(github.statuses[0]).toMatchObject({ state: 'success' });
  expect(github.comments).toHaveLength(1);
});
