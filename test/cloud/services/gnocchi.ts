import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { databaseUrl } from './postgresql.ts';
import { Service } from './service.ts';
import { type CloudSettings, keystoneUrl, PASSWORD, REMOTE_USER } from './settings.ts';
import { applicationFile, webService } from './web-service.ts';

/** Gnocchi's API in each of its ways to know who asks, and the workers that aggregate. One index and storage for all. */
export function gnocchiServices({ directory, ports }: CloudSettings) {
  return {
    keystone: webService('gnocchi-api', directory, ports.gnocchi),
    basic: webService('gnocchi-api-basic', directory, ports.gnocchiBasic),
    remoteUser: webService('gnocchi-api-remote-user', directory, ports.gnocchiRemoteUser),
    metricd: new Service({
      name: 'gnocchi-metricd',
      directory,
      command: ['gnocchi-metricd', '--config-file', configurationOf(directory, 'keystone')],
      // It has no port: what it does is seen in the measures.
      isReady: async () => true,
    }),
  };
}

export async function prepareGnocchi(settings: CloudSettings): Promise<void> {
  const { directory } = settings;
  await mkdir(path.join(directory, 'gnocchi', 'locks'), { recursive: true });
  for (const mode of ['keystone', 'basic', 'remoteuser'] as const) await writeConfiguration(settings, mode);
  const write = (name: string, text: string) => writeFile(applicationFile(name, directory), text);
  await write('gnocchi-api', application(configurationOf(directory, 'keystone')));
  await write('gnocchi-api-basic', application(configurationOf(directory, 'basic')));
  await write('gnocchi-api-remote-user', application(configurationOf(directory, 'remoteuser')) + webServer);
  await runCommand('gnocchi-upgrade', ['--config-file', configurationOf(directory, 'keystone')]);
}

type Mode = 'keystone' | 'basic' | 'remoteuser';

function configurationOf(directory: string, mode: Mode): string {
  return path.join(directory, 'gnocchi', `${mode}.conf`);
}

async function writeConfiguration(settings: CloudSettings, mode: Mode): Promise<void> {
  const folder = path.join(settings.directory, 'gnocchi');
  const configuration = configurationOf(settings.directory, mode);
  const paste = path.join(folder, `${mode}-paste.ini`);
  await writeFile(
    configuration,
    `[DEFAULT]
coordination_url = file://${folder}/locks
[indexer]
url = ${databaseUrl(settings, 'gnocchi')}
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
