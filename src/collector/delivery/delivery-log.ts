import type { Clock } from '../../base/clock/clock.ts';
import { describeError, ExportError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import type { LogFields, Logger } from '../../base/logger.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';

/**
 * What an operator is reported the deliveries to one exporter: every kind of failure at once, and now and then that it
 * lasts.
 */
export class DeliveryLog {
  readonly #exporterId: string;
  readonly #logger: Logger;
  readonly #failures: FailureSeries;
  #isRefusing = false;

  constructor(exporterId: string, clock: Clock, logger: Logger) {
    this.#exporterId = exporterId;
    this.#logger = logger;
    this.#failures = new FailureSeries(clock);
  }

  taken({ rejectedPoints: points, messages, pending }: DeliveryOutcome): void {
    const exporter = this.#exporterId;
    if (pending) {
      this.failed(pending);
      return;
    }
    const ended = this.#failures.ended();
    if (ended) this.#logger.info({ exporter, ...ended }, 'delivering again');
    if (points > 0 || messages.length > 0) {
      const level = this.#isRefusing ? 'debug' : 'warn';
      this.#logger[level]({ exporter, points, reason: messages.join('; ') }, 'the destination took only a part');
      this.#isRefusing = true;
    } else {
      this.#isRefusing = false;
    }
  }

  failed(error: unknown): void {
    const count = this.#failures.failed(error instanceof ExportError ? error.code : '');
    if (!count) return;
    const isSlow = error instanceof ExportError && error.needsCorrection;
    this.#log(
      'warn',
      error,
      isSlow ? 'turned away; kept, and tried again slowly' : 'not delivered; trying again',
      count,
    );
  }

  refused(error: ExportError, points: number): void {
    if (this.#isRefusing) this.#log('debug', error, `refused for good; ${points} points are lost`);
    else this.#log('error', error, `refused for good; ${points} points are lost, more of them are counted only`);
    this.#isRefusing = true;
  }

  returned(): void {
    this.#logger.warn(
      { exporter: this.#exporterId },
      'not delivered for too long; giving up what waits, it is fetched again from PCM while PCM has it',
    );
  }

  #log(level: 'debug' | 'warn' | 'error', error: unknown, message: string, more: LogFields = {}): void {
    const code = error instanceof ExportError ? error.code : undefined;
    const remedy = error instanceof ExportError ? error.remedy : undefined;
    this.#logger[level]({ exporter: this.#exporterId, code, reason: describeError(error), remedy, ...more }, message);
  }
}
