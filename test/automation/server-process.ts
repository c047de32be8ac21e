import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const START_TIMEOUT = 60_000;

/** The server as an operator starts it: a process of its own. */
export class ServerProcess {
  readonly #configuration: string;
  #child: ChildProcess | undefined;
  output = '';

  constructor(configuration: string) {
    this.#configuration = configuration;
  }

  async start(): Promise<void> {
    const main = path.join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', main, '--config', this.#configuration], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
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
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}
