import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Clock } from '../../../src/base/clock/clock.ts';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { partitionUuidOfInstance } from '../../../src/base/text/uuid.ts';
import { InstanceDiscovery, OpenStackCloud } from '../../../src/openstack/index.ts';
import { NovaServer } from '../../helpers/cloud/nova.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { KeystoneAdministrator, tokenOf } from '../services/keystone.ts';
import { copyInstance, moveInstance } from '../services/nova-database.ts';
import { NovaUser } from '../services/nova-user.ts';
import { keystoneUrl, PASSWORD } from '../services/settings.ts';

const settings = inject('cloud');
const FLAVORS = { small: '1001', large: '1002' };
let admin: NovaUser;
let keystone: KeystoneAdministrator;
let image: string;

beforeAll(async () => {
  admin = await NovaUser.login(settings);
  keystone = await KeystoneAdministrator.login(settings);
  image = await admin.createImage('linux');
  await admin.createFlavor(FLAVORS.small, 'nova.small', {
    vcpus: 1,
    ram: 512,
    disk: 10,
    'OS-FLV-EXT-DATA:ephemeral': 1,
  });
  await admin.createFlavor(FLAVORS.large, 'nova.large', { vcpus: 2, ram: 1024, disk: 20 });
});

afterAll(async () => {
  for (const id of Object.values(FLAVORS)) await admin.call('DELETE', `/flavors/${id}`);
});

function cloudOf(
  auth: Readonly<Record<string, string>> = {},
  options: { readonly clock?: Clock } = {},
): OpenStackCloud {
  const account = { username: 'ceilometer', project_name: 'service', password: PASSWORD, ...auth };
  const cloud = new OpenStackCloud({
    auth: {
      auth_url: keystoneUrl(settings),
      user_domain_name: 'Default',
      project_domain_name: 'Default',
      ...account,
      password: new Secret(account.password),
    },
    ...options,
  });
  afterThisTest(async () => cloud.close());
  return cloud;
}

async function boot(name: string, host?: string): Promise<string> {
  const id = await admin.boot(image, { name, flavor: FLAVORS.small, ...(host === undefined ? {} : { host }) });
  afterThisTest(async () => {
    if ((await admin.ask('DELETE', `/servers/${id}`)).status < 400) await admin.until(id, 'DELETED');
  });
  return id;
}

/** What a discovery that has just asked knows of the partition of an instance. */
async function seen(discovery: InstanceDiscovery, id: string) {
  expect(await discovery.refresh()).toBeUndefined();
  const match = discovery.match(partitionUuidOfInstance(id));
  return match.kind === 'instance' ? match.instance : undefined;
}

