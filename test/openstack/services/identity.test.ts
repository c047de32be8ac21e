import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { type CloudAuth, OpenStackCloud } from '../../../src/openstack/index.ts';
import { KeystoneServer, PASSWORD } from '../../helpers/cloud/keystone.ts';
import { LoopbackServer } from '../../helpers/cloud/loopback-server.ts';

let keystone: KeystoneServer;
/** A service behind Keystone: it answers with the token that it was given. */
let service: LoopbackServer;
let clock: ManualClock;

beforeEach(async () => {
  keystone = new KeystoneServer();
  await keystone.server.start();
  service = new LoopbackServer(
    (request) => keystone.refusalOf(request) ?? { status: 200, json: { token: request.headers['x-auth-token'] } },
  );
  await service.start();
  keystone.add('metric', `${service.url}/`);
  clock = new ManualClock(0);
});

afterEach(async () => {
  await Promise.all([keystone.server.stop().catch(() => undefined), service.stop()]);
});

function openCloud(auth: Partial<CloudAuth> = {}, options: { region?: string } = {}) {
  return new OpenStackCloud({
    auth: {
      auth_url: keystone.server.url,
      username: 'ceilometer',
      password: PASSWORD,
      project_name: 'service',
      ...auth,
    },
    clock,
    ...options,
  });
}

async function ask(cloud: OpenStackCloud): Promise<unknown> {
  const reply = await cloud.client('Gnocchi', 'metric').send('/v1/resource', { method: 'GET' });
  return reply.statusCode === 200 ? (reply.content as { token: string }).token : reply.statusCode;
}

describe('a logon to Keystone sends', () => {
  const bodyOf = async (auth: Partial<CloudAuth>) => {
    await ask(openCloud(auth));
    return keystone.server.requests.at(-1)?.json;
  };

  test('a password, scoped to a project by name', async () => {
    expect(await bodyOf({ user_domain_name: 'Default', project_domain_name: 'Default' })).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'ceilometer', domain: { name: 'Default' }, password: PASSWORD } },
        },
        scope: { project: { name: 'service', domain: { name: 'Default' } } },
      },
    });
  });

  test('ids instead of names; a domain that is not named is the default one', async () => {
    expect(await bodyOf({ user_id: 'u1', project_id: 'p1' })).toMatchObject({
      auth: {
        identity: { password: { user: { id: 'u1', password: PASSWORD } } },
        scope: { project: { id: 'p1' } },
      },
    });
    expect(await bodyOf({})).toMatchObject({
      auth: { identity: { password: { user: { name: 'ceilometer', domain: { id: 'default' } } } } },
    });
  });

  test('an application credential, which brings its own project', async () => {
    expect(await bodyOf({ application_credential_id: 'ac1', application_credential_secret: PASSWORD })).toEqual({
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: 'ac1', secret: PASSWORD } },
      },
    });
  });

  test('a token', async () => {
    const auth = { token: PASSWORD, password: undefined };
    expect(await bodyOf(auth)).toMatchObject({ auth: { identity: { methods: ['token'], token: { id: PASSWORD } } } });
  });
});

describe('a token', () => {
  test('is requested once for concurrent callers', async () => {
    const cloud = openCloud();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => ask(cloud)));
    expect(new Set(tokens).size).toBe(1);
    expect(keystone.logons).toBe(1);
  });

  test('is renewed before it expires', async () => {
    const cloud = openCloud();
    const first = await ask(cloud);
    await clock.advance(3_000_000);
    expect(await ask(cloud)).toBe(first);
    await clock.advance(400_000);
    expect(await ask(cloud)).not.toBe(first);
    expect(keystone.logons).toBe(2);
  });

  test('that lives for a minute only is used for most of that time', async () => {
    keystone.lifetime = 60;
    const cloud = openCloud();
    await ask(cloud);
    await clock.advance(50_000);
    await ask(cloud);
    expect(keystone.logons).toBe(1);
    await clock.advance(5_000);
    await ask(cloud);
    expect(keystone.logons).toBe(2);
  });

  test('that lives for six seconds is renewed when it expired on its way to the service', async () => {
    keystone.lifetime = 6;
    const cloud = openCloud();
    await ask(cloud);
    await clock.advance(4_000);
    keystone.revokeAll();
    expect(await ask(cloud)).not.toBe(401);
    expect(keystone.logons).toBe(2);
    // One that is younger would be refused again.
    await clock.advance(2_000);
    keystone.revokeAll();
    expect(await ask(cloud)).toBe(401);
    expect(keystone.logons).toBe(2);
  });

  test('that was revoked is renewed once for all concurrent 401s', async () => {
    const cloud = openCloud();
    await ask(cloud);
    await clock.advance(20_000);
    keystone.revokeAll();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => ask(cloud)));
    expect(new Set(tokens).size).toBe(1);
    expect(keystone.logons).toBe(2);
  });

  test('is not renewed endlessly for a service that accepts none', async () => {
    service.disturb = () => ({ status: 401, json: { error: { code: 401, message: 'no' } } });
    const cloud = openCloud();
    for (let round = 0; round < 5; round += 1) expect(await ask(cloud)).toBe(401);
    expect(keystone.logons).toBe(1);
  });

  test('is used until it expires while Keystone is down', async () => {
    const cloud = openCloud();
    const first = await ask(cloud);
    keystone.server.disturb = () => ({ status: 503 });
    await clock.advance(3_400_000);
    expect(await ask(cloud)).toBe(first);
    expect(await ask(cloud)).toBe(first);
    // One attempt in half a minute, not one with every request.
    expect(keystone.logons).toBe(2);
    await clock.advance(300_000);
    await expect(ask(cloud)).rejects.toMatchObject({ code: 'POWERVM_OPENSTACK_ANSWER' });
    keystone.server.disturb = () => undefined;
    expect(await ask(cloud)).not.toBe(first);
  });
});

