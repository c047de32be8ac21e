import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import got, { type Got } from 'got';
import { freePort } from '../../helpers/free-port.ts';

const here = import.meta.dirname;
const ADMIN_PASSWORD = 'the-password-of-the-administrator';
export const CI_PASSWORD = 'the-password-of-the-voter';
const START_TIMEOUT = 240_000;
const COPY = ['org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'];

/** A change as the tests look at it. */
export interface SeenChange {
  readonly vote: number | undefined;
  /** What the voter said, oldest first. */
  readonly comments: readonly string[];
}

interface Message {
  readonly message: string;
  readonly author?: { readonly _account_id: number };
}

/** A throw-away site of a real Gerrit on loopback, with an administrator, a voter and a project. */
export class GerritSite {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-gerrit-'));
  readonly keyFile = path.join(this.directory, 'voter');
  readonly #jars: string;
  #httpPort = 0;
  #sshPort = 0;
  #child: ChildProcess | undefined;
  #http: Got = got;
  #voter = 0;

  /** @param cache a directory for the jar files, which outlives the site */
  constructor(cache: string) {
    this.#jars = cache;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#httpPort}`;
  }

  get ssh(): string {
    return `127.0.0.1:${this.#sshPort}`;
  }

  get hostKey(): string {
    const [, blob = ''] = readFileSync(path.join(this.directory, 'etc/ssh_host_ecdsa_key.pub'), 'utf8').split(' ');
    return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
  }

