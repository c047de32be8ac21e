import type { ErrorCode } from '../../base/error-catalog.ts';
import { describeError, ExportError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';

/** What an operator is told of the deliveries to one exporter: every kind of failure once until it works again. */
export class DeliveryLog {
  readonly #exporterId: string;
  readonly #logger: Logger;
  /** Codes of the failures since the last success; the empty one stands for an error without a code. */
  readonly #toldFailures = new Set<ErrorCode | ''>();
  #isRefusing = false;

  constructor(exporterId: string, logger: Logger) {
    this.#exporterId = exporterId;
    this.#logger = logger;
  }

  taken({ rejectedPoints: points, messages, pending }: DeliveryOutcome): void {
    const exporter = this.#exporterId;
    if (pending) {
      this.failed(pending);
      return;
    }
    if (this.#toldFailures.size > 0) this.#logger.info({ exporter }, 'delivering again');
    this.#toldFailures.clear();
    if (points > 0 || messages.length > 0) {
      const level = this.#isRefusing ? 'debug' : 'warn';
      this.#logger[level]({ exporter, points, reason: messages.join('; ') }, 'the destination took only a part');
      this.#isRefusing = true;
    } else {
      this.#isRefusing = false;
    }
  }

  failed(error: unknown): void {
    const code = error instanceof ExportError ? error.code : '';
    if (this.#toldFailures.has(code)) return;
    this.#toldFailures.add(code);
    const isSlow = error instanceof ExportError && error.needsCorrection;
    this.#log('warn', error, isSlow ? 'turned away; kept, and tried again slowly' : 'not delivered; trying again');
  }

  refused(error: ExportError, points: number): void {
    if (this.#isRefusing) this.#log('debug', error, `refused for good; ${points} points are lost`);
    else this.#log('error', error, `refused for good; ${points} points are lost, more of them are counted only`);
    this.#isRefusing = true;
  }

  givenBack(): void {
    this.#logger.warn(
      { exporter: this.#exporterId },
      'not delivered for too long; giving up what waits, it is fetched again from PCM while PCM has it',
    );
  }

  #log(level: 'debug' | 'warn' | 'error', error: unknown, message: string): void {
    const code = error instanceof ExportError ? error.code : undefined;
    const remedy = error instanceof ExportError ? error.remedy : undefined;
    this.#logger[level]({ exporter: this.#exporterId, code, reason: describeError(error), remedy }, message);
  }
}
