import { homedir } from 'node:os';
import { ConfigurationError } from '../../base/errors/errors.ts';
import type { TlsOptions } from '../../base/http/tls-options.ts';
import { type CloudEntry, type CloudEnvironment, type CloudSource, isMap, present, text } from './cloud-entry.ts';
import { authenticationOf, type CloudAuth, type CloudSettings, type EndpointInterface } from './cloud-settings.ts';
import { cloudOfFiles, findClouds } from './clouds-file.ts';
import { entryOfVariables } from './os-variables.ts';

/** How to get into a cloud: by a clouds.yaml, the environment, or keys of its own. */
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

function sourceOf(options: OpenStackOptions, environment: CloudEnvironment): CloudSource {
  const { variables } = environment;
  const cloud = options.cloud ?? (options.auth?.auth_url === undefined ? variables.OS_CLOUD : undefined);
  if (cloud !== undefined && cloud !== '') return cloudOfFiles(cloud, environment);
  if (options.auth?.auth_url !== undefined) return { name: 'openstack auth', entry: {} };
  if (variables.OS_AUTH_URL !== undefined) return { name: 'the OS_* variables', entry: entryOfVariables(variables) };
  const clouds = findClouds(environment);
  const [only, ...others] = clouds?.names ?? [];
  if (only !== undefined && others.length === 0) return cloudOfFiles(only, environment);
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    only === undefined
      ? 'there is no way into OpenStack: no auth.auth_url, no OS_AUTH_URL, and no clouds.yaml was found'
      : `${clouds?.file} has several clouds: name one of ${[only, ...others].join(', ')} with cloud or OS_CLOUD`,
  );
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
function interfaceOf(entry: CloudEntry, source: string): EndpointInterface {
  const word = (text(entry.interface) ?? text(entry.endpoint_type) ?? 'public').replace(/URL$/, '');
  if (word === 'public' || word === 'internal' || word === 'admin') return word;
  throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${source}: interface must be public, internal or admin`);
}

function onlyRegion(regions: unknown): string | undefined {
  const [first, ...others] = Array.isArray(regions) ? regions : [];
  if (first === undefined || others.length > 0) return undefined;
  return isMap(first) ? text(first.name) : text(first);
}

function tlsOf(entry: CloudEntry, homeDirectory: string): TlsOptions {
  const file = (value: unknown) => text(value)?.replace(/^~(?=\/)/, homeDirectory);
  return {
    ...present({ caFile: file(entry.cacert), certFile: file(entry.cert), keyFile: file(entry.key) }),
    ...(entry.verify === false || text(entry.verify)?.toLowerCase() === 'false' ? { insecureSkipVerify: true } : {}),
  };
}

function endpointOverrides(entry: CloudEntry): Readonly<Record<string, string>> {
  return present({
    compute: text(entry.compute_endpoint_override),
    metric: text(entry.metric_endpoint_override),
  });
}

function textsOf(map: CloudEntry): CloudAuth {
  return present(Object.fromEntries(Object.entries(map).map(([key, value]) => [key, text(value)])));
}
