import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { version } from '../base/version.ts';
// The names alone: the simulator is loaded by the verbs that need it.
import { faultPresets } from '../simulator/faults/preset-names.ts';
import { asCalled } from './command-name.ts';
import { type CompletionShell, completionShells } from './completion.ts';
import type { ConfigurationArguments } from './configuration-files.ts';
import { addConnectionOptions, collected } from './connection/connection-options.ts';
import type { DemoArguments } from './demo.ts';
import type { DoctorArguments } from './doctor/doctor.ts';
import type { EnablePcmArguments } from './enable-pcm/enable-pcm.ts';
import type { FleetArguments } from './fleet.ts';
import type { InspectArguments } from './inspect/inspect.ts';
import type { MetricsArguments } from './metrics.ts';
import type { OpenStackCheckArguments } from './openstack-check/openstack-check.ts';
import type { RecordArguments } from './record/record.ts';
import type { ReplayArguments } from './replay.ts';
import type { RunArguments } from './run/run.ts';
import type { SimulateArguments } from './simulate.ts';
import type { SystemsArguments } from './systems.ts';
import type { ExitCode } from './terminal/exit-code.ts';
import type { Terminal } from './terminal/terminal.ts';
import type { TopArguments } from './top/top.ts';

const EXAMPLES = `
Examples:
  $ otel-powervm demo
  $ otel-powervm inspect --endpoint https://hmc1.example.com --username monitor
  $ otel-powervm run --config otel-config.yaml

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused by the
console, 4 no console reached, 5 PCM has no sample. VERB --help lists the options.`;

/**
 * The commands with their options. Each loads what it needs when it is called, so that `--help` loads nothing. The
 * caller parses, and handles {@link CommanderError}s.
 */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('otel-powervm')
    .description('Performance data of IBM Power servers as OpenTelemetry metrics and Ceilometer samples')
    .version(version)
    .addHelpText('after', asCalled(EXAMPLES))
    .exitOverride();

  /** The exit code is set, not forced: standard output into a pipe is written to its end first. */
  async function execute(verb: () => Promise<ExitCode>): Promise<void> {
    try {
      process.exitCode = await verb();
    } catch (error) {
      process.exitCode = (await import('./terminal/terminal.ts')).reportError(terminal, error);
    }
  }

  addInspectionCommands(program, terminal, execute);
  addCollectorCommands(program, terminal, execute);
  addConsoleCommands(program, terminal, execute);
  addOtherCommands(program, terminal, execute);
  return program;
}

const CONFIG_WORDS = 'configuration file; a later one adds to those before it';
const SET_WORDS = 'one value of the configuration: receivers.powervm.collection_interval=1m';

type Execute = (verb: () => Promise<ExitCode>) => Promise<void>;

function addInspectionCommands(program: Command, terminal: Terminal, execute: Execute): void {
  const group = (name: string) => program.command(name).helpGroup('Look at your frames:');
  addConnectionOptions(group('systems').description('managed systems, their state, whether PCM is on'))
    .addOption(formatOption())
    .action((options: SystemsArguments) =>
      execute(async () => (await import('./systems.ts')).systems(options, terminal)),
    );
  addConnectionOptions(group('inspect').description('one reading of every partition'))
    .option('--system <name>', 'only this managed system: UUID, name or MTMS')
    .option('--lpar <name>', 'only this partition: UUID, name or number')
    .addOption(formatOption())
    .action((options: InspectArguments) =>
      execute(async () => (await import('./inspect/inspect.ts')).inspect(options, terminal)),
    );
  addConnectionOptions(group('top').description('a live view of frames, pools and partitions'))
    .option('--system <name>', 'only this managed system: UUID, name or MTMS')
    .option('--lpar <name>', 'only this partition: UUID, name or number')
    .option('--once', 'one picture, for scripts')
    .option('--history', 'fetches the half hour before as well, for the trends')
    .action((options: TopArguments) => execute(async () => (await import('./top/top.ts')).top(options, terminal)));
}

function addCollectorCommands(program: Command, terminal: Terminal, execute: Execute): void {
  const group = (name: string) => program.command(name).helpGroup('Collect:');
  group('run')
    .description('the collector, until SIGTERM or SIGINT')
    .requiredOption('--config <file>', CONFIG_WORDS, collected)
    .option('--set <key=value>', SET_WORDS, collected)
    // For the proofs of test/proof, which let hours pass in seconds.
    .addOption(new Option('--clock-rate <factor>').argParser(Number).hideHelp())
    .addOption(new Option('--clock-epoch <milliseconds>').argParser(Number).hideHelp())
    .action((options: RunArguments) => execute(async () => (await import('./run/run.ts')).run(options, terminal)));
  group('validate')
    .description('check a configuration file and report every problem')
    .requiredOption('--config <file>', CONFIG_WORDS, collected)
    .option('--set <key=value>', SET_WORDS, collected)
    .action((options: ConfigurationArguments) =>
      execute(async () => (await import('./configuration.ts')).validate(options, terminal)),
    );
  group('print-config')
    .description('the configuration after expansion and defaults, secrets redacted')
    .requiredOption('--config <file>', CONFIG_WORDS, collected)
    .option('--set <key=value>', SET_WORDS, collected)
    .action((options: ConfigurationArguments) =>
      execute(async () => (await import('./configuration.ts')).print(options, terminal)),
    );
  group('replay')
    .description('send files of a file exporter to where they belong')
    .argument('<file...>', 'files of OTLP JSON lines, the oldest first; .gz is decompressed')
    .requiredOption('--to <exporter>', 'the address of an OTLP receiver, or the name of an exporter in --config')
    .option('--config <file>', 'configuration file with that exporter; may be given again', collected)
    .option('--set <key=value>', SET_WORDS, collected)
    .option('--from-line <number>', 'where to go on in the first file', wholeNumber, 1)
    .action((files: string[], options: ReplayArguments) =>
      execute(async () => (await import('./replay.ts')).replay(files, options, terminal)),
    );
  group('fleet')
    .description('who is in a fleet of collectors, and who reads which consoles')
    .requiredOption('--config <file>', 'configuration file')
    .addOption(formatOption())
    .action((options: FleetArguments) => execute(async () => (await import('./fleet.ts')).fleet(options, terminal)));
  group('metrics')
    .description('the catalog of metrics')
    .addOption(formatOption('table', 'json', 'markdown'))
    .action((options: MetricsArguments) =>
      execute(async () => (await import('./metrics.ts')).metrics(options, terminal)),
    );
}