test('what people do with an instance by the API is in the directory after its next question', async () => {
  const discovery = new InstanceDiscovery({ cloud: cloudOf() });
  const id = await boot('web', 'neo-1');
  expect(await seen(discovery, id)).toMatchObject({
    id,
    name: 'web',
    host: 'neo-1',
    status: 'ACTIVE',
    vmState: 'active',
    taskState: undefined,
    projectId: await keystone.idOf('projects', 'admin'),
    userId: await keystone.idOf('users', 'admin'),
    instanceName: expect.stringMatching(/^instance-[0-9a-f]{8}$/),
    image: { id: image },
    flavor: { id: FLAVORS.small, name: 'nova.small', vcpus: 1, ram: 512, disk: 10, ephemeral: 1 },
  });

  await admin.call('PUT', `/servers/${id}`, { server: { name: 'shop' } });
  await admin.call('POST', `/servers/${id}/metadata`, { metadata: { 'metering.stack': 'blue' } });
  expect(await seen(discovery, id)).toMatchObject({ name: 'shop', metadata: { 'metering.stack': 'blue' } });

  await admin.act(id, 'resize', { flavorRef: FLAVORS.large });
  await admin.until(id, 'VERIFY_RESIZE');
  await admin.act(id, 'confirmResize');
  await admin.until(id, 'ACTIVE');
  expect(await seen(discovery, id)).toMatchObject({ flavor: { id: FLAVORS.large, vcpus: 2, ram: 1024, disk: 20 } });

  const before = (await seen(discovery, id))?.host;
  await admin.act(id, 'migrate');
  await admin.until(id, 'VERIFY_RESIZE');
  await admin.act(id, 'confirmResize');
  await admin.until(id, 'ACTIVE');
  const after = (await seen(discovery, id))?.host;
  expect([before, after].sort()).toEqual(['neo-1', 'neo-2']);

  const other = await admin.createImage('other');
  await admin.act(id, 'rebuild', { imageRef: other });
  await admin.until(id, 'ACTIVE');
  expect(await seen(discovery, id)).toMatchObject({ image: { id: other }, status: 'ACTIVE' });

  await admin.act(id, 'os-stop');
  await admin.until(id, 'SHUTOFF');
  expect(await seen(discovery, id)).toMatchObject({ status: 'SHUTOFF', vmState: 'stopped' });
  await admin.act(id, 'os-start');
  await admin.until(id, 'ACTIVE');

  await admin.act(id, 'shelve');
  await admin.until(id, 'SHELVED_OFFLOADED');
  expect(await seen(discovery, id)).toMatchObject({ status: 'SHELVED_OFFLOADED', host: undefined });
  await admin.act(id, 'unshelve');
  await admin.until(id, 'ACTIVE');
  expect((await seen(discovery, id))?.host).toMatch(/^neo-[12]$/);

  await admin.act(id, 'os-resetState', { state: 'error' });
  expect(await seen(discovery, id)).toMatchObject({ status: 'ERROR', vmState: 'error' });

  await admin.call('DELETE', `/servers/${id}`);
  await admin.until(id, 'DELETED');
  expect(await seen(discovery, id)).toBeUndefined();
});

test('an instance that moves to another project, which only the database can do, has its new owner', async () => {
  const discovery = new InstanceDiscovery({ cloud: cloudOf() });
  const id = await boot('moving');
  expect((await seen(discovery, id))?.projectId).toBe(await keystone.idOf('projects', 'admin'));
  const service = await keystone.idOf('projects', 'service');
  await moveInstance(settings, id, service);
  expect((await seen(discovery, id))?.projectId).toBe(service);
});

test('who may not list other projects is told what right is missing; its own instances are seen with all_tenants off', async () => {
  const project = await keystone.create('project', 'projects', { name: 'shop', domain_id: 'default' });
  const user = await keystone.create('user', 'users', { name: 'clerk', domain_id: 'default', password: PASSWORD });
  afterThisTest(async () => {
    await keystone.call('DELETE', `users/${user}`);
    await keystone.call('DELETE', `projects/${project}`);
  });
  await keystone.call('PUT', `projects/${project}/users/${user}/roles/${await keystone.idOf('roles', 'member')}`);
  const account = { username: 'clerk', project_name: 'shop' };
  const all = new InstanceDiscovery({ cloud: cloudOf(account) });
  expect(await all.refresh()).toMatchObject({ code: 'POWERVM_OPENSTACK_FORBIDDEN' });

  const [own, foreign] = [
    await (await NovaUser.login(settings, 'clerk', 'shop')).boot(image, { name: 'till', flavor: FLAVORS.small }),
    await boot('foreign'),
  ];
  afterThisTest(async () => {
    await admin.call('DELETE', `/servers/${own}`);
    await admin.until(own, 'DELETED');
  });
  const discovery = new InstanceDiscovery({ cloud: cloudOf(account), allTenants: false });
  expect(await seen(discovery, own)).toMatchObject({ name: 'till', projectId: project, userId: user });
  // Nova hides from who is no administrator where an instance runs.
  expect((await seen(discovery, own))?.host).toBeUndefined();
  expect(await seen(discovery, foreign)).toBeUndefined();
});

