import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A simulated console in a process of its own. */
export class SimulatedConsole {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly systemId: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, ready: Record<'url' | 'username' | 'password' | 'systemId', string>) {
    this.#process = process;
    this.url = ready.url;
    this.username = ready.username;
    this.password = ready.password;
    this.systemId = ready.systemId;
  }

  static async start(lpars: number, vioses: number): Promise<SimulatedConsole> {
    const script = path.join(import.meta.dirname, 'simulator-process.ts');
    const child = fork(script, [String(lpars), String(vioses)], { execArgv: ['--import', 'tsx'] });
    const [ready] = await once(child, 'message');
    return new SimulatedConsole(child, ready);
  }

  /** Lets time pass at the console. @returns how many requests it has answered */
  async advance(milliseconds: number): Promise<number> {
    const answer = once(this.#process, 'message');
    this.#process.send(milliseconds);
    const [{ requests }] = await answer;
    return requests;
  }

  /** How many sessions are open there. */
  async sessions(): Promise<number> {
    const answer = once(this.#process, 'message');
    this.#process.send(0);
    const [{ sessions }] = await answer;
    return sessions;
  }

  stop(): void {
    this.#process.kill();
  }
}
