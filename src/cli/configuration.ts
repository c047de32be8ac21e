import { loadConfig, printConfig } from '../collector/index.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export interface ConfigurationArguments {
  readonly config: string;
}

/** Checks a file; every problem goes to standard error with its place. */
export async function validate({ config }: ConfigurationArguments, terminal: Terminal): Promise<ExitCode> {
  loadConfig(config, terminal.environment);
  terminal.report(`${config} is valid`);
  return exitCodes.done;
}

/** The file after expansion and defaults, secrets redacted. */
export async function print({ config }: ConfigurationArguments, terminal: Terminal): Promise<ExitCode> {
  terminal.print(printConfig(loadConfig(config, terminal.environment)).trimEnd());
  return exitCodes.done;
}