test('the host of a NovaLink sees its own instances only', async () => {
  const [here, there] = [await boot('here', 'neo-1'), await boot('there', 'neo-2')];
  const discovery = new InstanceDiscovery({ cloud: cloudOf(), host: 'neo-1' });
  expect(await seen(discovery, here)).toMatchObject({ host: 'neo-1' });
  expect(await seen(discovery, there)).toBeUndefined();
});

/** A user of its own with Ceilometer's rights, for what is done to its account. */
async function account(name: string, roles: readonly string[] = ['admin']): Promise<string> {
  const user = await keystone.create('user', 'users', { name, domain_id: 'default', password: PASSWORD });
  afterThisTest(async () => void (await keystone.call('DELETE', `users/${user}`)));
  const project = await keystone.idOf('projects', 'service');
  for (const role of roles) {
    await keystone.call('PUT', `projects/${project}/users/${user}/roles/${await keystone.idOf('roles', role)}`);
  }
  return user;
}

test('the account of the page, with roles telemetry and reader and its lines of policy, lists all that is needed', async () => {
  const role = await keystone.create('role', 'roles', { name: 'telemetry' });
  afterThisTest(async () => void (await keystone.call('DELETE', `roles/${role}`)));
  await account('otel-powervm', ['telemetry', 'reader']);
  const id = await boot('listed', 'neo-1');
  const cloud = cloudOf({ username: 'otel-powervm' });
  expect(await cloud.account()).toMatchObject({ user: 'otel-powervm', project: 'service' });
  expect((await cloud.account()).roles).toEqual(expect.arrayContaining(['telemetry', 'reader']));
  const instance = { host: 'neo-1', instanceName: expect.stringMatching(/^instance-/), flavor: { id: FLAVORS.small } };
  expect(await seen(new InstanceDiscovery({ cloud }), id)).toMatchObject(instance);
  expect(await seen(new InstanceDiscovery({ cloud, host: 'neo-1' }), id)).toMatchObject(instance);
  expect(
    await new InstanceDiscovery({ cloud: cloudOf({ username: 'otel-powervm' }), host: 'neo-2' }).refresh(),
  ).toBeUndefined();
});

test('a token that Keystone has revoked is replaced by itself', async () => {
  const user = await account('revoked');
  const id = await boot('kept');
  const clock = new ManualClock(Date.now());
  const discovery = new InstanceDiscovery({ cloud: cloudOf({ username: 'revoked' }, { clock }), clock });
  expect(await seen(discovery, id)).toMatchObject({ name: 'kept' });
  await keystone.call('PATCH', `users/${user}`, { user: { enabled: false } });
  await keystone.call('PATCH', `users/${user}`, { user: { enabled: true } });
  // Keystone counts whole seconds: a new token of the second of a revocation counts as revoked.
  await sleep(1_100);
  // A service that refuses a token this young would refuse another one.
  await clock.advance(15_000);
  expect(await seen(discovery, id)).toMatchObject({ name: 'kept' });
});

