import type { ExportError } from '../base/errors/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { CeilometerExporterStatistics } from './exporter-options.ts';
import type { BuiltSamples } from './samples/sample-builder.ts';

/** Counts what became of samples, and logs what an operator must know of it once. */
export class DeliveryStatistics {
  readonly #logger: Logger;
  readonly #refused = new Map<string, number>();
  #published = 0;
  #withoutInstance = 0;
  #isNothingSent = false;
  #dropped = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get withoutInstance(): number {
    return this.#withoutInstance;
  }

  snapshot(): CeilometerExporterStatistics {
    return {
      published: this.#published,
      refused: new Map(this.#refused),
      withoutInstance: this.#withoutInstance,
      dropped: this.#dropped,
    };
  }

  countPublished(samples: number): void {
    this.#published += samples;
  }

  countDropped(samples: number): void {
    this.#dropped += samples;
    this.#logger.error({ samples }, 'publishers took nothing for too long; the oldest samples are dropped');
  }

  countBuilt({ samples, withoutInstance, refused }: BuiltSamples): void {
    this.#countWithoutInstance(samples.length, withoutInstance);
    for (const error of refused) this.#countRejected(error);
  }

  /** Once: that nothing at all is sent has a reason that an operator looks for; and so has the end of it. */
  #countWithoutInstance(sent: number, withoutInstance: number): void {
    if (sent > 0 && this.#isNothingSent) {
      this.#isNothingSent = false;
      this.#logger.info({}, 'samples are sent: Nova lists instances that partitions are');
    }
    if (withoutInstance > 0 && this.#withoutInstance === 0) {
      this.#isNothingSent = sent === 0;
      if (sent > 0) this.#logger.info({}, 'partitions that are no instance of OpenStack are not sent');
      else this.#logger.warn({}, 'nothing is sent: Nova lists no instance that one of the partitions is');
    }
    this.#withoutInstance += withoutInstance;
  }

  /** Once for every reason, not for every sample; the rest is counted. */
  #countRejected(error: ExportError): void {
    const rule = String(error.context.rule);
    const count = this.#refused.get(rule) ?? 0;
    this.#refused.set(rule, count + 1);
    if (count === 0) this.#logger.warn({ code: error.code, remedy: error.remedy }, `not sent: ${error.message}`);
  }
}
