import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainEnvironment } from './command.ts';

export interface ServiceDefinition {
  readonly name: string;
  /** Of the cloud: logs and process groups are kept here. */
  readonly directory: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** `/` without it. */
  readonly workingDirectory?: string;
  readonly stopSignal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT';
  /** Whether it answers. */
  readonly isReady: () => Promise<boolean>;
  /** Milliseconds between two looks whether it does: more where looking is work. */
  readonly lookEvery?: number;
}

const POLL_EVERY = 100;

/**
 * A server in a process group of its own. The group is written down for the keeper, so that any process of the run may
 * stop and start it and none leaves it behind.
 */
export class Service {
  readonly name: string;
  readonly #definition: ServiceDefinition;
  readonly #groupFile: string;
  readonly #logFile: string;

  constructor(definition: ServiceDefinition) {
    this.name = definition.name;
    this.#definition = definition;
    const folder = (name: string) => {
      mkdirSync(path.join(definition.directory, name), { recursive: true });
      return path.join(definition.directory, name);
    };
    this.#groupFile = path.join(folder('services'), this.name);
    this.#logFile = path.join(folder('log'), `${this.name}.log`);
  }

  /** Starts it and waits until it answers. @throws {Error} with the end of its log, when it does not in time */
  async start(seconds = 120): Promise<void> {
    this.launch();
    await this.untilReady(seconds);
  }

  launch(): void {
    this.#spawn().unref();
  }

  /** Of a program that ends by itself. @returns its exit code */
  async runToEnd(): Promise<number> {
    const [code] = await once(this.#spawn(), 'close');
    rmSync(this.#groupFile, { force: true });
    return Number(code ?? 1);
  }

  #spawn(): ChildProcess {
    // A second one would take the first one's place in what the keeper ends.
    if (this.#isAlive()) throw new Error(`${this.name} runs already`);
    const { command, environment, workingDirectory = '/', stopSignal = 'SIGTERM' } = this.#definition;
    const [program, ...programArguments] = command;
    const log = openSync(this.#logFile, 'a');
    const child = spawn(program, programArguments, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: workingDirectory,
      env: { ...plainEnvironment, HOME: this.#definition.directory, ...environment },
    });
    closeSync(log);
    if (child.pid === undefined) throw new Error(`${this.name}: ${program} cannot be started`);
    writeFileSync(this.#groupFile, `${child.pid} ${stopSignal.slice('SIG'.length)}\n`);
    return child;
  }

  async untilReady(seconds = 120): Promise<void> {
    const { isReady, lookEvery = POLL_EVERY } = this.#definition;
    for (const deadline = Date.now() + seconds * 1000; !(await isReady()); await sleep(lookEvery)) {
      if (!this.#isAlive() || Date.now() > deadline) {
        throw new Error(`${this.name} ${this.#isAlive() ? 'does not answer' : 'ended'}; its log:\n${this.logTail()}`);
      }
    }
  }

  /** Tells it to end and waits until all its processes have. Killed after 20 seconds. */
  async stop(signal: NodeJS.Signals = this.#definition.stopSignal ?? 'SIGTERM'): Promise<void> {
    for (let waited = 0; this.#isAlive(); waited += POLL_EVERY) {
      if (waited === 0) this.#signal(signal);
      if (waited > 20_000) this.#signal('SIGKILL');
      await sleep(POLL_EVERY);
    }
    rmSync(this.#groupFile, { force: true });
  }

  /** Everything it has logged. */
  log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  logTail(): string {
    return this.log().slice(-3000);
  }

  #signal(signal: NodeJS.Signals | 0): void {
    process.kill(-this.#group(), signal);
  }

  #group(): number {
    return Number(readFileSync(this.#groupFile, 'utf8').split(' ')[0]);
  }

  #isAlive(): boolean {
    try {
      this.#signal(0);
      return true;
    } catch {
      return false;
    }
  }
}
