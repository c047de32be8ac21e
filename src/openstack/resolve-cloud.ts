import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { ConfigurationError, describeError } from '../base/errors.ts';
import { readTextFile } from '../base/read-text-file.ts';
import type { TlsOptions } from '../base/tls-options.ts';
import { authenticationOf, type CloudAuth, type CloudSettings, type EndpointInterface } from './cloud-settings.ts';

export interface OpenStackOptions {
  /** Name of an entry of a clouds.yaml. Default the variable OS_CLOUD. */
  readonly cloud?: string;
  /** With `auth_url` these stand alone; without, they replace single keys of the clouds.yaml or of the environment. */
  readonly auth?: CloudAuth;
  /** `password`, `application_credential` or `token`. Default by the keys that are there. */
  readonly authType?: string;
  /** Needed where the catalog has several. */
  readonly region?: string;
  /** Default `public`. */
  readonly interface?: EndpointInterface;
  readonly tls?: TlsOptions;
  /** Addresses that replace those of the catalog, by type of the service: `compute`, `metric`. */
  readonly endpoints?: Readonly<Record<string, string>>;
}

/** Where clouds.yaml is looked for. */
export interface CloudEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly homeDirectory: string;
}

type Entry = Readonly<Record<string, unknown>>;

/** An entry of a clouds.yaml, or what the environment says in the same words. */
interface Source {
  /** For messages. */
  readonly name: string;
  readonly entry: Entry;
}

/**
 * Puts together how to get into a cloud, as other OpenStack programs do: options before the entry of a clouds.yaml
 * (with its secure.yaml), or the OS_* variables where no cloud is named.
 * @throws {ConfigurationError} in words that say which key is missing and where it was looked for
 */
export function resolveCloud(options: OpenStackOptions = {}, environment = processEnvironment()): CloudSettings {
  const { name, entry } = sourceOf(options, environment);
  const auth: CloudAuth = { ...textsOf(isMap(entry.auth) ? entry.auth : {}), ...present(options.auth ?? {}) };
  if (auth.auth_url === undefined) {
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${name}: auth_url, the address of Keystone, is missing`);
  }
  return {
    authUrl: identityUrl(auth.auth_url, name),
    authentication: authenticationOf(auth, options.authType ?? text(entry.auth_type), name),
    region: options.region ?? text(entry.region_name) ?? onlyRegion(entry.regions),
    interface: options.interface ?? interfaceOf(entry, name),
    tls: { ...tlsOf(entry, environment.homeDirectory), ...options.tls },
    endpoints: { ...endpointOverrides(entry), ...options.endpoints },
  };
}

function processEnvironment(): CloudEnvironment {
  return { variables: process.env, workingDirectory: process.cwd(), homeDirectory: homedir() };
}

function sourceOf(options: OpenStackOptions, environment: CloudEnvironment): Source {
  const { variables } = environment;
  const cloud = options.cloud ?? (options.auth?.auth_url === undefined ? variables.OS_CLOUD : undefined);
  if (cloud !== undefined && cloud !== '') return entryOf(cloud, environment);
  if (options.auth?.auth_url !== undefined) return { name: 'openstack auth', entry: {} };
  if (variables.OS_AUTH_URL !== undefined) return { name: 'the OS_* variables', entry: entryOfVariables(variables) };
  const file = findFile('clouds', environment);
  const clouds = file === undefined ? {} : cloudsOf(file);
  const [only, ...others] = Object.keys(clouds);
  if (only !== undefined && others.length === 0) return entryOf(only, environment);
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    only === undefined
      ? 'there is no way into OpenStack: no auth.auth_url, no OS_AUTH_URL, and no clouds.yaml was found'
      : `${file} has several clouds: name one of ${[only, ...others].join(', ')} with cloud or OS_CLOUD`,
  );
}

/** Extension `yaml` or `yml`, as openstacksdk has it. */
function findFile(kind: 'clouds' | 'secure', { variables, workingDirectory, homeDirectory }: CloudEnvironment) {
  const named = kind === 'clouds' ? variables.OS_CLIENT_CONFIG_FILE : variables.OS_CLIENT_SECURE_FILE;
  const directories = [
    workingDirectory,
    path.join(variables.XDG_CONFIG_HOME ?? path.join(homeDirectory, '.config'), 'openstack'),
    '/etc/openstack',
  ];
  const candidates = directories.flatMap((directory) => [
    path.join(directory, `${kind}.yaml`),
    path.join(directory, `${kind}.yml`),
  ]);
  // A file that is named must be there; reading it says so if not.
  return named !== undefined && named !== '' ? named : candidates.find((file) => existsSync(file));
}

function entryOf(cloud: string, environment: CloudEnvironment): Source {
  const file = findFile('clouds', environment);
  if (file === undefined) {
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `cloud ${cloud}: no clouds.yaml was found`);
  }
  const clouds = cloudsOf(file);
  const entry = clouds[cloud];
  if (!isMap(entry)) {
    const known = Object.keys(clouds).join(', ');
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${file} has no cloud ${cloud} (it has: ${known})`);
  }
  const secureFile = findFile('secure', environment);
  const secret = secureFile === undefined ? undefined : cloudsOf(secureFile)[cloud];
  return { name: `cloud ${cloud} of ${file}`, entry: isMap(secret) ? merged(entry, secret) : entry };
}

