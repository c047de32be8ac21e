import { execFile } from 'node:child_process';
import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';

/** Longer it cannot take to hand a line to systemd. */
const NOTIFY_TIMEOUT_MS = 5_000;

/**
 * Reports the state of the collector to systemd (sd_notify(3)): that it is ready, that it is alive, that it stops. Its
 * socket takes datagrams, which Node does not send without a native module; `systemd-notify` does. Without
 * `NOTIFY_SOCKET` nothing is reported.
 */
export class ServiceManager {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #logger: Logger;
  readonly #isThere: boolean;
  #hasWarned = false;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(environment: NodeJS.ProcessEnv, logger: Logger) {
    this.#environment = environment;
    this.#logger = logger;
    this.#isThere = Boolean(environment.NOTIFY_SOCKET);
  }

  /** From here on the watchdog is also notified, twice per interval. */
  ready(): void {
    void this.#notify('READY=1', 'STATUS=collecting');
    if (this.#watchdog) return;
    const interval = this.#watchdogInterval();
    if (interval === undefined) return;
    this.#watchdog = setInterval(() => void this.#notify('WATCHDOG=1'), interval / 2).unref();
  }

  async stopping(): Promise<void> {
    clearInterval(this.#watchdog);
    await this.#notify('STOPPING=1', 'STATUS=delivering the last samples and logging off');
  }

  /** Milliseconds; undefined when there is no watchdog, or it watches another process. */
  #watchdogInterval(): number | undefined {
    const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched } = this.#environment;
    const interval = Number(microseconds) / 1_000;
    return this.#isThere && interval > 0 && (!watched || Number(watched) === process.pid) ? interval : undefined;
  }

  async #notify(...words: readonly string[]): Promise<void> {
    if (!this.#isThere) return;
    const { PATH = '', NOTIFY_SOCKET = '' } = this.#environment;
    const options = { env: { PATH, NOTIFY_SOCKET }, timeout: NOTIFY_TIMEOUT_MS };
    await new Promise<void>((resolve) => {
      execFile('systemd-notify', words, options, (error) => {
        if (error) this.#warn(error);
        resolve();
      });
    });
  }

  /** Once: what fails once fails each time. */
  #warn(error: Error): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const reason = describeError(error);
    this.#logger.warn({ reason }, 'systemd-notify did not work: systemd does not learn that the collector is ready');
  }
}
