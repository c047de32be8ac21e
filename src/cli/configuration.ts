import { loadConfig, printConfig, tryComponents, warningLines } from '../collector/index.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export interface ConfigurationArguments {
  readonly config: string;
}

/**
 * Checks a file, and makes all that it names as `run` does, without starting it; every problem goes to standard error
 * with its place, and what works but was most likely not meant as a warning.
 */
export async function validate({ config: file }: ConfigurationArguments, terminal: Terminal): Promise<ExitCode> {
  const config = loadConfig(file, terminal.environment);
  await tryComponents(config);
  const warnings = warningLines(config);
  for (const line of warnings) terminal.report(`warning: ${line}`);
  const remarks =
    warnings.length === 0 ? '' : `, with ${warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`}`;
  terminal.report(`${file} is valid${remarks}`);
  return exitCodes.done;
}

/** The file after expansion and defaults, secrets redacted. */
export async function print({ config }: ConfigurationArguments, terminal: Terminal): Promise<ExitCode> {
  terminal.print(printConfig(loadConfig(config, terminal.environment)).trimEnd());
  return exitCodes.done;
}
