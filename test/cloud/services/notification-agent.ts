import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { runCommand } from './command.ts';
import { RabbitMq } from './rabbitmq.ts';
import { Service } from './service.ts';
import { brokerUrl, type CloudSettings, keystoneUrl, PASSWORD, TELEMETRY_SECRET } from './settings.ts';

const STOCK_PIPELINE = '/usr/lib/python3/dist-packages/ceilometer/pipeline/data/pipeline.yaml';

/** Ceilometer's notification agent with the stock pipeline, whose sink writes into a file as well. */
export function notificationAgentService(settings: CloudSettings): Service {
  const rabbitmq = new RabbitMq(settings);
  return new Service({
    name: 'ceilometer-agent-notification',
    directory: settings.directory,
    command: ['ceilometer-agent-notification', '--config-file', configurationOf(settings)],
    isReady: async () => {
      const queues = await rabbitmq.control('list_queues', 'name', 'consumers');
      return /^notifications\.sample\s+[1-9]/m.test(queues);
    },
  });
}

/** Configures it; Ceilometer's resource types need a running Gnocchi. */
export async function prepareNotificationAgent(settings: CloudSettings): Promise<void> {
  const folder = path.join(settings.directory, 'ceilometer');
  await mkdir(folder);
  const pipeline = parse(await readFile(STOCK_PIPELINE, 'utf8'));
  for (const { publishers } of pipeline.sinks) publishers.push(`file://${agentOutput(settings)}?json`);
  await writeFile(path.join(folder, 'pipeline.yaml'), stringify(pipeline));
  await writeFile(
    configurationOf(settings),
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
  await runCommand('ceilometer-upgrade', ['--config-file', configurationOf(settings)]);
}

/** One JSON object a line for every sample that went through the pipeline. */
export function agentOutput({ directory }: CloudSettings): string {
  return path.join(directory, 'ceilometer', 'samples.jsonl');
}

function configurationOf({ directory }: CloudSettings): string {
  return path.join(directory, 'ceilometer', 'ceilometer.conf');
}
