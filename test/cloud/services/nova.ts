import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SimulatedPartition } from '../../../src/simulator/index.ts';
import { runCommand } from './command.ts';
import { accessOf, tokenReading } from './keystone.ts';
import { databaseUrl, runStatement } from './postgresql.ts';
import { Service } from './service.ts';
import { brokerUrl, type CloudSettings, glanceUrl } from './settings.ts';
import { applicationFile, webService } from './web-service.ts';

/** Compute hosts: two, so that instances can move. */
const COMPUTE_HOSTS = ['neo-1', 'neo-2'] as const;

/**
 * Nova with its own fake hypervisor, which does at once whatever it is told and has room for everything. There is no
 * Neutron: instances are without networks, and the catalog names a service that has none.
 */
export function novaServices(settings: CloudSettings) {
  const { directory, ports } = settings;
  // They have no port: that they work is seen in what they write of themselves.
  const registered = (binary: string) =>
    isFound(settings, `select 1 from services where "binary" = '${binary}' and deleted = 0`);
  const worker = (name: string) =>
    new Service({
      name,
      directory,
      command: [name, '--config-file', configurationOf(settings, COMPUTE_HOSTS[0])],
      isReady: () => registered(name),
      lookEvery: 1000,
    });
  return {
    network: webService('network', directory, ports.network),
    // Processes, since Nova's green threads and threads of uWSGI do not go together.
    api: webService('nova-api', directory, ports.nova, { processes: 2, threads: 1 }),
    conductor: worker('nova-conductor'),
    scheduler: worker('nova-scheduler'),
    computes: COMPUTE_HOSTS.map(
      (host) =>
        new Service({
          name: `nova-compute-${host}`,
          directory,
          // The package nova-compute wants a hypervisor; the program is in python3-nova.
          command: ['python3', '-c', START_COMPUTE, '--config-file', configurationOf(settings, host)],
          isReady: () => isFound(settings, `select 1 from compute_nodes where host = '${host}' and deleted = 0`),
          lookEvery: 1000,
        }),
    ),
  };
}

async function isFound(settings: CloudSettings, query: string): Promise<boolean> {
  return (await runStatement(settings, 'nova', query)) !== '';
}

const START_COMPUTE = "import sys; sys.argv[0] = 'nova-compute'; from nova.cmd.compute import main; main()";

/** UUIDs for the next instances, one a line: those of simulated partitions. When there is none Nova chooses. */
export function chosenUuids({ directory }: CloudSettings): string {
  return path.join(directory, 'nova', 'uuids');
}

/**
 * Nova's next instances run as these partitions, but those that are off or have no guest that tells its memory: they get
 * their UUIDs, with the top bit that PowerVM clears.
 */
export async function offerUuids(settings: CloudSettings, partitions: readonly SimulatedPartition[]): Promise<void> {
  const running = partitions.filter(({ state, rmcState }) => state === 'Running' && rmcState === 'active');
  await writeFile(chosenUuids(settings), running.map(({ id }) => instanceOfPartition(id)).join('\n'));
}

/** The UUID that Nova gave the instance of a partition: PowerVM has cleared its top bit. */
export function instanceOfPartition(id: string): string {
  return (Number.parseInt(id.charAt(0), 16) | 8).toString(16) + id.slice(1);
}

export async function prepareNova(settings: CloudSettings): Promise<void> {
  const folder = path.join(settings.directory, 'nova');
  await mkdir(path.join(folder, 'instances'), { recursive: true });
  for (const host of COMPUTE_HOSTS) {
    await mkdir(path.join(folder, host));
    await writeFile(configurationOf(settings, host), configuration(settings, host));
  }
  await writeFile(policyOf(settings), await documentedPolicy());
  await writeFile(applicationFile('network', settings.directory), emptyNetworks);
  await writeFile(applicationFile('nova-api', settings.directory), application(settings));
  await runCommand('cp', ['/usr/share/nova-common/api-paste.ini', path.join(folder, COMPUTE_HOSTS[0])]);
  const manage = (...words: string[]) =>
    runCommand('nova-manage', ['--config-file', configurationOf(settings, COMPUTE_HOSTS[0]), ...words]);
  await manage('api_db', 'sync');
  await manage('cell_v2', 'map_cell0', '--database_connection', databaseUrl(settings, 'nova_cell0'));
  await Promise.all([manage('cell_v2', 'create_cell', '--name=cell1'), manage('db', 'sync')]);
}

