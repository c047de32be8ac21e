import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import {
  type CollectorConfig,
  type ConfigurationFiles,
  configurationFingerprint,
  loadConfig,
} from '../../collector/index.ts';

/**
 * Reads the configuration file again with every SIGHUP. A file that is not valid is reported and changes nothing, nor does
 * one that says the same as the configuration in use: a console that refused the logon is not asked again for it. One
 * that could not start is not in use, and is tried again.
 */
export class ConfigurationReload {
  readonly #files: ConfigurationFiles;
  readonly #file: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #logger: Logger;
  readonly #inUse: () => CollectorConfig;
  /** Of each configuration as it was when it was read: a password file may say something else by now. */
  readonly #fingerprints = new WeakMap<CollectorConfig, string>();
  #found: CollectorConfig | undefined;
  #notify: () => void = () => undefined;

  /**
   * @param file what the log calls them
   * @param inUse the configuration of the collector that runs
   */
  constructor(
    files: ConfigurationFiles,
    file: string,
    inUse: () => CollectorConfig,
    environment: Readonly<Record<string, string | undefined>>,
    logger: Logger,
  ) {
    this.#files = files;
    this.#file = file;
    this.#environment = environment;
    this.#logger = logger;
    this.#inUse = inUse;
    this.#fingerprints.set(inUse(), configurationFingerprint(inUse()));
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
      const config = loadConfig(this.#files, this.#environment);
      const fingerprint = configurationFingerprint(config);
      this.#fingerprints.set(config, fingerprint);
      if (fingerprint === this.#fingerprints.get(this.#found ?? this.#inUse())) {
        this.#logger.info({ config: file }, 'the configuration has not changed');
        return;
      }
      this.#found = config;
      this.#notify();
    } catch (error) {
      const code = error instanceof PowerVmError ? error.code : undefined;
      // Whatever a file does to us, it must not end a collector that works.
      this.#logger.error(
        { config: file, code, reason: describeError(error) },
        'the new configuration is not valid; going on with the one before',
      );
    }
  };
}
