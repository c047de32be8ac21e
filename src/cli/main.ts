#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { addConnectionOptions } from './connection.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { InspectArguments } from './inspect.ts';
import type { SystemsArguments } from './systems.ts';
import { processTerminal, reportError } from './terminal.ts';

const terminal = processTerminal();
const formatOption = new Option('--format <format>', 'table on a terminal, json into a pipe').choices([
  'table',
  'json',
]);

const program = new Command('otel-powervm')
  .description('Performance data of IBM Power servers as OpenTelemetry metrics and Ceilometer samples')
  .exitOverride();

addConnectionOptions(program.command('inspect').description('one reading of every partition'))
  .option('--system <name>', 'only this managed system: UUID, name or MTMS')
  .option('--lpar <name>', 'only this partition: UUID, name or number')
  .addOption(formatOption)
  .action((options: InspectArguments) => run(async () => (await import('./inspect.ts')).inspect(options, terminal)));

addConnectionOptions(program.command('systems').description('managed systems, their state, and whether PCM is on'))
  .addOption(formatOption)
  .action((options: SystemsArguments) => run(async () => (await import('./systems.ts')).systems(options, terminal)));

/** The exit code is set, not forced: standard output into a pipe is written to its end first. */
async function run(verb: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await verb();
  } catch (error) {
    process.exitCode = reportError(terminal, error);
  }
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
