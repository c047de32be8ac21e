import type { ConfigurationFiles } from '../collector/index.ts';

export interface ConfigurationArguments {
  readonly config: readonly string[];
  /** `KEY=VALUE`. */
  readonly set?: readonly string[];
}

/** What the collector reads: files, and settings of the command line after them. */
export function configurationFiles({ config, set }: Partial<ConfigurationArguments>): ConfigurationFiles {
  return { files: config ?? [], settings: set };
}
