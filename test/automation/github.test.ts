import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { GitHubStandIn } from './github-stand-in.ts';
import { ServerProcess } from './server-process.ts';
import { serverStatus } from './server-status.ts';

const github = new GitHubStandIn();
let port = 0;
let server: ServerProcess;

beforeAll(async () => {
  await github.start();
  port = await freePort();
  server = new ServerProcess(github.configurationFile('automation', port));
  await server.start();
});

afterAll(async () => {
  await server.end('SIGTERM');
  await github.stop();
});

async function statusesToBe(count: number): Promise<void> {
  await expect.poll(() => github.statuses.length, { timeout: 60_000, message: server.output }).toBe(count);
}

test('a delivery with a wrong signature, or with none, is refused and starts nothing', async () => {
  expect(await github.deliver(port, {}, 'another secret')).toBe(401);
  const unsigned = await fetch(`http://127.0.0.1:${port}/webhooks/github`, { method: 'POST', body: '{}' });
  expect(unsigned.status).toBe(401);
  const { queued, running, finished } = await serverStatus(port);
  expect([...queued, ...running, ...finished]).toEqual([]);
});

test('a delivery with the right signature is voted on once, also when it is repeated', async () => {
  expect(await github.deliver(port)).toBe(202);
  await statusesToBe(1);
  expect(await github.deliver(port)).toBe(202);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(github.statuses).toEqual([expect.objectContaining({ state: 'success', context: 'PowerVM CI' })]);
  expect(github.comments.map(({ body }) => body)).toEqual([expect.stringContaining('Build succeeded.')]);
});

test('recheck as a comment runs the pull request again', async () => {
  github.comments.push({ id: 100, created_at: new Date().toISOString(), body: 'recheck', user: { login: 'somebody' } });
  const commented = { repository: { full_name: 'example/demo' }, issue: { number: 7, pull_request: {} } };
  expect(await github.deliver(port, commented)).toBe(202);
  await statusesToBe(2);
});

test('the pages answer only GET, and nothing outside the logs', async () => {
  const at = (place: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${place}`, { method });
  expect((await at('/', 'DELETE')).status).toBe(405);
  expect((await at('/logs/..%2f/queue.json')).status).toBe(404);
  expect((await at('/logs/../queue.json')).status).toBe(404);
  expect((await at('/')).headers.get('content-security-policy')).toContain('sandbox');
});
