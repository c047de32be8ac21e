import type { Logger } from '../../base/logger.ts';

/** A logger that only remembers the newest warning or error, for the last line of the screen. */
export class ProblemLog implements Logger {
  #newest: string | undefined;

  get newest(): string | undefined {
    return this.#newest;
  }

  debug(): void {}

  /** Good news of a console or a system puts an end to the bad. */
  info(_fields: object, message: string): void {
    if (message.includes('answers again')) this.#newest = undefined;
  }

  warn(fields: object, message: string): void {
    const { system, console, reason } = fields as Readonly<Record<string, unknown>>;
    const place = system ?? console;
    this.#newest = [place, message, reason].filter((part) => part !== undefined).join(': ');
  }

  error(fields: object, message: string): void {
    this.warn(fields, message);
  }
}
