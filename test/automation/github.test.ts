import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { ServerProcess } from './server-process.ts';

const SECRET = 'the-secret-of-the-webhook';
const directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-automation-github-'));
const statuses: { state: string; target_url: string; context: string }[] = [];
const comments: { id: number; created_at: string; body: string; user: { login: string } }[] = [];
let head = '';
let port = 0;
let server: ServerProcess;

/** GitHub cannot be had on this machine: a stand-in for the few requests, with a real git repository behind it. */
const github = http.createServer(async (request, response) => {
  const { method, url = '' } = request;
  const body = await bodyOf(request);
  const send = (content: unknown) => response.end(JSON.stringify(content));
  const place = new URL(url, 'http://localhost').pathname;
  if (place.startsWith('/example/demo.git/')) return sendGit(place, url, request, body, response);
  if (method === 'POST' && place.includes('/statuses/')) statuses.unshift(JSON.parse(body.toString()));
  if (method === 'POST' && place.endsWith('/comments'))
    comments.push({
      id: comments.length + 1,
      created_at: new Date().toISOString(),
      user: { login: 'ci' },
      ...JSON.parse(body.toString()),
    });
  if (method === 'POST') return send({});
  if (place.endsWith('/statuses')) return send(statuses);
  if (place.endsWith('/comments')) return send(comments);
  return send(place.endsWith('/pulls') ? [] : pull());
});

function pull() {
  const repo = { full_name: 'example/demo', clone_url: '' };
  const now = new Date().toISOString();
  return {
    number: 7,
    title: 'A pull request',
    state: 'open',
    html_url: 'http://localhost/7',
    updated_at: now,
    head: { sha: head },
    base: { ref: 'main', repo },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** git's own server program, as web servers run it. */
function sendGit(
  place: string,
  url: string,
  request: IncomingMessage,
  body: Buffer,
  response: http.ServerResponse,
): void {
  const output = execFileSync('git', ['http-backend'], {
    input: body,
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: path.join(directory, 'repositories'),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: place,
      QUERY_STRING: url.split('?')[1] ?? '',
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    maxBuffer: 64 * 1024 ** 2,
  });
  const end = output.indexOf('\r\n\r\n');
  for (const line of output.subarray(0, end).toString().split('\r\n')) {
    const [name = '', value = ''] = line.split(': ');
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
}

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], {
    cwd: path.join(directory, 'repositories/work'),
    encoding: 'utf8',
  }).trim();
}

async function deliver(event: unknown, secret = SECRET): Promise<number> {
  const body = JSON.stringify(event);
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature, 'x-github-delivery': 'one' };
  return (await fetch(`http://127.0.0.1:${port}/webhooks/github`, { method: 'POST', body, headers })).status;
}

async function eventually(isThere: () => boolean): Promise<void> {
  for (let tries = 0; tries < 150 && !isThere(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 200));
  expect(isThere(), server.output).toBe(true);
}

const opened = { repository: { full_name: 'example/demo' }, pull_request: { number: 7 } };

beforeAll(async () => {
  chmodSync(directory, 0o711);
  execFileSync('mkdir', ['-p', path.join(directory, 'repositories/work')]);
  git('init', '-q');
  writeFileSync(path.join(directory, 'repositories/work/test.sh'), 'exit 1\n');
  git('add', '.');
  git('commit', '-q', '-m', 'Begin');
  git('checkout', '-q', '-b', 'topic');
  writeFileSync(path.join(directory, 'repositories/work/test.sh'), 'exit 0\n');
  git('commit', '-q', '-a', '-m', 'Mend');
  head = git('rev-parse', 'HEAD');
  git('update-ref', 'refs/pull/7/head', head);
  git('clone', '-q', '--mirror', '.', '../example/demo.git');
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
  port = await freePort();
  const file = path.join(directory, 'automation.yaml');
  writeFileSync(
    file,
    `
name: PowerVM CI
state: ${directory}/state
listen: 127.0.0.1:${port}
public_url: http://127.0.0.1:${port}
github:
  url: http://127.0.0.1:${(github.address() as AddressInfo).port}
  token: the-token-of-the-voter
  webhook_secret: ${SECRET}
  repositories: [example/demo]
suites: [{ name: unit, test: sh ./test.sh }]
`,
  );
  server = new ServerProcess(file);
  await server.start();
});

afterAll(async () => {
  await server.end('SIGTERM');
  await new Promise((resolve) => github.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

test('a delivery with a wrong signature, or with none, is refused and starts nothing', async () => {
  expect(await deliver(opened, 'another secret')).toBe(401);
  const unsigned = await fetch(`http://127.0.0.1:${port}/webhooks/github`, {
    method: 'POST',
    body: JSON.stringify(opened),
  });
  expect(unsigned.status).toBe(401);
  const status = (await (await fetch(`http://127.0.0.1:${port}/status.json`)).json()) as {
    queued: unknown[];
    running: unknown[];
    finished: unknown[];
  };
  expect([...status.queued, ...status.running, ...status.finished]).toEqual([]);
});

test('a delivery with the right signature is voted on once, also when it is repeated', async () => {
  expect(await deliver(opened)).toBe(202);
  await eventually(() => statuses.length === 1);
  expect(await deliver(opened)).toBe(202);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(statuses).toEqual([expect.objectContaining({ state: 'success', context: 'PowerVM CI' })]);
  expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('Build succeeded.')]);
});

test('recheck as a comment runs the pull request again', async () => {
  comments.push({ id: 100, created_at: new Date().toISOString(), body: 'recheck', user: { login: 'somebody' } });
  expect(await deliver({ repository: { full_name: 'example/demo' }, issue: { number: 7, pull_request: {} } })).toBe(
    202,
  );
  await eventually(() => statuses.length === 2);
});

test('the pages answer only GET, and nothing outside the logs', async () => {
  const at = (place: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${place}`, { method });
  expect((await at('/', 'DELETE')).status).toBe(405);
  expect((await at('/logs/..%2f/queue.json')).status).toBe(404);
  expect((await at('/logs/../queue.json')).status).toBe(404);
  expect((await at('/')).headers.get('content-security-policy')).toContain('sandbox');
});
