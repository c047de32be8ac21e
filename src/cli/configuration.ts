import { loadConfig, printConfig, tryComponents, warningLines } from '../collector/index.ts';
import { type ConfigurationArguments, configurationFiles } from './configuration-files.ts';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import type { Terminal } from './terminal/terminal.ts';

/**
 * Checks a file, and makes all that it names as `run` does, without starting it; every problem goes to standard error
 * with its place, and what works but was most likely not meant as a warning.
 */
export async function validate(options: ConfigurationArguments, terminal: Terminal): Promise<ExitCode> {
  const config = loadConfig(configurationFiles(options), terminal.environment);
  await tryComponents(config);
  const warnings = warningLines(config);
  for (const line of warnings) terminal.report(`warning: ${line}`);
  const remarks =
    warnings.length === 0 ? '' : `, with ${warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`}`;
  terminal.report(`${options.config.join(', ')} is valid${remarks}`);
  return exitCodes.done;
}

/** The file after expansion and defaults, secrets redacted. */
export async function print(options: ConfigurationArguments, terminal: Terminal): Promise<ExitCode> {
  terminal.print(printConfig(loadConfig(configurationFiles(options), terminal.environment)).trimEnd());
  return exitCodes.done;
}