/** Makes the compute hosts, which run, known to the scheduler. */
export async function discoverHosts(settings: CloudSettings): Promise<void> {
  const words = ['cell_v2', 'discover_hosts', '--verbose'];
  const configured = ['--config-file', configurationOf(settings, COMPUTE_HOSTS[0])];
  const { stdout } = await runCommand('nova-manage', [...configured, ...words]);
  const found = [...stdout.matchAll(/Creating host mapping for compute host/g)].length;
  if (found === COMPUTE_HOSTS.length) return;
  throw new Error(`Nova knows ${found} of ${COMPUTE_HOSTS.length} compute hosts:\n${stdout}`);
}

function configurationOf({ directory }: CloudSettings, host: string): string {
  return path.join(directory, 'nova', host, 'nova.conf');
}

function policyOf({ directory }: CloudSettings): string {
  return path.join(directory, 'nova', 'policy.yaml');
}

/** What docs/openstack.md adds to Nova's policy for the role `telemetry`. */
async function documentedPolicy(): Promise<string> {
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/openstack.md'), 'utf8');
  const [, policy] = /```yaml\n((?:"os_compute_api:.*\n)+)```/.exec(page) ?? [];
  if (policy === undefined) throw new Error('docs/openstack.md has no policy of Nova');
  return policy;
}

function configuration(settings: CloudSettings, host: string): string {
  const folder = path.join(settings.directory, 'nova');
  const access = accessOf(settings, 'nova');
  return `[DEFAULT]
host = ${host}
my_ip = 127.0.0.1
transport_url = ${brokerUrl(settings)}
compute_driver = fake.FakeDriver
state_path = ${folder}
instances_path = ${folder}/instances
reclaim_instance_interval = 0
enabled_apis = osapi_compute
[api_database]
connection = ${databaseUrl(settings, 'nova_api')}
[database]
connection = ${databaseUrl(settings, 'nova')}
[api]
auth_strategy = keystone
[conductor]
workers = 1
[scheduler]
workers = 1
[filter_scheduler]
track_instance_changes = false
[keystone_authtoken]
${tokenReading(settings)}
${access}
[placement]
valid_interfaces = public
${accessOf(settings, 'placement')}
[glance]
endpoint_override = ${glanceUrl(settings)}
[neutron]
valid_interfaces = public
${access}
[cinder]
${access}
[oslo_policy]
policy_file = ${policyOf(settings)}
[oslo_concurrency]
lock_path = ${folder}
[oslo_messaging_notifications]
driver = noop
[quota]
instances = -1
cores = -1
ram = -1
[vnc]
enabled = false
`;
}

/** nova-api, but for the UUIDs of new instances, which the test may choose. */
function application(settings: CloudSettings): string {
  return `import fcntl, os, sys
sys.argv = ['nova-api']
os.environ['OS_NOVA_CONFIG_DIR'] = '${path.dirname(configurationOf(settings, COMPUTE_HOSTS[0]))}'
from nova.compute import api

class ChosenUuids:
    def __getattr__(self, name):
        return getattr(uuidutils, name)

    def generate_uuid(self):
        try:
            with open('${chosenUuids(settings)}', 'r+') as chosen:
                fcntl.flock(chosen, fcntl.LOCK_EX)
                first, *others = chosen.read().split() or [None]
                chosen.seek(0)
                chosen.truncate()
                chosen.write('\\n'.join(others))
        except FileNotFoundError:
            first = None
        return first or uuidutils.generate_uuid()

uuidutils = api.uuidutils
api.uuidutils = ChosenUuids()
from nova.api.openstack import wsgi_app
application = wsgi_app.init_application('osapi_compute')
`;
}

const emptyNetworks = `import json

def application(environ, start_response):
    collection = environ['PATH_INFO'].rstrip('/').rpartition('/')[2].replace('-', '_')
    body = json.dumps({'resources': []} if collection in ('', 'v2.0') else {collection: []}).encode()
    start_response('200 OK', [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))])
    return [body]
`;
