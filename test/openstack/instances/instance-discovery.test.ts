import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { InstanceDiscovery, type InstanceDiscoveryOptions, OpenStackCloud } from '../../../src/openstack/index.ts';
import { KeystoneServer, PASSWORD } from '../../helpers/cloud/keystone.ts';
import { NovaServer, type NovaServerEntry } from '../../helpers/cloud/nova.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

const MINUTE = 60_000;
let keystone: KeystoneServer;
let nova: NovaServer;
let clock: ManualClock;
let log: RecordedLog;
let cloud: OpenStackCloud;
let discovery: InstanceDiscovery;

beforeEach(async () => {
  keystone = new KeystoneServer();
  nova = new NovaServer(keystone);
  await Promise.all([keystone.server.start(), nova.server.start()]);
  keystone.add('compute', `${nova.server.url}/v2.1`);
  clock = new ManualClock(0);
  log = new RecordedLog();
  cloud = new OpenStackCloud({
    auth: { auth_url: keystone.authUrl, username: 'ceilometer', password: PASSWORD, project_name: 'service' },
    clock,
    logger: log,
  });
  nova.entries = [1, 2, 3, 4, 5].map((number) => entry(number));
});

afterEach(async () => {
  cloud.close();
  await discovery.stop();
  await Promise.all([keystone.server.stop(), nova.server.stop()]);
});

