import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { accessOf, KeystoneAdministrator, tokenReading } from './keystone.ts';
import { createDatabase } from './postgresql.ts';
import { type PythonEnvironment, pythonEnvironment } from './python-environment.ts';
import { Service } from './service.ts';
import { brokerUrl, type CloudSettings } from './settings.ts';
import { applicationFile, webService } from './web-service.ts';

/** The release of November 2026: Tempest's tests of alarms are written for it, and Debian's is four years older. */
const AODH = ['aodh==23.0.0', 'psycopg2-binary==2.9.11', 'sqlalchemy==2.0.44'];

/** For Debian's own Python, which is the one in uWSGI. */
export function aodhEnvironment(): Promise<PythonEnvironment> {
  return pythonEnvironment('aodh-23.0.0', AODH, '/usr/bin/python3');
}

/** Alarms. Started by who needs them. */
export function aodhServices(settings: CloudSettings, environment: PythonEnvironment) {
  const { directory, ports } = settings;
  return {
    api: webService('aodh-api', directory, ports.aodh, { virtualEnvironment: environment.folder }),
    evaluator: new Service({
      name: 'aodh-evaluator',
      directory,
      command: [environment.program('aodh-evaluator'), '--config-file', configurationOf(settings)],
      // It has no port: what it does is seen in the states of alarms.
      isReady: async () => true,
    }),
  };
}

export async function prepareAodh(settings: CloudSettings, environment: PythonEnvironment): Promise<void> {
  const { directory, ports } = settings;
  const folder = path.join(directory, 'aodh');
  const configuration = configurationOf(settings);
  await mkdir(path.join(folder, 'coordination'), { recursive: true });
  await createDatabase(settings, 'aodh');
  await register(settings);
  const access = accessOf(settings, 'aodh');
  await writeFile(
    configuration,
    `[DEFAULT]
transport_url = ${brokerUrl(settings)}
[database]
connection = postgresql://postgres@127.0.0.1:${ports.postgresql}/aodh
[coordination]
backend_url = file://${folder}/coordination
[oslo_concurrency]
lock_path = ${folder}
[api]
paste_config = ${folder}/api-paste.ini
auth_mode = keystone
gnocchi_external_project_owner = service
[evaluator]
evaluation_interval = 10
workers = 1
[keystone_authtoken]
${tokenReading(settings)}
${access}
[service_credentials]
interface = public
${access}
`,
  );
  const stock = await readFile(path.join(environment.packages, 'aodh/api/api-paste.ini'), 'utf8');
  // The filter that reads tokens looks into /etc unless it is told otherwise.
  const filter = /^(paste\.filter_factory = keystonemiddleware\.auth_token:filter_factory)$/m;
  await writeFile(path.join(folder, 'api-paste.ini'), stock.replace(filter, `$1\noslo_config_file = ${configuration}`));
  await writeFile(
    applicationFile('aodh-api', directory),
    `from aodh import service
from aodh.api import app
application = app.load_app(service.prepare_service([], ['${configuration}'], with_gmr=False, prog='aodh-api'))
`,
  );
  await runCommand(environment.program('aodh-dbsync'), ['--config-file', configuration]);
}

async function register(settings: CloudSettings): Promise<void> {
  const admin = await KeystoneAdministrator.login(settings);
  await admin.createUser('aodh', await admin.idOf('projects', 'service'), await admin.idOf('roles', 'admin'));
  await admin.addService('alarming', 'aodh', `http://127.0.0.1:${settings.ports.aodh}`);
}

function configurationOf({ directory }: CloudSettings): string {
  return path.join(directory, 'aodh', 'aodh.conf');
}
