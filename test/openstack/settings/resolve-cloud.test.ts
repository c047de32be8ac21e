import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { type OpenStackOptions, resolveCloud } from '../../../src/openstack/settings/resolve-cloud.ts';

const CLOUDS = `
clouds:
  production:
    auth:
      auth_url: https://keystone.example.com:5000
      username: ceilometer
      project_name: service
      user_domain_name: Default
      project_domain_name: Default
    region_name: ams
    interface: internal
    cacert: ~/ca.pem
    metric_endpoint_override: https://gnocchi.example.com
  robot:
    auth_type: v3applicationcredential
    auth:
      auth_url: https://keystone.example.com/identity/v3/
      application_credential_id: ac1
      application_credential_secret: 12345
    verify: false
`;
const SECURE = `
clouds:
  production:
    auth:
      password: from-secure
`;

let home: string;
let work: string;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'clouds-home-'));
  work = await mkdtemp(path.join(tmpdir(), 'clouds-work-'));
  const directory = path.join(home, '.config/openstack');
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'clouds.yaml'), CLOUDS);
  await writeFile(path.join(directory, 'secure.yaml'), SECURE);
});

afterAll(async () => {
  await Promise.all([home, work].map((directory) => rm(directory, { recursive: true })));
});

function resolve(options: OpenStackOptions = {}, variables: Record<string, string> = {}) {
  return resolveCloud(options, { variables, workingDirectory: work, homeDirectory: home });
}

describe('clouds.yaml', () => {
  test('gives address, authentication, region, interface and endpoints; secure.yaml adds the secrets', () => {
    const settings = resolve({ cloud: 'production' });
    expect(settings).toMatchObject({
      authUrl: 'https://keystone.example.com:5000/v3',
      region: 'ams',
      interface: 'internal',
      tls: { caFile: path.join(home, 'ca.pem') },
      endpoints: { metric: 'https://gnocchi.example.com' },
    });
    expect(settings.authentication.body()).toMatchObject({
      auth: { identity: { password: { user: { name: 'ceilometer', password: 'from-secure' } } } },
    });
  });

  test('is chosen by OS_CLOUD, and has application credentials', () => {
    const settings = resolve({}, { OS_CLOUD: 'robot' });
    expect(settings).toMatchObject({
      authUrl: 'https://keystone.example.com/identity/v3',
      interface: 'public',
      tls: { insecureSkipVerify: true },
    });
    // A number in YAML is the text of a secret.
    expect(settings.authentication.body()).toEqual({
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: 'ac1', secret: '12345' } },
      },
    });
  });

  test('is found by OS_CLIENT_CONFIG_FILE before all other locations', async () => {
    const file = path.join(work, 'elsewhere.yaml');
    await writeFile(file, 'clouds: {only: {auth: {auth_url: "http://127.0.0.1:5000/v2.0", token: t, project_id: p}}}');
    expect(resolve({}, { OS_CLIENT_CONFIG_FILE: file }).authUrl).toBe('http://127.0.0.1:5000/v3');
  });

  test('is overridden by options key by key', () => {
    const settings = resolve({
      cloud: 'production',
      region: 'fra',
      auth: { username: 'robot', password: new Secret('x') },
    });
    expect(settings.region).toBe('fra');
    expect(settings.authentication.body()).toMatchObject({
      auth: {
        identity: { password: { user: { name: 'robot', password: 'x' } } },
        scope: { project: { name: 'service' } },
      },
    });
  });
});

test('the environment works the same with OS_* variables', () => {
  const settings = resolve(
    {},
    {
      OS_AUTH_URL: 'http://10.0.0.1:5000',
      OS_USERNAME: 'admin',
      OS_PASSWORD: 'pass',
      OS_TENANT_NAME: 'admin',
      OS_USER_DOMAIN_NAME: 'Default',
      OS_REGION_NAME: 'RegionOne',
      OS_ENDPOINT_TYPE: 'internalURL',
      OS_CACERT: '/etc/ssl/cloud.pem',
      OS_INSECURE: '0',
    },
  );
  expect(settings).toMatchObject({
    authUrl: 'http://10.0.0.1:5000/v3',
    region: 'RegionOne',
    interface: 'internal',
    tls: { caFile: '/etc/ssl/cloud.pem' },
  });
  expect(settings.authentication.body()).toMatchObject({ auth: { scope: { project: { name: 'admin' } } } });
});

test('options with an auth URL ignore the environment', () => {
  const auth = { auth_url: 'http://127.0.0.1:5000', username: 'u', password: 'p', project_name: 'service' };
  const settings = resolve({ auth }, { OS_CLOUD: 'robot', OS_REGION_NAME: 'other', OS_PROJECT_ID: 'other' });
  expect(settings.region).toBeUndefined();
  expect(settings.authentication.who).toBe('user u');
});

describe('readable configuration errors', () => {
  const auth = { auth_url: 'http://127.0.0.1:5000', username: 'u', password: 'p', project_name: 'service' };
  test.each<[string, OpenStackOptions, string]>([
    ['several clouds', {}, 'has several clouds: name one of production, robot with cloud or OS_CLOUD'],
    ['no such cloud', { cloud: 'prodution' }, 'has no cloud prodution (it has: production, robot)'],
    ['no project', { auth: { ...auth, project_name: undefined } }, 'openstack auth: project_name or project_id'],
    ['no password', { auth: { ...auth, password: undefined } }, 'openstack auth: password is missing'],
    ['no user', { auth: { ...auth, username: undefined } }, 'openstack auth: username or user_id is missing'],
    ['an unknown type', { auth, authType: 'v3oidcpassword' }, 'auth_type v3oidcpassword is not supported'],
    ['no address', { auth: { ...auth, auth_url: 'keystone:5000' } }, 'auth_url is not http(s)://host[:port][/path]'],
  ])('%s', (_, options, message) => {
    expect(() => resolve(options)).toThrow(message);
  });

  test('a file that is not YAML is named without repeating its content', async () => {
    const file = path.join(work, 'broken.yaml');
    await writeFile(file, 'clouds:\n  x: {auth: {password: very-secret');
    const variables = { OS_CLIENT_CONFIG_FILE: file };
    expect(() => resolve({ cloud: 'x' }, variables)).toThrow(`${file} is not YAML`);
    const error = (() => {
      try {
        return resolve({ cloud: 'x' }, variables);
      } catch (caught) {
        return caught;
      }
    })();
    expect(inspect(error, { depth: 5 })).not.toContain('very-secret');
  });
});
