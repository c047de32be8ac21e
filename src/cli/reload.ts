import { PowerVmError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { type CollectorConfig, configurationFingerprint, loadConfig } from '../collector/index.ts';

/**
 * Reads the configuration file again with every SIGHUP. A file that is not valid is told and changes nothing, nor does
 * one that says the same as before: a console that refused the logon is not asked again for it.
 */
export class ConfigurationReload {
  readonly #file: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #logger: Logger;
  #current: string;
  #found: CollectorConfig | undefined;
  #notify: () => void = () => undefined;

  constructor(
    file: string,
    current: CollectorConfig,
    environment: Readonly<Record<string, string | undefined>>,
    logger: Logger,
  ) {
    this.#file = file;
    this.#environment = environment;
    this.#logger = logger;
    this.#current = configurationFingerprint(current);
    process.on('SIGHUP', this.#read);
  }

  /** Resolves with the next configuration that differs from the present one. */
  async next(): Promise<CollectorConfig> {
    for (;;) {
      const found = this.#found;
      this.#found = undefined;
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }

  stop(): void {
    process.removeListener('SIGHUP', this.#read);
  }

  readonly #read = (): void => {
    const file = this.#file;
    try {
      const config = loadConfig(file, this.#environment);
      const fingerprint = configurationFingerprint(config);
      if (fingerprint === this.#current) {
        this.#logger.info({ config: file }, 'the configuration has not changed');
        return;
      }
      this.#current = fingerprint;
      this.#found = config;
      this.#notify();
    } catch (error) {
      if (!(error instanceof PowerVmError)) throw error;
      this.#logger.error(
        { config: file, code: error.code, reason: error.message },
        'the new configuration is not valid; going on with the one before',
      );
    }
  };
}
