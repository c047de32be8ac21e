import { describeError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { Collector, type CollectorConfig, type CollectorOptions } from '../collector/index.ts';

/** The collector of a process, which gives way to another when the configuration changes. */
export class RunningCollector {
  readonly #options: CollectorOptions;
  readonly #logger: Logger;
  readonly #onReady: () => void;
  #collector: Collector;
  #config: CollectorConfig;
  #starting: Promise<void> = Promise.resolve();
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects when the collector cannot work at all; otherwise never settles. */
  readonly failure: Promise<never>;

  /** @param onReady told with the start of every collector that every console was tried once */
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

  /** Does not wait: a console that takes its time must not keep an operator from stopping the collector. */
  start(file: string): void {
    this.#starting = this.#collector
      .start()
      .then(() => (this.#collector.isReady ? this.#tellReady(file) : undefined))
      .catch((error) => this.#fail(error));
  }

  /** One of a configuration that cannot be made leaves everything as it is; one that cannot start gives way again. */
  async replace(config: CollectorConfig, file: string): Promise<void> {
    this.#collector.handOver();
    const next = await this.#create(config);
    if (!next) return;
    this.#logger.info({ config: file }, 'the configuration has changed; starting again');
    await this.stop();
    const before = this.#config;
    this.#collector = next;
    try {
      await next.start();
      this.#config = config;
      this.#tellReady(file);
    } catch (error) {
      this.#complain(error);
      await next.stop();
      this.#collector = await Collector.create(before, this.#options);
      this.start(file);
    }
  }

  async stop(): Promise<void> {
    await this.#collector.stop();
    await this.#starting;
  }

  #tellReady(file: string): void {
    this.#logger.info({ config: file }, 'ready');
    this.#onReady();
  }

  async #create(config: CollectorConfig): Promise<Collector | undefined> {
    try {
      return await Collector.create(config, this.#options);
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  #complain(error: unknown): void {
    this.#logger.error(
      { reason: describeError(error) },
      'the new configuration does not work; going on with the one before',
    );
  }
}