describe('readable errors', () => {
  test('refused credentials are retried with growing pauses', async () => {
    const cloud = openCloud({ password: 'wrong-pass' });
    const refusal = {
      code: 'POWERVM_OPENSTACK_LOGON_REFUSED',
      message: expect.stringContaining('refused user ceilometer'),
    };
    for (let round = 0; round < 5; round += 1) await expect(ask(cloud)).rejects.toMatchObject(refusal);
    expect(keystone.logons).toBe(1);
    await clock.advance(61_000);
    await expect(ask(cloud)).rejects.toMatchObject(refusal);
    await clock.advance(61_000);
    await expect(ask(cloud)).rejects.toMatchObject(refusal);
    expect(keystone.logons).toBe(2);
    await clock.advance(60_000);
    await expect(ask(cloud)).rejects.toMatchObject(refusal);
    expect(keystone.logons).toBe(3);
  });

  test('an application credential that was deleted is a refusal, and an address without Keystone is none', async () => {
    const credential = { application_credential_id: 'cred-1', application_credential_secret: PASSWORD };
    const notFound = (message: string) => () => ({ status: 404, json: { error: { code: 404, message } } });
    keystone.server.disturb = notFound('Could not find Application Credential: cred-1.');
    const cloud = new OpenStackCloud({ auth: { auth_url: keystone.server.url, ...credential }, clock });
    const refusal = { code: 'POWERVM_OPENSTACK_LOGON_REFUSED', message: expect.stringContaining('Could not find') };
    for (let round = 0; round < 3; round += 1) await expect(ask(cloud)).rejects.toMatchObject(refusal);
    expect(keystone.logons).toBe(1);
    keystone.server.disturb = notFound('The resource could not be found.');
    const other = new OpenStackCloud({ auth: { auth_url: keystone.server.url, ...credential }, clock });
    await expect(ask(other)).rejects.toMatchObject({ code: 'POWERVM_OPENSTACK_ANSWER' });
  });

  test('no secret shows in an error or when a cloud is printed', async () => {
    const cloud = openCloud({ password: 'wrong-pass' });
    const error = await ask(cloud).catch((caught: unknown) => caught);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('wrong-pass');
    expect(inspect(cloud, { depth: 10, showHidden: true })).not.toContain('wrong-pass');
  });

  test('Keystone down', async () => {
    await keystone.server.stop();
    await expect(ask(openCloud())).rejects.toMatchObject({
      code: 'POWERVM_OPENSTACK_UNREACHABLE',
      message: `Keystone at ${keystone.server.url}: nothing listens there (connection refused)`,
    });
  });

  test('the responding server is not Keystone', async () => {
    keystone.server.disturb = () => ({ status: 200, text: '<html>welcome</html>' });
    await expect(ask(openCloud())).rejects.toMatchObject({ code: 'POWERVM_OPENSTACK_ANSWER' });
    keystone.server.disturb = () => ({ status: 201, json: [1, 2] });
    await expect(ask(openCloud())).rejects.toMatchObject({ code: 'POWERVM_OPENSTACK_ANSWER' });
  });

  test('a service that is not in the catalog, or not in the region', async () => {
    const missing = openCloud().client('Nova', 'compute').send('/servers', { method: 'GET' });
    await expect(missing).rejects.toMatchObject({
      code: 'POWERVM_OPENSTACK_NO_ENDPOINT',
      message: 'the catalog has no public endpoint of a compute service',
    });
    await expect(ask(openCloud({}, { region: 'RegionTwo' }))).rejects.toMatchObject({
      message:
        'the catalog has no public endpoint of a metric service in region RegionTwo (it has: public in RegionOne)',
    });
  });

  test('several regions and none named', async () => {
    keystone.add('metric', 'http://127.0.0.1:1', 'public', 'RegionTwo');
    await expect(ask(openCloud())).rejects.toMatchObject({ message: expect.stringContaining('name the region') });
    expect(await ask(openCloud({}, { region: 'RegionOne' }))).toMatch(/^gAAAAA/);
  });
});
