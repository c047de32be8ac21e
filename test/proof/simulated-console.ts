import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SimulatorOrder, SimulatorReady, SimulatorRequestLog, SimulatorStart } from './simulator-messages.ts';

/** The simulator process, seen from outside. */
export class SimulatedConsole {
  readonly ready: SimulatorReady;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: SimulatorReady) {
    this.#child = child;
    this.ready = ready;
  }

  static async start(start: SimulatorStart): Promise<SimulatedConsole> {
    const file = fileURLToPath(new URL('./simulator-process.ts', import.meta.url));
    const child = fork(file, [JSON.stringify(start)], { execArgv: ['--import', 'tsx'] });
    const [ready] = await once(child, 'message');
    return new SimulatedConsole(child, ready as SimulatorReady);
  }

  async order(order: SimulatorOrder): Promise<SimulatorRequestLog> {
    this.#child.send(order);
    const [requestLog] = await once(this.#child, 'message');
    return requestLog as SimulatorRequestLog;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
