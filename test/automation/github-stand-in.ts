import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

const SECRET = 'the-secret-of-the-webhook';
const OPENED = { repository: { full_name: 'example/demo' }, pull_request: { number: 7 } };

/**
 * GitHub cannot be had on this machine: a stand-in for the few requests, with a real git repository behind it that has one
 * pull request. What others would see there is in {@link statuses} and {@link comments}.
 */
export class GitHubStandIn {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-automation-github-'));
  /** Newest first. */
  readonly statuses: { state: string; target_url: string; context: string }[] = [];
  readonly comments: { id: number; created_at: string; body: string; user: { login: string } }[] = [];
  readonly #server = http.createServer((request, response) => {
    this.#reply(request, response).catch(() => response.destroy());
  });
  #head = '';
  /** How often the change was looked at. */
  looks = 0;

  async start(): Promise<void> {
    // The user of the sandbox has to reach its workspace.
    chmodSync(this.directory, 0o711);
    mkdirSync(this.#work, { recursive: true });
    this.#git('init', '-q');
    writeFileSync(path.join(this.#work, 'test.sh'), 'exit 1\n');
    this.#git('add', '.');
    this.#git('commit', '-q', '-m', 'Begin');
    this.#git('checkout', '-q', '-b', 'topic');
    writeFileSync(path.join(this.#work, 'test.sh'), 'exit 0\n');
    this.#git('commit', '-q', '-a', '-m', 'Mend');
    this.#head = this.#git('rev-parse', 'HEAD');
    this.#git('update-ref', 'refs/pull/7/head', this.#head);
    this.#git('clone', '-q', '--mirror', '.', '../example/demo.git');
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A file for the server. @param lines more of it, and `suites` when it is another than the script of the change */
  configurationFile(name: string, port: number, lines = ''): string {
    const file = path.join(this.directory, `${name}.yaml`);
    const suites = /^suites:/m.test(lines) ? '' : 'suites: [{ name: unit, test: sh ./test.sh }]';
    writeFileSync(
      file,
      `
name: PowerVM CI
state: ${this.directory}/state-${name}
listen: 127.0.0.1:${port}
public_url: http://127.0.0.1:${port}
github:
  url: http://127.0.0.1:${(this.#server.address() as AddressInfo).port}
  token: the-token-of-the-voter
  webhook_secret: ${SECRET}
  repositories: [example/demo]
${suites}
${lines}
`,
    );
    return file;
  }

  /** As GitHub delivers an event. @returns the status that it is answered with */
  async deliver(port: number, event: unknown = OPENED, secret = SECRET): Promise<number> {
    const body = JSON.stringify(event);
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const headers = {
      'content-type': 'application/json',
      'x-hub-signature-256': signature,
      'x-github-delivery': 'one',
    };
    return (await fetch(`http://127.0.0.1:${port}/webhooks/github`, { method: 'POST', body, headers })).status;
  }

  get #work(): string {
    return path.join(this.directory, 'repositories/work');
  }

  async #reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    const body = await buffer(request);
    const send = (content: unknown) => void response.end(JSON.stringify(content));
    const place = new URL(url, 'http://localhost').pathname;
    if (place.startsWith('/example/demo.git/')) return this.#sendGit(place, request, body, response);
    if (method === 'POST' && place.includes('/statuses/')) this.statuses.unshift(JSON.parse(body.toString()));
    if (method === 'POST' && place.endsWith('/comments'))
      this.comments.push({
        id: this.comments.length + 1,
        created_at: new Date().toISOString(),
        user: { login: 'ci' },
        ...JSON.parse(body.toString()),
      });
    if (method === 'POST') return send({});
    if (place.endsWith('/statuses')) return send(this.statuses);
    if (place.endsWith('/comments')) return send(this.comments);
    if (place.endsWith('/pulls')) return send([]);
    if (place.endsWith('/pulls/7')) this.looks += 1;
    if (place.endsWith('/pulls/7')) return send(this.#pull());
    response.writeHead(404).end('{}');
  }

  #pull() {
    return {
      number: 7,
      title: 'A pull request',
      state: 'open',
      html_url: 'http://localhost/7',
      updated_at: new Date().toISOString(),
      head: { sha: this.#head },
      base: { ref: 'main', repo: { full_name: 'example/demo', clone_url: '' } },
    };
  }

  /** git's own server program, as web servers run it. */
  #sendGit(place: string, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const output = execFileSync('git', ['http-backend'], {
      input: body,
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: path.join(this.directory, 'repositories'),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: place,
        QUERY_STRING: request.url?.split('?')[1] ?? '',
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

  #git(...args: string[]): string {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'init.defaultBranch=main'];
    return execFileSync('git', [...identity, ...args], { cwd: this.#work, encoding: 'utf8' }).trim();
  }
}
