import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const START_TIMEOUT = 60_000;
const MAIN = path.join(import.meta.dirname, 'main.ts');

export interface ServerOptions {
  /** Changes with certain subjects kill it (kill-at-steps.ts); where the steps are noted at which they did. */
  readonly killedSteps?: string;
  readonly arguments?: readonly string[];
}

/** The server as an operator starts it: a process of its own. */
export class ServerProcess {
  readonly #configuration: string;
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<NodeJS.Signals | number | null> = Promise.resolve(null);
  output = '';

  constructor(configuration: string, options: ServerOptions = {}) {
    this.#configuration = configuration;
    this.#options = options;
  }

  /** The signal or the exit code that it ends with. */
  get ended(): Promise<NodeJS.Signals | number | null> {
    return this.#ended;
  }

  async start(): Promise<void> {
    const { killedSteps, arguments: more = [] } = this.#options;
    const killing = killedSteps === undefined ? [] : ['--import', path.join(import.meta.dirname, 'kill-at-steps.ts')];
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', ...killing, MAIN, '--config', this.#configuration, ...more],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, KILLED_STEPS: killedSteps },
      },
    );
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    let own = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the server does not start: ${own}`)), START_TIMEOUT);
      const finish = (end: () => void) => {
        clearTimeout(timer);
        end();
      };
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text: Buffer) => {
          own += text;
          this.output += text;
          if (own.includes('"msg":"ready"')) finish(resolve);
        });
      child.once('exit', () => finish(() => reject(new Error(`the server ended: ${own}`))));
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await this.#ended;
  }
}
