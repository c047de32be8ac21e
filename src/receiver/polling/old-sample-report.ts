import type { Clock } from '../../base/clock/clock.ts';
import { PowerVmError } from '../../base/errors/errors.ts';
import { FailureSeries } from '../../base/errors/failure-series.ts';
import type { Logger } from '../../base/logger.ts';

interface Place {
  readonly system: string;
  readonly console: string;
}

/** Reports a console that answers well, and has nothing new of a frame for longer than a sample counts. */
export class OldSampleReport {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Milliseconds. */
  readonly #staleAfter: number;
  readonly #series: FailureSeries;

  constructor(clock: Clock, logger: Logger, staleAfter: number) {
    this.#clock = clock;
    this.#logger = logger;
    this.#staleAfter = staleAfter;
    this.#series = new FailureSeries(clock);
  }

  /** @param sampledAt of the newest sample, by the clock of this machine */
  note(sampledAt: number, place: Place): void {
    const age = this.#clock.now() - sampledAt;
    if (age <= this.#staleAfter) {
      const ended = this.#series.ended();
      if (ended) this.#logger.info({ ...place, ...ended }, 'new samples come again');
      return;
    }
    const repeated = this.#series.failed();
    if (!repeated) return;
    const message = `the newest sample of ${place.system} is ${Math.round(age / 1000)} s old`;
    const { code, remedy } = new PowerVmError('POWERVM_PCM_NO_SAMPLE', message);
    this.#logger.warn({ ...place, code, reason: message, remedy, ...repeated }, 'no new sample; trying again');
  }
}