test('an application credential is accepted', async () => {
  const user = await account('robot');
  const token = await tokenOf(settings, 'robot', 'service');
  const response = await fetch(`${keystoneUrl(settings)}/users/${user}/application_credentials`, {
    method: 'POST',
    headers: { 'x-auth-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({ application_credential: { name: 'collector' } }),
  });
  const { application_credential: made } = (await response.json()) as {
    readonly application_credential: { readonly id: string; readonly secret: string };
  };
  const cloud = new OpenStackCloud({
    auth: {
      auth_url: keystoneUrl(settings),
      application_credential_id: made.id,
      application_credential_secret: new Secret(made.secret),
    },
  });
  afterThisTest(async () => cloud.close());
  const id = await boot('credited');
  expect(await seen(new InstanceDiscovery({ cloud }), id)).toMatchObject({ name: 'credited' });
});

test('1,500 instances are read page by page, whole and as changes', async () => {
  const id = await boot('model');
  const copies = await copyInstance(settings, id, 1_500);
  afterThisTest(copies.remove);
  const discovery = new InstanceDiscovery({ cloud: cloudOf() });
  expect(await discovery.refresh()).toBeUndefined();
  const names = () => discovery.instances.filter(({ name }) => name.startsWith('many')).map(({ name }) => name);
  expect(new Set(names()).size).toBe(1_500);

  await copies.rename('many-again-');
  // The second question is for changes, which are more than a page as well.
  expect(await discovery.refresh()).toBeUndefined();
  expect(names().filter((name) => name.startsWith('many-again-'))).toHaveLength(1_500);
  expect(discovery.instances.filter(({ name }) => name === 'model')).toHaveLength(1);
});

test('the stand-in of the everyday tests answers in the form of the real Nova', async () => {
  const id = await admin.boot(image, { name: 'alike', flavor: FLAVORS.small, metadata: { 'metering.stack': 'shop' } });
  const standIn = new NovaServer({ refusalOf: () => undefined });
  standIn.now = Math.floor(Date.now() / 1_000);
  standIn.entries = [{ id, name: 'alike', host: 'neo-1', flavor: 'p10.small', updated: standIn.now }];
  await standIn.server.start();
  afterThisTest(() => standIn.server.stop());
  const both = async (path: string, microversion: string) => {
    const headers = { 'OpenStack-API-Version': `compute ${microversion}` };
    const answer = await fetch(`${standIn.server.url}/v2.1${path}`, { headers });
    return [
      { status: answer.status, content: await answer.json() },
      await admin.ask('GET', path, undefined, microversion),
    ] as const;
  };
  const differences = async (path: string, microversion: string) => {
    const [played, real] = await both(path, microversion);
    expect(played.status).toBe(real.status);
    return unlike(played.content, real.content);
  };
  expect(await differences(`/servers/${id}`, '2.46')).toEqual([]);
  expect(await differences(`/servers/${id}`, '2.47')).toEqual([]);
  expect(await differences('/servers/detail?all_tenants=True&limit=1', '2.47')).toEqual([]);
  expect(await differences('/flavors/detail?is_public=None&limit=1', '2.47')).toEqual([]);
  expect(await differences('/servers/00000000-0000-4000-8000-000000000000', '2.47')).toEqual([]);
  expect((await both('/servers/detail', '2.999')).map(({ status }) => status)).toEqual([406, 406]);

  const since = new Date(Date.now() - 60_000).toISOString().slice(0, 19).concat('Z');
  await admin.call('DELETE', `/servers/${id}`);
  await admin.until(id, 'DELETED');
  standIn.entries = standIn.entries.map((entry) => ({ ...entry, deleted: true }));
  for (const { content } of await both(`/servers/detail?all_tenants=True&changes-since=${since}`, '2.47')) {
    expect(content.servers.find((server: { id: string }) => server.id === id)).toMatchObject({
      status: 'DELETED',
      'OS-EXT-STS:vm_state': 'deleted',
    });
  }
});

/** Places where a played answer has what the real one has not, or something of another kind. */
function unlike(played: unknown, real: unknown, place = ''): readonly string[] {
  // One boots from a volume, the other from an image: Nova says so by the kind.
  if (place.endsWith('.image')) return [];
  if (kindOf(played) !== kindOf(real)) return [`${place}: ${kindOf(played)} instead of ${kindOf(real)}`];
  if (Array.isArray(played) && Array.isArray(real)) {
    return played.length === 0 ? [] : unlike(played[0], real[0], `${place}[]`);
  }
  if (kindOf(played) !== 'object') return [];
  const [left, right] = [played, real] as [Record<string, unknown>, Record<string, unknown>];
  return Object.keys(left).flatMap((key) => unlike(left[key], right[key], `${place}.${key}`));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