function cloudsOf(file: string): Entry {
  let content: unknown;
  try {
    content = parse(readTextFile(file));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    // The parser repeats the line, which may hold a password.
    const reason = describeError(error).replace(/:\s.*$/s, '');
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${file} is not YAML: ${reason}`, { context: { file } });
  }
  return isMap(content) && isMap(content.clouds) ? content.clouds : {};
}

function merged(below: Entry, above: Entry): Entry {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const before = result[key];
    result[key] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}

/** OS_PROJECT_NAME is `auth.project_name`, and so on; older names of the same as well. */
function entryOfVariables(variables: CloudEnvironment['variables']): Entry {
  const variable = (...names: string[]) =>
    names.map((name) => variables[`OS_${name}`]).find((value) => value !== undefined && value !== '');
  const defaultDomain = { name: variable('DEFAULT_DOMAIN_NAME'), id: variable('DEFAULT_DOMAIN') };
  return {
    auth: present({
      auth_url: variable('AUTH_URL'),
      username: variable('USERNAME', 'USER_NAME'),
      user_id: variable('USER_ID'),
      password: variable('PASSWORD'),
      user_domain_name: variable('USER_DOMAIN_NAME') ?? defaultDomain.name,
      user_domain_id: variable('USER_DOMAIN_ID') ?? defaultDomain.id,
      project_name: variable('PROJECT_NAME', 'TENANT_NAME'),
      project_id: variable('PROJECT_ID', 'TENANT_ID'),
      project_domain_name: variable('PROJECT_DOMAIN_NAME') ?? defaultDomain.name,
      project_domain_id: variable('PROJECT_DOMAIN_ID') ?? defaultDomain.id,
      domain_name: variable('DOMAIN_NAME'),
      domain_id: variable('DOMAIN_ID'),
      system_scope: variable('SYSTEM_SCOPE'),
      application_credential_id: variable('APPLICATION_CREDENTIAL_ID'),
      application_credential_name: variable('APPLICATION_CREDENTIAL_NAME'),
      application_credential_secret: variable('APPLICATION_CREDENTIAL_SECRET'),
      token: variable('TOKEN', 'AUTH_TOKEN'),
    }),
    ...present({
      auth_type: variable('AUTH_TYPE'),
      region_name: variable('REGION_NAME'),
      interface: variable('INTERFACE', 'ENDPOINT_TYPE'),
      cacert: variable('CACERT'),
      cert: variable('CERT'),
      key: variable('KEY'),
      verify: /^(1|true|yes)$/i.test(variable('INSECURE') ?? '') ? false : undefined,
      compute_endpoint_override: variable('COMPUTE_ENDPOINT_OVERRIDE'),
      metric_endpoint_override: variable('METRIC_ENDPOINT_OVERRIDE'),
    }),
  };
}

function identityUrl(address: string, source: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${source}: auth_url is not http(s)://host[:port][/path]`);
  }
  const base = url.pathname.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
  return `${url.origin}${base.endsWith('/v3') ? base : `${base}/v3`}`;
}

/** `publicURL` is an older spelling of `public`. */
function interfaceOf(entry: Entry, source: string): EndpointInterface {
  const word = (text(entry.interface) ?? text(entry.endpoint_type) ?? 'public').replace(/URL$/, '');
  if (word === 'public' || word === 'internal' || word === 'admin') return word;
  throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${source}: interface must be public, internal or admin`);
}

function onlyRegion(regions: unknown): string | undefined {
  const [first, ...others] = Array.isArray(regions) ? regions : [];
  if (first === undefined || others.length > 0) return undefined;
  return isMap(first) ? text(first.name) : text(first);
}

function tlsOf(entry: Entry, homeDirectory: string): TlsOptions {
  const file = (value: unknown) => text(value)?.replace(/^~(?=\/)/, homeDirectory);
  return {
    ...present({ caFile: file(entry.cacert), certFile: file(entry.cert), keyFile: file(entry.key) }),
    ...(entry.verify === false || text(entry.verify)?.toLowerCase() === 'false' ? { insecureSkipVerify: true } : {}),
  };
}

function endpointOverrides(entry: Entry): Readonly<Record<string, string>> {
  return present({
    compute: text(entry.compute_endpoint_override),
    metric: text(entry.metric_endpoint_override),
  });
}

/** Numbers as they stand in YAML are names and passwords here. */
function textsOf(map: Entry): CloudAuth {
  return present(Object.fromEntries(Object.entries(map).map(([key, value]) => [key, text(value)])));
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null || isMap(value) || Array.isArray(value) ? undefined : String(value);
}

function present<Value>(map: Readonly<Record<string, Value | undefined>>): Record<string, Value>;
function present<Values extends object>(map: Values): Values;
function present(map: object): object {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}

function isMap(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
