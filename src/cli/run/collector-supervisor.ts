import { describeError } from '../../base/errors/errors.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import { Collector, type CollectorConfig, type CollectorOptions, warningLines } from '../../collector/index.ts';

/** The collector of a process, which is replaced when the configuration changes. */
export class RunningCollector {
  readonly #options: CollectorOptions;
  readonly #logger: Logger;
  readonly #onReady: () => void;
  #collector: Collector;
  /** Of the collector that runs, or is being started. */
  #config: CollectorConfig;
  #starting: Promise<void> = Promise.resolve();
  #isStopping = false;
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects when the collector cannot work at all; otherwise never settles. */
  readonly failure: Promise<never>;

  /** @param onReady called after the start of every collector, when every console was tried once */
  constructor(collector: Collector, config: CollectorConfig, options: CollectorOptions, onReady: () => void) {
    this.#collector = collector;
    this.#config = config;
    this.#options = options;
    this.#onReady = onReady;
    this.#logger = options.logger ?? silentLogger;
    this.failure = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => undefined);
  }

  /** The configuration that is in use; the one before as long as a new one has not proved that it works. */
  get config(): CollectorConfig {
    return this.#config;
  }

  /** Does not wait: a console that takes its time must not keep an operator from stopping the collector. */
  start(file: string): void {
    const collector = this.#collector;
    this.#warnOf(this.#config);
    this.#starting = this.#untilReady(collector, file).catch((error) => {
      if (this.#collector === collector) this.#fail(error);
    });
  }

  /**
   * One of a configuration that cannot be made leaves everything as it is; one that cannot start gives way again. Waits
   * for the end of the collector before, not for the start of the new one: the next change, or the end, may come first.
   */
  async replace(config: CollectorConfig, file: string): Promise<void> {
    this.#collector.handOver();
    const next = await this.#create(config);
    if (!next) return;
    this.#logger.info({ config: file }, 'the configuration has changed; starting again');
    await this.#collector.stop();
    await this.#starting;
    const before = this.#config;
    this.#collector = next;
    this.#config = config;
    if (this.#isStopping) return;
    this.#warnOf(config);
    this.#starting = this.#untilReady(next, file).catch((error) => this.#restorePrevious(before, next, error, file));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#collector.stop();
    await this.#starting;
  }

  /** In the words of `validate`. */
  #warnOf(config: CollectorConfig): void {
    // Advice, and no problem of what runs: `validate` is where it is a warning.
    for (const line of warningLines(config)) this.#logger.info({}, line);
  }

  async #untilReady(collector: Collector, file: string): Promise<void> {
    await collector.start();
    if (!collector.isReady) return;
    this.#logger.info({ config: file }, 'ready');
    this.#onReady();
  }

  /** Starts a collector of the configuration before, in the place of one that could not start. */
  async #restorePrevious(before: CollectorConfig, failed: Collector, error: unknown, file: string): Promise<void> {
    this.#warn(error);
    await failed.stop();
    if (this.#collector !== failed || this.#isStopping) return;
    try {
      this.#collector = await Collector.create(before, this.#options);
      this.#config = before;
      this.start(file);
    } catch (reason) {
      this.#fail(reason);
    }
  }

  async #create(config: CollectorConfig): Promise<Collector | undefined> {
    try {
      return await Collector.create(config, this.#options);
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }

  #warn(error: unknown): void {
    this.#logger.error(
      { reason: describeError(error) },
      'the new configuration does not work; going on with the one before',
    );
  }
}
