import { ConsoleError } from '../../base/errors/errors.ts';

/**
 * Milliseconds that a console may say nothing at all to `doctor`. A collector waits longer, since big consoles take minutes for
 * their inventory; who asks what is wrong wants to know that nothing comes.
 */
export const PROBE_TIMEOUT_MS = 30_000;

/** Watches a console that is examined, and gives it up when it has answered nothing for so long. */
export class Patience {
  readonly #endpoint: string;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.noteAnswer();
  }

  /** Aborts when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  noteAnswer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const message = `${this.#endpoint}: it takes connections and has answered nothing for ${PROBE_TIMEOUT_MS / 1000} s`;
      this.#over.abort(new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', message));
    }, PROBE_TIMEOUT_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
