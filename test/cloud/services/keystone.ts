import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { databaseUrl } from './postgresql.ts';
import type { Service } from './service.ts';
import { type CloudSettings, glanceUrl, gnocchiUrl, keystoneUrl, novaUrl, PASSWORD } from './settings.ts';
import { applicationFile, webService } from './web-service.ts';

export function keystoneService({ directory, ports }: CloudSettings): Service {
  return webService('keystone', directory, ports.keystone);
}

/** Gives Keystone its tables, its first user and region. */
export async function prepareKeystone(settings: CloudSettings): Promise<void> {
  const folder = path.join(settings.directory, 'keystone');
  const configuration = path.join(folder, 'keystone.conf');
  await mkdir(folder);
  // All services ask for every token, and Tempest makes dozens of users: with a stock one most of a run waits for Keystone.
  // It is one process, so that what it remembers is never out of date.
  const text = `[database]
connection = ${databaseUrl(settings, 'keystone')}
[fernet_tokens]
key_repository = ${folder}/fernet-keys
[credential]
key_repository = ${folder}/credential-keys
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.memory_pickle
`;
  await writeFile(configuration, text);
  const manage = (...words: string[]) => runCommand('keystone-manage', ['--config-file', configuration, ...words]);
  const asRoot = ['--keystone-user', 'root', '--keystone-group', 'root'];
  await Promise.all([
    manage('db_sync'),
    manage('fernet_setup', ...asRoot).then(() => manage('credential_setup', ...asRoot)),
  ]);
  const url = keystoneUrl(settings);
  const addresses = ['public', 'internal', 'admin'].flatMap((name) => [`--bootstrap-${name}-url`, url]);
  await manage('bootstrap', '--bootstrap-password', PASSWORD, '--bootstrap-region-id', 'RegionOne', ...addresses);
  await writeFile(applicationFile('keystone', settings.directory), application(configuration));
}

function application(configuration: string): string {
  return `import os, sys
sys.argv = ['keystone-wsgi-public']
os.environ['OS_KEYSTONE_CONFIG_FILES'] = '${configuration}'
from keystone.server import wsgi
application = wsgi.initialize_public_application()
`;
}

/** How a service of the cloud gets into Keystone, as lines of its configuration. */
export function accessOf(settings: CloudSettings, user: string): string {
  return `auth_type = password
auth_url = ${keystoneUrl(settings)}
username = ${user}
password = ${PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne`;
}

/** Lines for the middleware that reads tokens of callers. It asks each time: a token that was revoked is none. */
export function tokenReading(settings: CloudSettings): string {
  return `${cachedTokenReading(settings)}
token_cache_time = -1`;
}

/** The same for services that only other services call: five minutes long it remembers whose a token is. */
export function cachedTokenReading(settings: CloudSettings): string {
  return `www_authenticate_uri = ${keystoneUrl(settings)}
interface = public
service_token_roles_required = false`;
}

/** Who and what the services and tests need: their users, the project `service`, and where each service is. */
export async function fillKeystone(settings: CloudSettings): Promise<void> {
  const admin = await KeystoneAdministrator.login(settings);
  const project = await admin.create('project', 'projects', { name: 'service', domain_id: 'default' });
  const role = await admin.idOf('roles', 'admin');
  for (const name of ['gnocchi', 'ceilometer', 'nova', 'placement', 'glance']) {
    await admin.createUser(name, project, role);
  }
  await admin.addService('metric', 'gnocchi', gnocchiUrl(settings));
  const { ports } = settings;
  await admin.addService('placement', 'placement', `http://127.0.0.1:${ports.placement}`);
  await admin.addService('image', 'glance', glanceUrl(settings));
  await admin.addService('compute', 'nova', novaUrl(settings));
  await admin.addService('network', 'network', `http://127.0.0.1:${ports.network}`);
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

  /** A user with a role in a project. @returns its id */
  async createUser(name: string, project: string, role: string): Promise<string> {
    const user = await this.create('user', 'users', { name, domain_id: 'default', password: PASSWORD });
    await this.call('PUT', `projects/${project}/users/${user}/roles/${role}`);
    return user;
  }

  /** @param collection `users`, `projects`, `roles` */
  async idOf(collection: string, name: string): Promise<string> {
    const found = (await this.call('GET', `${collection}?name=${name}`)) as Record<string, readonly { id: string }[]>;
    const [entry] = found[collection] ?? [];
    if (!entry) throw new Error(`Keystone has no ${name} among its ${collection}`);
    return entry.id;
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
