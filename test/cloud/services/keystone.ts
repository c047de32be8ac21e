import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { databaseUrl } from './postgresql.ts';
import type { Service } from './service.ts';
import { type CloudSettings, gnocchiUrl, keystoneUrl, PASSWORD } from './settings.ts';
import { applicationFile, webService } from './web-service.ts';

export function keystoneService({ directory, ports }: CloudSettings): Service {
  return webService('keystone', directory, ports.keystone);
}

/** Gives Keystone its tables, its first user and region. */
export async function prepareKeystone(settings: CloudSettings): Promise<void> {
  const folder = path.join(settings.directory, 'keystone');
  const configuration = path.join(folder, 'keystone.conf');
  await mkdir(folder);
  await writeFile(
    configuration,
    `[database]
connection = ${databaseUrl(settings, 'keystone')}
[fernet_tokens]
key_repository = ${folder}/fernet-keys
[credential]
key_repository = ${folder}/credential-keys
[cache]
enabled = false
`,
  );
  const manage = (...words: string[]) => runCommand('keystone-manage', ['--config-file', configuration, ...words]);
  const asRoot = ['--keystone-user', 'root', '--keystone-group', 'root'];
  await Promise.all([
    manage('db_sync'),
    manage('fernet_setup', ...asRoot).then(() => manage('credential_setup', ...asRoot)),
  ]);
  const url = keystoneUrl(settings);
  const addresses = ['public', 'internal', 'admin'].flatMap((name) => [`--bootstrap-${name}-url`, url]);
  await manage('bootstrap', '--bootstrap-password', PASSWORD, '--bootstrap-region-id', 'RegionOne', ...addresses);
  await writeFile(
    applicationFile('keystone', settings.directory),
    `import os, sys
sys.argv = ['keystone-wsgi-public']
os.environ['OS_KEYSTONE_CONFIG_FILES'] = '${configuration}'
from keystone.server import wsgi
application = wsgi.initialize_public_application()
`,
  );
}

/** Who and what the services and tests need: users `gnocchi` and `ceilometer`, project `service`, the metric service. */
export async function fillKeystone(settings: CloudSettings): Promise<void> {
  const admin = await KeystoneAdministrator.login(settings);
  const project = await admin.create('project', 'projects', { name: 'service', domain_id: 'default' });
  const role = await admin.roleId('admin');
  for (const name of ['gnocchi', 'ceilometer']) {
    const user = await admin.create('user', 'users', { name, domain_id: 'default', password: PASSWORD });
    await admin.call('PUT', `projects/${project}/users/${user}/roles/${role}`);
  }
  await admin.addService('metric', 'gnocchi', gnocchiUrl(settings));
}

/** Keystone's REST API as its administrator uses it. */
export class KeystoneAdministrator {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async login(settings: CloudSettings): Promise<KeystoneAdministrator> {
    const url = keystoneUrl(settings);
    return new KeystoneAdministrator(url, await tokenOf(settings, 'admin', 'admin'));
  }

  /** @returns the id of what it created */
  async create(kind: string, collection: string, content: object): Promise<string> {
    const reply = (await this.call('POST', collection, { [kind]: content })) as Record<string, { id: string }>;
    const id = reply[kind]?.id;
    if (id === undefined) throw new Error(`Keystone gave no id for a new ${kind}`);
    return id;
  }

  async roleId(name: string): Promise<string> {
    const { roles } = (await this.call('GET', `roles?name=${name}`)) as { roles: readonly { id: string }[] };
    if (!roles[0]) throw new Error(`Keystone has no role ${name}`);
    return roles[0].id;
  }

  /** Puts a service into the catalog. */
  async addService(type: string, name: string, url: string): Promise<void> {
    const id = await this.create('service', 'services', { type, name });
    for (const kind of ['public', 'internal', 'admin']) {
      await this.create('endpoint', 'endpoints', { interface: kind, service_id: id, url, region_id: 'RegionOne' });
    }
  }

  async call(method: string, resource: string, content?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}/${resource}`, {
      method,
      headers: { 'x-auth-token': this.#token, 'content-type': 'application/json' },
      ...(content ? { body: JSON.stringify(content) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Keystone: ${method} ${resource}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

/** A token of a user for a project. */
export async function tokenOf(settings: CloudSettings, name: string, project: string): Promise<string> {
  const domain = { name: 'Default' };
  const identity = { methods: ['password'], password: { user: { name, domain, password: PASSWORD } } };
  const response = await fetch(`${keystoneUrl(settings)}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: project, domain } } } }),
  });
  const token = response.headers.get('x-subject-token');
  if (token === null) throw new Error(`Keystone gave ${name} no token: ${response.status} ${await response.text()}`);
  return token;
}