  async create(): Promise<void> {
    this.#build();
    this.#httpPort = await freePort();
    this.#sshPort = await freePort();
    mkdirSync(path.join(this.directory, 'etc'));
    mkdirSync(path.join(this.directory, 'git'));
    newKey(path.join(this.directory, 'etc/ssh_host_ecdsa_key'));
    newKey(this.keyFile);
    writeFileSync(path.join(this.directory, 'etc/gerrit.config'), this.#configuration());
    await this.start();
    this.#http = got.extend({
      prefixUrl: `${this.url}/a/`,
      username: 'admin',
      password: ADMIN_PASSWORD,
      retry: { limit: 0 },
    });
    await this.#put('accounts/voter', {
      name: 'PowerVM CI',
      http_password: CI_PASSWORD,
      ssh_key: readFileSync(`${this.keyFile}.pub`, 'utf8'),
      groups: ['Service Users'],
    });
    this.#voter = (await this.#get<{ _account_id: number }>('accounts/voter'))._account_id;
    const values = { '-1': 'Fails', ' 0': 'No score', '+1': 'Verified' };
    await this.#put('projects/All-Projects/labels/Verified', { values, function: 'NoBlock' });
    const registered = { rules: { 'Registered Users': { action: 'ALLOW' } } };
    const vote = { label: 'Verified', rules: { 'Registered Users': { action: 'ALLOW', min: -1, max: 1 } } };
    await this.#post('projects/All-Projects/access', {
      add: {
        GLOBAL_CAPABILITIES: { permissions: { streamEvents: registered } },
        'refs/heads/*': { permissions: { 'label-Verified': vote, read: registered } },
      },
    });
    await this.#put('projects/demo', { create_empty_commit: true });
    this.#git(this.directory, 'clone', '-q', this.#remote, 'clone');
  }

  /** Puts files onto the branch itself. */
  seed(files: Readonly<Record<string, string>>): void {
    this.#checkOut();
    this.#commit(files, 'Seed', undefined);
    this.#git(this.#clone, 'push', '-q', 'origin', 'HEAD:refs/heads/master');
  }

  /** Pushes a change. @returns its number */
  push(subject: string, files: Readonly<Record<string, string>>, changeId = newChangeId()): number {
    this.#checkOut();
    this.#commit(files, subject, changeId);
    const [, number = ''] = /\/\+\/(\d+)/.exec(this.#git(this.#clone, 'push', 'origin', 'HEAD:refs/for/master')) ?? [];
    return Number(number);
  }

  /** Many changes in one push, each upon the one before. @returns the number of the first */
  pushChain(count: number, files: (index: number) => Readonly<Record<string, string>>): number {
    this.#checkOut();
    for (let index = 0; index < count; index += 1) this.#commit(files(index), `Burst ${index}`, newChangeId());
    const output = this.#git(this.#clone, 'push', 'origin', 'HEAD:refs/for/master');
    return Math.min(...[...output.matchAll(/\/\+\/(\d+)/g)].map((match) => Number(match[1])));
  }

  /**
   * A project with the history of a repository: the branch is at the parent of its commit, and the commit is a change on it.
   * @returns the number of the change
   */
  async pushCommit(project: string, repository: string, commit: string): Promise<number> {
    await this.#put(`projects/${project}`, {});
    const remote = this.#remote.replace(/demo$/, project);
    const git = (...args: string[]) => this.#git(repository, ...args).trim();
    git('push', '-q', remote, `${commit}^:refs/heads/master`);
    // Gerrit wants an id in its message, and its committer to be who pushes.
    const message = `${git('log', '-1', '--format=%B', commit)}\n\nChange-Id: ${newChangeId()}`;
    const who = ['-c', 'user.name=admin', '-c', 'user.email=admin@localhost'];
    const change = git(...who, 'commit-tree', `${commit}^{tree}`, '-p', `${commit}^`, '-m', message);
    const [, number = ''] = /\/\+\/(\d+)/.exec(git('push', remote, `${change}:refs/for/master`)) ?? [];
    return Number(number);
  }

  async comment(number: number, message: string): Promise<void> {
    await this.#post(`changes/${number}/revisions/current/review`, { message });
  }

  async look(number: number): Promise<SeenChange> {
    const { messages } = await this.#get<{ messages: Message[] }>(`changes/${number}?o=MESSAGES`);
    const ours = messages.filter(({ author }) => author?._account_id === this.#voter);
    return { vote: await this.#voteOn(number), comments: ours.map(({ message }) => message) };
  }

  /** As it is stored: the index of a Gerrit that was ended in the middle of a vote may never have heard of it. */
  async #voteOn(number: number): Promise<number | undefined> {
    const place = `changes/${number}/revisions/current/reviewers/voter/votes`;
    const { statusCode, body } = await this.#http.get(place, { throwHttpErrors: false });
    // No one is a reviewer who has said nothing.
    if (statusCode === 404) return undefined;
    if (statusCode !== 200) throw new Error(`Gerrit answered ${statusCode}: ${body}`);
    const { Verified: vote = 0 } = JSON.parse(body.slice(4)) as { readonly Verified?: number };
    return vote === 0 ? undefined : vote;
  }

  async start(): Promise<void> {
    const classPath = [path.join(this.#jars, 'classes'), path.join(this.#jars, '*')].join(':');
    const java = [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dlog4j.configuration=file:${here}/log4j.properties`,
    ];
    const child = spawn('java', [...java, '-cp', classPath, 'TestGerrit', this.directory, String(this.#httpPort)], {
      env: { PATH: process.env.PATH, HOME: this.directory, GERRIT_ADMIN_PASSWORD: ADMIN_PASSWORD },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let output = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Gerrit does not start: ${output.slice(-2000)}`)), START_TIMEOUT);
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text: Buffer) => {
          output = `${output}${text}`.slice(-20_000);
          if (!/^ready$/m.test(output)) return;
          clearTimeout(timer);
          resolve();
        });
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`Gerrit ended: ${output.slice(-2000)}`));
      });
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #build(): void {
    const marker = path.join(this.#jars, 'classes/TestGerrit.class');
    const pom = path.join(here, 'pom.xml');
    mkdirSync(path.join(this.#jars, 'classes'), { recursive: true });
    if (!existsSync(path.join(this.#jars, 'jetty-server-9.4.57.v20241219.jar')))
      execFileSync('mvn', ['-B', '-q', '-f', pom, ...COPY, `-DoutputDirectory=${this.#jars}`], { stdio: 'pipe' });
    const sources = ['TestGerrit.java', 'MissingBindings.java'].map((name) => path.join(here, name));
    execFileSync('javac', ['-nowarn', '-proc:none', '-cp', `${this.#jars}/*`, '-d', path.dirname(marker), ...sources], {
      stdio: 'pipe',
    });
  }

  #configuration(): string {
    return [
      '[gerrit]\n  basePath = git\n  serverId = 11111111-2222-3333-4444-555555555555',
      `  canonicalWebUrl = ${this.url}/`,
      '[auth]\n  type = DEVELOPMENT_BECOME_ANY_ACCOUNT\n[index]\n  type = lucene\n[sendemail]\n  enable = false',
      `[sshd]\n  listenAddress = ${this.ssh}\n[httpd]\n  listenUrl = ${this.url}/`,
      '[receive]\n  enableSignedPush = false\n[user]\n  email = gerrit@localhost.localdomain\n',
    ].join('\n');
  }

  get #remote(): string {
    return `http://admin:${ADMIN_PASSWORD}@127.0.0.1:${this.#httpPort}/a/demo`;
  }

  get #clone(): string {
    return path.join(this.directory, 'clone');
  }

  #checkOut(): void {
    this.#git(this.#clone, 'fetch', '-q', 'origin');
    this.#git(this.#clone, 'checkout', '-q', '-f', '--detach', 'origin/master');
  }

  #commit(files: Readonly<Record<string, string>>, subject: string, changeId: string | undefined): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.#clone, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    this.#git(this.#clone, 'add', '-A');
    const message = changeId === undefined ? subject : `${subject}\n\nChange-Id: ${changeId}`;
    this.#git(
      this.#clone,
      '-c',
      'user.name=admin',
      '-c',
      'user.email=admin@localhost',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      message,
    );
  }

  #git(directory: string, ...args: string[]): string {
    const environment = { PATH: process.env.PATH, HOME: this.directory, GIT_TERMINAL_PROMPT: '0' };
    return execFileSync('sh', ['-c', 'exec git "$@" 2>&1', 'sh', ...args], {
      cwd: directory,
      env: environment,
      encoding: 'utf8',
    });
  }

  async #get<T>(place: string): Promise<T> {
    return JSON.parse((await this.#http.get(place).text()).slice(4)) as T;
  }

  async #put(place: string, json: unknown): Promise<void> {
    await this.#http.put(place, { json });
  }

  async #post(place: string, json: unknown): Promise<void> {
    await this.#http.post(place, { json });
  }
}

export function newChangeId(): string {
  return `I${randomBytes(20).toString('hex')}`;
}

function newKey(file: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', file]);
}
