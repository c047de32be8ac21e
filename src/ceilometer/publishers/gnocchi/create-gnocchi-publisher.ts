import { ExportError, OpenStackError } from '../../../base/errors/errors.ts';
import { redactUrl } from '../../../base/secrets/secret.ts';
import type { OpenStackCloud, OwnClient } from '../../../openstack/openstack-cloud.ts';
import { FixedClient } from '../../../openstack/services/service-client.ts';
import { responseError, ServiceHttp } from '../../../openstack/services/service-http.ts';
import type { Publisher, PublisherContext } from '../publisher.ts';
import { UrlOptions } from '../url-options.ts';
import { stockDefinitions } from './definitions.ts';
import { readDefinitions } from './definitions-file.ts';
import { GnocchiPublisher } from './gnocchi-publisher.ts';

/**
 * Seconds without a response. Ceilometer waits 6.05 and then drops the samples; here a slow Gnocchi gets them in the
 * end.
 */
const DEFAULT_TIMEOUT = 30;
const DEFAULT_DOMAIN = 'Default';

/** Options of Ceilometer's own publisher, and the connection to Gnocchi, which Ceilometer has in ceilometer.conf. */
const knownOptions = [
  ...['archive_policy', 'filter_project', 'filter_domain', 'resources_definition_file', 'timeout', 'back_fill'],
  ...['endpoint', 'auth_type', 'user', 'user_id', 'project_id', 'roles', 'cafile', 'insecure'],
];
const authTypes = ['password', 'gnocchi-basic', 'gnocchi-noauth', 'remoteuser'] as const;

/**
 * `gnocchi://?archive_policy=AP&filter_project=P&filter_domain=D&timeout=30&back_fill=true`, by Keystone; or without it
 * `gnocchi://?endpoint=http://host:8041&auth_type=gnocchi-basic&user=admin`.
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID`
 */
export function createGnocchiPublisher(url: URL, { cloud, clock, logger }: PublisherContext): Publisher {
  const options = new UrlOptions(url);
  for (const name of url.searchParams.keys()) {
    if (!knownOptions.includes(name)) throw options.invalid(name, `is no option (allowed: ${knownOptions.join(', ')})`);
  }
  const archivePolicy = options.text('archive_policy');
  const definitionsFile = options.text('resources_definition_file');
  const backFill = options.flag('back_fill', false);
  if (backFill && archivePolicy !== undefined)
    throw options.invalid('back_fill', 'chooses the archive policies itself');
  return new GnocchiPublisher({
    name: redactUrl(url.href),
    ...openClient(options, cloud),
    definitions: definitionsFile === undefined ? stockDefinitions : readDefinitions(definitionsFile),
    archivePolicy,
    backFill,
    filteredProject: projectFilter(options, cloud),
    clock,
    logger,
  });
}

function openClient(options: UrlOptions, cloud: OpenStackCloud | undefined): OwnClient {
  const readTimeout = options.number('timeout', DEFAULT_TIMEOUT, 0.001) * 1000;
  const endpoint = options.text('endpoint');
  if (endpoint !== undefined && !/^https?:\/\/[^/@]+(\/[^@]*)?$/.test(endpoint)) {
    throw options.invalid('endpoint', 'must be http(s)://host[:port][/path]');
  }
  const authType = options.choice('auth_type', authTypes, 'password');
  if (authType === 'password') {
    if (cloud) return cloud.openClient('Gnocchi', 'metric', { endpoint, readTimeout });
    throw options.invalid('auth_type', 'password is Keystone, and no OpenStack cloud is configured');
  }
  if (endpoint === undefined) throw options.invalid('endpoint', `is needed with auth_type ${authType}`);
  const caFile = options.text('cafile');
  const tls = { ...(caFile === undefined ? {} : { caFile }), insecureSkipVerify: options.flag('insecure', false) };
  const http = new ServiceHttp(tls, readTimeout);
  const headers = headersOf(authType, options);
  return { client: new FixedClient('Gnocchi', endpoint, headers, http), close: () => http.close() };
}

/**
 * How Gnocchi authenticates requests without a Keystone token
 * (docs/reference/openstack-formats.md#gnocchi-authentication).
 */
function headersOf(authType: (typeof authTypes)[number], options: UrlOptions): Readonly<Record<string, string>> {
  switch (authType) {
    case 'gnocchi-basic':
      // A name and no password: Gnocchi does not look at one.
      return { Authorization: `Basic ${Buffer.from(`${options.text('user') ?? 'admin'}:`).toString('base64')}` };
    case 'gnocchi-noauth':
      return {
        'X-User-Id': options.text('user_id') ?? '',
        'X-Project-Id': options.text('project_id') ?? '',
        'X-Roles': options.text('roles') ?? 'admin',
      };
    default:
      // The web server in front of Gnocchi says who asks.
      return {};
  }
}

function projectFilter(options: UrlOptions, cloud: OpenStackCloud | undefined): () => Promise<string | undefined> {
  const project = options.text('filter_project');
  if (project === undefined) return async () => undefined;
  if (!cloud) throw options.invalid('filter_project', 'needs Keystone, and no OpenStack cloud is configured');
  return projectLookup(cloud, project, options.text('filter_domain') ?? DEFAULT_DOMAIN);
}

/** Looks the project up once. @throws {ExportError} `POWERVM_EXPORT_FAILED` as long as Keystone does not say */
function projectLookup(cloud: OpenStackCloud, project: string, domain: string): () => Promise<string | undefined> {
  const keystone = cloud.client('Keystone', 'identity');
  const find = async (
    collection: 'domains' | 'projects',
    query: Record<string, string>,
  ): Promise<string | undefined> => {
    const response = await keystone.send(`/${collection}?${new URLSearchParams(query)}`, { method: 'GET' });
    if (response.statusCode !== 200) throw responseError('Keystone', response.url, response);
    const list = (response.content as Record<string, unknown> | undefined)?.[collection];
    const id: unknown = Array.isArray(list) ? list[0]?.id : undefined;
    return typeof id === 'string' ? id : undefined;
  };
  let found: string | undefined;
  return async () => {
    try {
      if (found === undefined) {
        const domainId = await find('domains', { name: domain });
        if (domainId !== undefined) found = await find('projects', { name: project, domain_id: domainId });
      }
    } catch (error) {
      if (!(error instanceof OpenStackError)) throw error;
      throw new ExportError('POWERVM_EXPORT_FAILED', `filter_project ${project}: ${error.message}`, { cause: error });
    }
    if (found !== undefined) return found;
    throw new ExportError('POWERVM_EXPORT_FAILED', `filter_project: Keystone has no project ${project} in ${domain}`);
  };
}
