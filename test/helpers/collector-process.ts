import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** `otel-powervm run` as a process of its own, and all that it says. Needs a build. */
export class CollectorProcess {
  readonly child: ChildProcess;
  readonly lines: LogLine[] = [];
  /** What it wrote to standard error that is no log line. */
  readonly strayOutput: string[] = [];
  readonly exited: Promise<unknown>;
  #received: () => void = () => undefined;

  constructor(config: string, options: readonly string[] = []) {
    this.child = spawn(process.execPath, [main, 'run', '--config', config, ...options], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.exited = once(this.child, 'exit');
    if (!this.child.stderr) throw new Error('no standard error');
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      try {
        this.lines.push(JSON.parse(line));
      } catch {
        this.strayOutput.push(line);
      }
      this.#received();
    });
  }

  messages(): readonly string[] {
    return this.lines.map(({ msg }) => msg);
  }

  /** Resolves when it has said so for the `count`th time; rejects when it ends before. */
  async says(message: string, count = 1): Promise<void> {
    const gone = this.exited.then(() => {
      throw new Error(`it ended without '${message}': ${this.strayOutput.join('\n')} ${this.messages().join('; ')}`);
    });
    gone.catch(() => undefined);
    while (this.lines.filter(({ msg }) => msg === message).length < count) {
      const received = new Promise<void>((resolve) => {
        this.#received = resolve;
      });
      await Promise.race([received, gone]);
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.exited;
  }
}
