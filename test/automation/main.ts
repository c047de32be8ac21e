/**
 * The functional automation server: npm run automation -- --config automation.yaml (docs/automation-server.md).
 */
import { Command } from 'commander';
import pino from 'pino';
import { describeError } from '../../src/base/errors/errors.ts';
import { AutomationServer } from './automation-server.ts';
import { type Configuration, loadConfiguration } from './configuration.ts';
import { AutomationMetrics } from './metrics.ts';
import { Gerrit } from './review/gerrit.ts';
import { GitHub } from './review/github.ts';
import { WebServer } from './web-server.ts';

/** More than a server has runs at a time. */
const REPLAY_USERS = 500;

const logger = pino({ level: process.env.LOG_LEVEL ?? 'info' }, pino.destination({ fd: 2, sync: true }));

interface Options {
  readonly config: string;
  readonly dryRun?: boolean;
}

function assemble(
  { config, dryRun = false }: Options,
  change: (configuration: Configuration) => Configuration = (same) => same,
) {
  const loaded = change(loadConfiguration(config));
  const configuration = dryRun ? { ...loaded, dry_run: true } : loaded;
  const gerrit = configuration.gerrit && new Gerrit(configuration.gerrit, logger);
  const github = configuration.github && new GitHub(configuration.github, configuration.name);
  const systems = [gerrit, github].filter((system) => system !== undefined);
  const metrics = new AutomationMetrics(configuration.telemetry);
  return { configuration, github, systems, metrics };
}

async function serve(options: Options): Promise<void> {
  const { configuration, github, systems, metrics } = assemble(options);
  const server = await AutomationServer.create({ configuration, systems, logger, metrics });
  const web = new WebServer(server, github);
  const port = await web.start(configuration.listen);
  await server.start();
  logger.info({ port }, 'ready');
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve);
  });
  logger.info({ signal }, 'stopping: what runs may end');
  await server.stop();
  await web.stop();
  await metrics.shutdown();
  logger.info({}, 'stopped');
}

/** In a queue of its own, so that it works beside a server that runs. */
async function replay(change: string, options: Options): Promise<void> {
  const { configuration, systems, metrics } = assemble(options, (loaded) => ({
    ...loaded,
    state: `${loaded.state}/replay`,
    // Users of its own: limits count the processes of a user, whichever server started them.
    sandbox: { ...loaded.sandbox, first_uid: loaded.sandbox.first_uid + REPLAY_USERS },
    // Where the server that runs serves them.
    logs: { ...loaded.logs, directory: loaded.logs.directory ?? `${loaded.state}/logs` },
  }));
  const server = await AutomationServer.create({ configuration, systems, logger, metrics });
  try {
    for (const system of systems) {
      const run = await server.replay(system, change);
      if (run) process.stdout.write(`${JSON.stringify(run, undefined, 2)}\n`);
      if (run) return;
    }
    throw new Error(`no such change in the projects of the configuration: ${change}`);
  } finally {
    await server.stop();
    await metrics.shutdown();
  }
}

const program = new Command('automation')
  .description('Tests changes and votes on them.')
  .requiredOption('--config <file>', 'the configuration')
  .option('--dry-run', 'do everything but vote')
  .action(serve);
program
  .command('replay <change>')
  .description('tests one change by hand: project~number of Gerrit, owner/name#number of GitHub')
  .action((change: string) => replay(change, program.opts()));

try {
  await program.parseAsync();
} catch (error) {
  logger.error({ reason: describeError(error) }, 'cannot go on');
  process.exitCode = 1;
}
