import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { freePort } from './ports.ts';
import { createDatabase, databaseUrl } from './postgresql.ts';
import { Service } from './service.ts';
import { type CloudSettings, keystoneUrl, PASSWORD, REMOTE_USER } from './settings.ts';
import { applicationFile, webService } from './web-service.ts';

/** Gnocchi's API in each of its ways to know who asks, and the workers that aggregate. One index and storage for all. */
export function gnocchiServices({ directory, ports }: CloudSettings) {
  return {
    keystone: webService('gnocchi-api', directory, ports.gnocchi),
    basic: webService('gnocchi-api-basic', directory, ports.gnocchiBasic),
    remoteUser: webService('gnocchi-api-remote-user', directory, ports.gnocchiRemoteUser),
    metricd: metricdService(directory, FIRST),
  };
}

export async function prepareGnocchi(settings: CloudSettings): Promise<void> {
  const { directory } = settings;
  for (const mode of ['keystone', 'basic', 'remoteuser'] as const) await writeConfiguration(settings, mode);
  const write = (name: string, text: string) => writeFile(applicationFile(name, directory), text);
  await write('gnocchi-api', application(configurationOf(directory, 'keystone')));
  await write('gnocchi-api-basic', application(configurationOf(directory, 'basic')));
  await write('gnocchi-api-remote-user', application(configurationOf(directory, 'remoteuser')) + webServer);
  await runCommand('gnocchi-upgrade', ['--config-file', configurationOf(directory, 'keystone')]);
}

/**
 * A Gnocchi beside that of the cloud, by Keystone as well, with an index and storage of its own and nothing in it: what
 * comes to the same resources on two ways can be told apart.
 */
export async function startSecondGnocchi(
  settings: CloudSettings,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { directory } = settings;
  const [port, name] = [await freePort(), `${SECOND}-api`];
  await createDatabase(settings, SECOND);
  await writeConfiguration(settings, 'keystone', SECOND);
  const configuration = configurationOf(directory, 'keystone', SECOND);
  await writeFile(applicationFile(name, directory), application(configuration));
  await runCommand('gnocchi-upgrade', ['--config-file', configuration]);
  const services = [webService(name, directory, port), metricdService(directory, SECOND)];
  for (const service of services) await service.start();
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => void (await Promise.all(services.map((service) => service.stop()))),
  };
}

function metricdService(directory: string, name: string): Service {
  return new Service({
    name: `${name}-metricd`,
    directory,
    command: ['gnocchi-metricd', '--config-file', configurationOf(directory, 'keystone', name)],
    // It has no port: what it does is seen in the measures.
    isReady: async () => true,
  });
}

type Mode = 'keystone' | 'basic' | 'remoteuser';

/** Names of the folder and of the database of each. */
const FIRST = 'gnocchi';
const SECOND = 'second_gnocchi';

function configurationOf(directory: string, mode: Mode, name = FIRST): string {
  return path.join(directory, name, `${mode}.conf`);
}

async function writeConfiguration(settings: CloudSettings, mode: Mode, name = FIRST): Promise<void> {
  const folder = path.join(settings.directory, name);
  const configuration = configurationOf(settings.directory, mode, name);
  await mkdir(path.join(folder, 'locks'), { recursive: true });
  const paste = path.join(folder, `${mode}-paste.ini`);
  await writeFile(
    configuration,
    `[DEFAULT]
coordination_url = file://${folder}/locks
[indexer]
url = ${databaseUrl(settings, name)}
[storage]
driver = file
file_basepath = ${folder}
[api]
auth_mode = ${mode}
paste_config = ${paste}
[metricd]
workers = 1
metric_processing_delay = 1
[oslo_policy]
policy_file = /etc/gnocchi/policy.json
[keystone_authtoken]
www_authenticate_uri = ${keystoneUrl(settings)}
auth_url = ${keystoneUrl(settings)}
auth_type = password
username = gnocchi
password = ${PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
interface = public
service_token_roles_required = false
`,
  );
  // The filter that reads tokens looks into /etc unless configured otherwise.
  const stock = await readFile('/etc/gnocchi/api-paste.ini', 'utf8');
  await writeFile(
    paste,
    stock.replace(/^(use = egg:keystonemiddleware#auth_token)$/m, `$1\noslo_config_file = ${configuration}`),
  );
}

function application(configuration: string): string {
  return `import sys
sys.argv = ['gnocchi-api']
from gnocchi import service
from gnocchi.rest import app
application = app.load_app(service.prepare_service([], default_config_files=['${configuration}']))
`;
}

/** A web server in front that has found out who asks. As bytes: Gnocchi 4.4 decodes the name, which text has not. */
const webServer = `
gnocchi = application
def application(environ, start_response):
    environ['REMOTE_USER'] = b'${REMOTE_USER}'
    return gnocchi(environ, start_response)
`;
