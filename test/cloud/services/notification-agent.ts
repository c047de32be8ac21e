import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { type CeilometerRelease, debianRelease } from './ceilometer-release.ts';
import { runCommand } from './command.ts';
import { RabbitMq } from './rabbitmq.ts';
import { Service } from './service.ts';
import { brokerUrl, type CloudSettings, keystoneUrl, PASSWORD, TELEMETRY_SECRET } from './settings.ts';

/** Ceilometer's notification agent with the stock pipeline, whose sink writes into a file as well. */
export function notificationAgentService(settings: CloudSettings, release = debianRelease): Service {
  const rabbitmq = new RabbitMq(settings);
  return new Service({
    name: `${release.name}-agent-notification`,
    directory: settings.directory,
    command: [release.executable, '--config-file', configurationOf(settings, release)],
    isReady: async () => {
      const queues = await rabbitmq.control('list_queues', 'name', 'consumers');
      return /^notifications\.sample\s+[1-9]/m.test(queues);
    },
  });
}

/** Configures it, and makes Ceilometer's resource types, which needs a running Gnocchi. */
export async function prepareNotificationAgent(settings: CloudSettings): Promise<void> {
  await configureNotificationAgent(settings, debianRelease);
  await runCommand('ceilometer-upgrade', ['--config-file', configurationOf(settings, debianRelease)]);
}

/** @param archivePolicy of Gnocchi, for all metrics that the pipeline makes; without it those of Ceilometer */
export async function configureNotificationAgent(
  settings: CloudSettings,
  release: CeilometerRelease,
  archivePolicy?: string,
): Promise<void> {
  const folder = path.join(settings.directory, release.name);
  await mkdir(folder);
  const pipeline: { sinks: { publishers: string[] }[] } = parse(await readFile(release.pipeline, 'utf8'));
  for (const sink of pipeline.sinks) {
    const stored = archivePolicy === undefined ? sink.publishers : [`gnocchi://?archive_policy=${archivePolicy}`];
    sink.publishers = [...stored, `file://${agentOutput(settings, release)}?json`];
  }
  await writeFile(path.join(folder, 'pipeline.yaml'), stringify(pipeline));
  await writeFile(
    configurationOf(settings, release),
    `[DEFAULT]
host = cloudtest
transport_url = ${brokerUrl(settings)}
pipeline_cfg_file = ${folder}/pipeline.yaml
[notification]
messaging_urls = ${brokerUrl(settings)}
[publisher]
telemetry_secret = ${TELEMETRY_SECRET}
[oslo_concurrency]
lock_path = ${folder}
[service_credentials]
auth_type = password
auth_url = ${keystoneUrl(settings)}
username = ceilometer
password = ${PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
interface = public
region_name = RegionOne
`,
  );
}

/** One JSON object a line for every sample that went through the pipeline. */
export function agentOutput({ directory }: CloudSettings, { name } = debianRelease): string {
  return path.join(directory, name, 'samples.jsonl');
}

function configurationOf({ directory }: CloudSettings, { name }: CeilometerRelease): string {
  return path.join(directory, name, 'ceilometer.conf');
}
