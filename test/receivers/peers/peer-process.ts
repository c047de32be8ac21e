import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

export interface PeerProcessOptions {
  readonly command: readonly [string, ...string[]];
  /** Where it writes what it says; appended to over restarts. */
  readonly logFile: string;
  /** Answers 2xx as soon as the receiver takes requests. */
  readonly readyUrl: string;
}

const READY_WITHIN_MS = 60_000;

/** A real receiver as a process of its own, which a test stops and starts again. */
export class PeerProcess {
  readonly #options: PeerProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: PeerProcessOptions) {
    this.#options = options;
  }

  /** @throws {Error} with the end of its log, when it does not become ready */
  async start(): Promise<void> {
    const [command, ...commandArguments] = this.#options.command;
    const child = spawn(command, commandArguments, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(this.#options.logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
    this.#child = child;
    for (let waited = 0; waited < READY_WITHIN_MS; waited += 50) {
      if (child.exitCode !== null) break;
      const response = await fetch(this.#options.readyUrl).catch(() => undefined);
      if (response?.ok) return;
      await pause(50);
    }
    child.kill('SIGKILL');
    throw new Error(`${command} did not become ready:\n${(await this.log()).slice(-2000)}`);
  }

  /** Ends it in order; does nothing when it does not run. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
  }

  log(): Promise<string> {
    return readFile(this.#options.logFile, 'utf8');
  }
}