function addConsoleCommands(program: Command, terminal: Terminal, execute: Execute): void {
  const group = (name: string) => program.command(name).helpGroup('Set up, and find what is wrong:');
  addConnectionOptions(
    group('doctor').description('what is wrong between here and the numbers, and what to do about it'),
  )
    .addOption(formatOption())
    .action((options: DoctorArguments) =>
      execute(async () => (await import('./doctor/doctor.ts')).doctor(options, terminal)),
    );
  group('openstack')
    .description('which partitions are which instances, and what would be sent of one; sends nothing')
    .addArgument(new Argument('<action>').choices(['check']))
    .requiredOption('--config <file>', CONFIG_WORDS, collected)
    .option('--set <key=value>', SET_WORDS, collected)
    .option('--receiver <id>', 'which receiver of the file, where it has several')
    .option('--instance <name>', 'whose samples to show: UUID or name; default: the first one')
    .addOption(formatOption())
    .action((_action: string, options: OpenStackCheckArguments) =>
      execute(async () => (await import('./openstack-check/openstack-check.ts')).openstackCheck(options, terminal)),
    );
  addConnectionOptions(group('enable-pcm').description('switch long-term monitoring on where it is off'))
    .option('--system <name>', 'only this managed system: UUID, name or MTMS')
    .option('--dry-run', 'show what would be changed, and change nothing; this is what happens without --yes')
    .option('--yes', 'do it, and wait for the first samples')
    .option('--undo', 'take back what former calls with --yes did; a dry run as well without --yes')
    .option('--undo-file <file>', 'where that is written down; default: in the state directory of the user')
    .addOption(formatOption())
    .action((options: EnablePcmArguments) =>
      execute(async () => (await import('./enable-pcm/enable-pcm.ts')).enablePcm(options, terminal)),
    );
  addConnectionOptions(group('record').description('write what a console answers, redacted, for simulate --replay'))
    .requiredOption('--output <file>', 'the bundle; an existing file is not overwritten')
    .option('--system <name>', 'only this managed system: UUID, name or MTMS')
    .option('--instants <count>', 'how many of the newest instants are recorded', wholeNumber, 6)
    .action((options: RecordArguments) =>
      execute(async () => (await import('./record/record.ts')).record(options, terminal)),
    );
}

function addOtherCommands(program: Command, terminal: Terminal, execute: Execute): void {
  const group = (name: string) => program.command(name).helpGroup('Try without a Power server:');
  group('demo')
    .description('the collector on the built-in simulator, with a live view; needs nothing')
    .option('--duration <time>', 'ends by itself after this time, for example 60s')
    .option('--scenario <file>', 'events that happen on two frames meanwhile, YAML or JSON')
    .option('--no-tty', 'plain lines instead of a live view')
    .action((options: DemoArguments) => execute(async () => (await import('./demo.ts')).demo(options, terminal)));
  group('simulate')
    .description('a simulated console, to try things on')
    .option('--port <port>', '0: any free one', portNumber, 0)
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
    .addOption(new Option('--fault <name>', 'a problem of the first ten minutes, from the start').choices(faultPresets))
    .option('--replay <bundle>', 'answers what a recorded console did, instead of an estate')
    .option('--control-port <port>', 'serves the request log of the consoles on this port; 0: any free one', portNumber)
    // For tests that let hours pass in seconds, in processes that share one clock.
    .addOption(new Option('--clock-rate <factor>').argParser(Number).hideHelp())
    .addOption(new Option('--clock-epoch <milliseconds>').argParser(Number).hideHelp())
    .action((options: SimulateArguments) =>
      execute(async () => (await import('./simulate.ts')).simulate(options, terminal)),
    );
  program
    .command('completion')
    .description('print the completion for a shell; docs/install.md says where it goes')
    .addArgument(new Argument('<shell>').choices(completionShells))
    .action((shell: CompletionShell) =>
      execute(async () => (await import('./completion.ts')).completion(program, shell, terminal)),
    );
}

function formatOption(...formats: readonly string[]): Option {
  const choices = formats.length === 0 ? ['table', 'json'] : formats;
  return new Option('--format <format>', 'table on a terminal, json into a pipe').choices(choices);
}

function portNumber(text: string): number {
  if (wholeNumber(text) > 65_535) throw new InvalidArgumentError('a port is at most 65535');
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it must be a whole number');
  return Number(text);
}