function uuid(number: number, first = '5'): string {
  return `${first}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function entry(number: number, changes: Partial<NovaServerEntry> = {}): NovaServerEntry {
  return { id: uuid(number), name: `vm-${number}`, host: 'neo-1', flavor: 'p10.small', updated: nova.now, ...changes };
}

async function start(options: Partial<InstanceDiscoveryOptions> = {}): Promise<void> {
  discovery = new InstanceDiscovery({ cloud, clock, logger: log, ...options });
  await discovery.start();
}

function names(): readonly string[] {
  return discovery.instances.map(({ name }) => name).sort();
}

/** Lets time pass, at Nova as well, with real requests in between. */
async function pass(milliseconds: number): Promise<void> {
  nova.now += milliseconds / 1000;
  const settle = async () => {
    for (let quiet = 0; quiet < 10; quiet += 1) {
      const before = nova.server.requests.length + keystone.server.requests.length;
      await new Promise((resolve) => setTimeout(resolve, 3));
      if (nova.server.requests.length + keystone.server.requests.length > before) quiet = 0;
    }
  };
  await clock.advance(milliseconds, settle);
}

describe('requests to Nova list', () => {
  test('all projects, with the flavor in the server, page by page', async () => {
    nova.pageSize = 2;
    await start();
    expect(names()).toEqual(['vm-1', 'vm-2', 'vm-3', 'vm-4', 'vm-5']);
    expect(nova.listings.map(({ query }) => query.get('marker'))).toEqual([null, uuid(2), uuid(4)]);
    expect(nova.listings[0]?.query.get('all_tenants')).toBe('True');
    expect(nova.listings[0]?.query.has('host')).toBe(false);
    expect(nova.listings[0]?.headers['openstack-api-version']).toBe('compute 2.47');
  });

  test('one host', async () => {
    nova.entries = [entry(1), entry(2, { host: 'neo-2' })];
    await start({ host: 'neo-2' });
    expect(names()).toEqual(['vm-2']);
  });

  test('only the own project', async () => {
    await start({ allTenants: false });
    expect(nova.listings[0]?.query.has('all_tenants')).toBe(false);
  });

  test('changes only after the first list, and everything periodically', async () => {
    await start();
    await pass(5 * MINUTE);
    const since = nova.listings.at(-1)?.query.get('changes-since');
    // Ten minutes before now: the listing of before, and an overlap.
    expect(Date.parse(since ?? '') / 1000).toBe(nova.now - 600);
    await pass(60 * MINUTE);
    const full = nova.listings.filter(({ query }) => !query.has('changes-since'));
    expect([nova.listings.length, full.length]).toEqual([14, 2]);
  });
});

describe('a Nova without a Date header, as under uWSGI', () => {
  beforeEach(() => {
    nova.hasDate = false;
  });

  test('is asked for changes since the newest listed change', async () => {
    const newest = nova.now - 1_000;
    nova.entries = [entry(1, { updated: newest }), entry(2, { updated: newest - 5_000 })];
    await start();
    await pass(5 * MINUTE);
    const since = () => Date.parse(nova.listings.at(-1)?.query.get('changes-since') ?? '') / 1000;
    expect(since()).toBe(newest - 300);
    // A listing without any change leaves it where it was.
    await pass(5 * MINUTE);
    expect(since()).toBe(newest - 300);
    nova.entries = [...nova.entries, entry(3)];
    await pass(5 * MINUTE);
    expect(names()).toEqual(['vm-1', 'vm-2', 'vm-3']);
    expect(nova.listings.filter(({ query }) => !query.has('changes-since'))).toHaveLength(1);
  });

  test('without instances is asked for everything', async () => {
    nova.entries = [];
    await start();
    await pass(5 * MINUTE);
    expect(nova.listings.map(({ query }) => query.has('changes-since'))).toEqual([false, false]);
  });
});

describe('an instance', () => {
  test('has owner, names and flavor, id and name', async () => {
    nova.entries = [entry(1)];
    await start();
    expect(discovery.instances).toEqual([
      {
        id: uuid(1),
        name: 'vm-1',
        instanceName: 'instance-vm-1',
        projectId: '9c8b7a6d5e4f40312233445566778899',
        userId: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
        host: 'neo-1',
        hostId: '1ba6c5fd72c8e0b1a9c3c0f4c06f2a5a52a0e2e7bd9b8f1dd9d5b9d2',
        status: 'ACTIVE',
        vmState: 'active',
        taskState: undefined,
        availabilityZone: 'nova',
        createdAt: '2026-11-22T20:00:00Z',
        launchedAt: '2026-11-22T20:01:00.000000',
        image: undefined,
        flavor: { id: '42', name: 'p10.small', vcpus: 2, ram: 4096, disk: 20, ephemeral: 5, swap: 0, extraSpecs: {} },
        metadata: { 'metering.stack': 'shop' },
      },
    ]);
  });

  test('has them from a Nova without the microversion, too', async () => {
    nova.newestMicroversion = 38;
    nova.entries = [entry(1)];
    await start();
    expect(discovery.instances[0]?.flavor).toMatchObject({ id: '42', name: 'p10.small', ephemeral: 5, swap: 0 });
  });

  test('has the id of a flavor that was deleted', async () => {
    nova.deletedFlavors.add('p10.large');
    nova.entries = [entry(1, { flavor: 'p10.large' })];
    await start();
    expect(discovery.instances[0]?.flavor).toMatchObject({ id: '43', name: 'p10.large', vcpus: 2 });
  });

  test('without permission to see flavors has the data in the server record', async () => {
    nova.server.disturb = ({ path }) =>
      path.includes('flavors') ? { status: 403, json: { forbidden: { message: 'Policy', code: 403 } } } : undefined;
    nova.entries = [entry(1)];
    await start();
    // The id comes from the server itself, asked in the older form.
    expect(discovery.instances[0]?.flavor).toMatchObject({ id: '42', name: 'p10.small' });
  });

  test('vanishes when it is deleted, and changes when it does', async () => {
    await start();
    nova.now += 100;
    nova.entries = [entry(1, { deleted: true }), entry(2, { name: 'renamed' }), ...nova.entries.slice(2)];
    await pass(5 * MINUTE);
    expect(names()).toEqual(['renamed', 'vm-3', 'vm-4', 'vm-5']);
    expect(discovery.match(uuid(2))).toMatchObject({ kind: 'instance', instance: { name: 'renamed' } });
  });

  test('that left without a visible change disappears with the next full list', async () => {
    await start();
    nova.entries = nova.entries.slice(1);
    await pass(5 * MINUTE);
    expect(names()).toContain('vm-1');
    await pass(60 * MINUTE);
    expect(names()).not.toContain('vm-1');
  });
});

describe('a failing Nova', () => {
  const broken = { status: 500, json: { computeFault: { message: 'Unexpected API Error.', code: 500 } } } as const;

  test('a partial list is discarded: when page two fails, the previous directory is kept', async () => {
    await start();
    nova.pageSize = 2;
    nova.entries = [6, 7, 8].map((number) => entry(number));
    nova.server.disturb = ({ query }) => (query.has('marker') ? broken : undefined);
    await pass(5 * MINUTE);
    expect(names()).toEqual(['vm-1', 'vm-2', 'vm-3', 'vm-4', 'vm-5']);
    expect(log.at('warn')).toMatchObject([
      {
        fields: { code: 'POWERVM_OPENSTACK_ANSWER', reason: expect.stringContaining('Unexpected API Error.') },
        message: 'Nova cannot be read: the instances as they were stay in use',
      },
    ]);
    nova.server.disturb = () => undefined;
    await pass(5 * MINUTE);
    expect(names()).toContain('vm-8');
    expect(log.at('info').map(({ message }) => message)).toEqual(['Nova can be read again']);
  });

  test('an outage is reported at once and now and then, and the age of the directory is known', async () => {
    await start();
    await nova.server.stop();
    await pass(30 * MINUTE);
    const [first, ...reminders] = log.at('warn');
    expect(first?.fields).not.toHaveProperty('failures');
    expect(reminders).toMatchObject([{ fields: { failures: expect.any(Number), since: expect.any(String) } }]);
    expect(discovery.age).toBe(30 * MINUTE);
    expect(discovery.match(uuid(1)).kind).toBe('instance');
    await nova.server.start();
    await pass(5 * MINUTE);
    expect(log.at('info').at(-1)).toMatchObject({
      message: 'Nova can be read again',
      fields: { failures: expect.any(Number), since: expect.any(String) },
    });
    expect(discovery.age).toBe(0);
  });

  test.each([
    ['no JSON', { status: 200, text: '<html>' }],
    ['no list', { status: 200, json: { servers: 'none' } }],
    ['a page that leads nowhere', { status: 200, json: { servers: [], servers_links: [{ rel: 'next', href: 'x' }] } }],
    ['a forbidden list', { status: 403, json: { forbidden: { message: 'Policy does not allow', code: 403 } } }],
  ])('%s is rejected as a directory', async (_, reply) => {
    nova.server.disturb = () => reply;
    await start();
    expect(discovery.age).toBeUndefined();
    expect(discovery.match(uuid(1))).toEqual({ kind: 'unknown' });
    expect(log.at('warn')).toHaveLength(1);
  });

  test('entries that are not servers are skipped', async () => {
    nova.server.disturb = ({ path }) =>
      path.endsWith('/servers/detail') ? { status: 200, json: { servers: [null, 7, {}, { id: uuid(9) }] } } : undefined;
    await start();
    expect(discovery.instances).toMatchObject([{ id: uuid(9), name: uuid(9), flavor: undefined }]);
  });

  test('Keystone down: nothing is known, nothing is guessed, and it is reported with how often', async () => {
    await keystone.server.stop();
    await start();
    await pass(20 * MINUTE);
    expect(discovery.match(uuid(1)).kind).toBe('unknown');
    expect(log.at('warn')).toMatchObject([
      { fields: { code: 'POWERVM_OPENSTACK_UNREACHABLE' } },
      { fields: { code: 'POWERVM_OPENSTACK_UNREACHABLE', failures: 3 } },
    ]);
    expect(log.text).not.toContain(PASSWORD);
    await keystone.server.start();
    await pass(5 * MINUTE);
    expect(discovery.match(uuid(1)).kind).toBe('instance');
  });

  test('a hanging Nova does not block the start of the collector', async () => {
    nova.server.disturb = () => 'hang';
    discovery = new InstanceDiscovery({ cloud, clock, logger: log });
    const started = discovery.start();
    await pass(10_000);
    await started;
    expect(discovery.match(uuid(1)).kind).toBe('unknown');
  });
});

describe('a partition that has just appeared', () => {
  test('is not classified before Nova was asked again', async () => {
    await start();
    await pass(MINUTE);
    nova.entries = [...nova.entries, entry(6)];
    expect(discovery.match(uuid(6)).kind).toBe('unknown');
    await pass(20_000);
    expect(discovery.match(uuid(6)).kind).toBe('instance');
    expect(nova.listings).toHaveLength(2);
  });

  test('right after a listing is decided by it, since Nova knows instances before they have a partition', async () => {
    await start();
    expect(discovery.match(uuid(100)).kind).toBe('none');
  });

  test('is not classified by failed attempts, and does not delay others', async () => {
    await start();
    await pass(MINUTE);
    await nova.server.stop();
    for (let minutes = 0; minutes < 20; minutes += 1) {
      expect(discovery.match(uuid(6)).kind).toBe('unknown');
      expect(discovery.match(uuid(1)).kind).toBe('instance');
      await pass(MINUTE);
    }
    expect(discovery.unknownReason).toMatch(/^Nova at .*connection refused/);
    await nova.server.start();
    nova.entries = [...nova.entries, entry(6)];
    await pass(MINUTE);
    expect(discovery.match(uuid(6)).kind).toBe('instance');
    expect(discovery.match(uuid(7)).kind).toBe('unknown');
  });

  test('that is not an instance is asked for once', async () => {
    await start();
    await pass(MINUTE);
    for (let round = 0; round < 10; round += 1) {
      for (let number = 100; number < 200; number += 1) discovery.match(uuid(number));
      await pass(30_000);
    }
    expect(discovery.match(uuid(100)).kind).toBe('none');
    expect(nova.listings.length).toBeLessThanOrEqual(3);
  });
});

test('tokens that live for six seconds are renewed once a refresh, and an hour has no gap', async () => {
  keystone.lifetime = 6;
  keystone.now = () => clock.monotonic();
  nova.pageSize = 2;
  await start();
  for (let minutes = 0; minutes < 60; minutes += 5) {
    await pass(5 * MINUTE);
    expect(discovery.age).toBeLessThan(5 * MINUTE);
  }
  expect(names()).toHaveLength(5);
  expect(log.at('warn')).toEqual([]);
  const refreshes = nova.listings.filter(({ query }) => query.get('marker') === null).length;
  expect(refreshes).toBeGreaterThanOrEqual(12);
  expect(keystone.logons).toBe(refreshes);
});

test('two instances of one partition are logged once', async () => {
  nova.entries = [entry(1), entry(1, { id: uuid(1, 'd') })];
  await start();
  await pass(15 * MINUTE);
  expect(discovery.match(uuid(1)).kind).toBe('ambiguous');
  expect(log.at('warn')).toMatchObject([{ fields: { instances: [uuid(1), uuid(1, 'd')] } }]);
});

test('a stopped discovery can be started again any number of times', async () => {
  await start();
  for (const number of [6, 7]) {
    await discovery.stop();
    nova.entries.push(entry(number));
    await pass(10 * MINUTE);
    expect(names()).not.toContain(`vm-${number}`);
    await discovery.start();
    await pass(10 * MINUTE);
    expect(names()).toContain(`vm-${number}`);
  }
});
