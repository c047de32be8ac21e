#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../base/version.ts';
// The names alone: the simulator is loaded by the verbs that need it.
import { faultPresets } from '../simulator/faults/preset-names.ts';
import type { ConfigurationArguments } from './configuration.ts';
import { addConnectionOptions } from './connection.ts';
import type { DemoArguments } from './demo.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { InspectArguments } from './inspect.ts';
import type { MetricsArguments } from './metrics.ts';
import type { RunArguments } from './run.ts';
import type { SimulateArguments } from './simulate.ts';
import type { SystemsArguments } from './systems.ts';
import { processTerminal, reportError } from './terminal.ts';
import type { TopArguments } from './top/top.ts';

const terminal = processTerminal();
const formatOption = new Option('--format <format>', 'table on a terminal, json into a pipe').choices([
  'table',
  'json',
]);

const program = new Command('otel-powervm')
  .description('Performance data of IBM Power servers as OpenTelemetry metrics and Ceilometer samples')
  .version(version)
  .exitOverride();

program
  .command('run')
  .description('the collector, until SIGTERM or SIGINT')
  .requiredOption('--config <file>', 'configuration file')
  // For the proofs of test/proof, which let hours pass in seconds.
  .addOption(new Option('--clock-rate <factor>').argParser(Number).hideHelp())
  .addOption(new Option('--clock-epoch <milliseconds>').argParser(Number).hideHelp())
  .action((options: RunArguments) => execute(async () => (await import('./run.ts')).run(options, terminal)));

program
  .command('demo')
  .description('the collector on the built-in simulator, with a live view; needs nothing')
  .option('--duration <time>', 'ends by itself after this time, for example 60s')
  .option('--scenario <file>', 'events that happen on two frames meanwhile, YAML or JSON')
  .option('--no-tty', 'plain lines instead of a live view')
  .action((options: DemoArguments) => execute(async () => (await import('./demo.ts')).demo(options, terminal)));

program
  .command('validate')
  .description('check a configuration file and tell every problem')
  .requiredOption('--config <file>', 'configuration file')
  .action((options: ConfigurationArguments) =>
    execute(async () => (await import('./configuration.ts')).validate(options, terminal)),
  );

program
  .command('print-config')
  .description('the configuration after expansion and defaults, secrets redacted')
  .requiredOption('--config <file>', 'configuration file')
  .action((options: ConfigurationArguments) =>
    execute(async () => (await import('./configuration.ts')).print(options, terminal)),
  );

program
  .command('metrics')
  .description('the catalog of metrics')
  .addOption(
    new Option('--format <format>', 'table on a terminal, json into a pipe').choices(['table', 'json', 'markdown']),
  )
  .action((options: MetricsArguments) =>
    execute(async () => (await import('./metrics.ts')).metrics(options, terminal)),
  );

addConnectionOptions(program.command('inspect').description('one reading of every partition'))
  .option('--system <name>', 'only this managed system: UUID, name or MTMS')
  .option('--lpar <name>', 'only this partition: UUID, name or number')
  .addOption(formatOption)
  .action((options: InspectArguments) =>
    execute(async () => (await import('./inspect.ts')).inspect(options, terminal)),
  );

addConnectionOptions(program.command('systems').description('managed systems, their state, and whether PCM is on'))
  .addOption(formatOption)
  .action((options: SystemsArguments) =>
    execute(async () => (await import('./systems.ts')).systems(options, terminal)),
  );

addConnectionOptions(program.command('top').description('a live view of frames, pools and partitions in the terminal'))
  .option('--once', 'one picture, for scripts')
  .action((options: TopArguments) => execute(async () => (await import('./top/top.ts')).top(options, terminal)));

program
  .command('simulate')
  .description('a simulated console, to try things on')
  .option('--port <port>', '0: any free one', wholeNumber, 0)
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--systems <count>', 'managed systems', wholeNumber, 1)
  .option('--lpars <count>', 'partitions of each system', wholeNumber, 12)
  .option('--vioses <count>', 'VIOSes of each system', wholeNumber, 2)
  .option('--seed <text>', 'the same seed gives the same numbers', 'otel-powervm')
  .option('--tls', 'HTTPS with a certificate of its own')
  .addOption(new Option('--console <kind>', 'which console it plays').choices(['hmc', 'novalink']).default('hmc'))
  .option('--username <name>', 'the password is in OTEL_POWERVM_PASSWORD, else a random one', 'hscroot')
  .option('--now <time>', 'ISO time at which it begins, instead of the present')
  .option('--consoles <count>', 'consoles that manage the same systems', wholeNumber, 1)
  .option('--scenario <file>', 'events and faults to play, YAML or JSON')
  .addOption(new Option('--fault <name>', 'a trouble of the first ten minutes, from the start').choices(faultPresets))
  .option('--replay <bundle>', 'answers what a recorded console did, instead of an estate')
  .option('--control-port <port>', 'tells on this port what the consoles were asked; 0: any free one', wholeNumber)
  // For tests that let hours pass in seconds, in processes that share one clock.
  .addOption(new Option('--clock-rate <factor>').argParser(Number).hideHelp())
  .addOption(new Option('--clock-epoch <milliseconds>').argParser(Number).hideHelp())
  .action((options: SimulateArguments) =>
    execute(async () => (await import('./simulate.ts')).simulate(options, terminal)),
  );

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.done);
});

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it must be a whole number');
  return Number(text);
}

/** The exit code is set, not forced: standard output into a pipe is written to its end first. */
async function execute(verb: () => Promise<ExitCode>): Promise<void> {
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
