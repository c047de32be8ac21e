import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import type { CeilometerSample } from '../../../src/ceilometer/index.ts';
import type { Publisher } from '../../../src/ceilometer/publishers/publisher.ts';
import { OpenStackCloud } from '../../../src/openstack/index.ts';
import { GnocchiServer } from '../../helpers/cloud/gnocchi.ts';
import { KeystoneServer, PASSWORD } from '../../helpers/cloud/keystone.ts';
import { publisherOf } from '../../helpers/publishers.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { sampleOf } from '../../helpers/samples.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const INSTANCE = 'cccccccc-0000-4000-8000-000000000077';
const TIME = '2026-11-22T21:29:03.362000';
const metadata = {
  display_name: 'lpar-é-1',
  name: 'instance-0000002a',
  instance_id: INSTANCE,
  instance_type: 'p10.small',
  instance_host: 'neo-host-1',
  host: '1ba6c5fd72c8',
  flavor: { id: '42', name: 'p10.small', vcpus: 2 },
  image_ref: null,
  user_metadata: { server_group: 'shop' },
};

let gnocchi: GnocchiServer;
let log: RecordedLog;

beforeEach(async () => {
  gnocchi = new GnocchiServer();
  log = new RecordedLog();
  await gnocchi.server.start();
});

afterEach(async () => {
  await gnocchi.server.stop().catch(() => undefined);
});

function open(query: Readonly<Record<string, string>> = {}, cloud?: OpenStackCloud): Publisher {
  const basic = cloud ? {} : { endpoint: gnocchi.server.url, auth_type: 'gnocchi-basic', user: 'admin' };
  return publisherOf(`gnocchi://?${new URLSearchParams({ ...basic, ...query })}`, { cloud, logger: log });
}

function sample(name: string, volume: number, changes: Partial<CeilometerSample> = {}): CeilometerSample {
  const content = { name, unit: 'MB', resource_id: INSTANCE, resource_metadata: metadata };
  return { ...sampleOf(content), volume, timestamp: TIME, ...changes };
}

const disk = (volume: number) =>
  sample('disk.device.read.bytes', volume, {
    unit: 'B',
    resource_id: `${INSTANCE}-vios1.vhost0`,
    resource_metadata: { ...metadata, disk_name: 'vios1.vhost0' },
  });
const port = (volume: number) =>
  sample('network.incoming.bytes', volume, {
    unit: 'B',
    resource_id: `instance-0000002a-${INSTANCE}-U9009/V2-C2`,
    resource_metadata: { ...metadata, name: 'U9009/V2-C2', vnic_name: 'U9009/V2-C2' },
  });
const instance = (number: number) => `cccccccc-0000-4000-8000-${String(number).padStart(12, '0')}`;

describe('samples', () => {
  test('become measures of resources, which are created as Ceilometer creates them', async () => {
    await open().publish([
      sample('cpu', 123456789012, { unit: 'ns' }),
      sample('memory.usage', 1536.5),
      disk(40960),
      port(9000),
    ]);
    // Each value equals what the genuine publisher sent for the same samples (zed-gnocchi-publisher-session).
    expect(gnocchi.posts.at(-1)?.json).toEqual({
      [INSTANCE]: {
        cpu: {
          measures: [{ timestamp: TIME, value: 123456789012 }],
          archive_policy_name: 'ceilometer-low-rate',
          unit: 'ns',
        },
        'memory.usage': {
          measures: [{ timestamp: TIME, value: 1536.5 }],
          archive_policy_name: 'ceilometer-low',
          unit: 'MB',
        },
      },
      [`${INSTANCE}-vios1.vhost0`]: {
        'disk.device.read.bytes': {
          measures: [{ timestamp: TIME, value: 40960 }],
          archive_policy_name: 'ceilometer-low-rate',
          unit: 'B',
        },
      },
      [`instance-0000002a-${INSTANCE}-U9009_V2-C2`]: {
        'network.incoming.bytes': {
          measures: [{ timestamp: TIME, value: 9000 }],
          archive_policy_name: 'ceilometer-low-rate',
          unit: 'B',
        },
      },
    });
    expect(gnocchi.posts.at(-1)?.query.get('create_metrics')).toBe('true');
    expect(gnocchi.resources.get(INSTANCE)).toMatchObject({
      type: 'instance',
      attributes: {
        user_id: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
        project_id: '9c8b7a6d5e4f40312233445566778899',
        host: 'neo-host-1',
        display_name: 'lpar-é-1',
        flavor_id: '42',
        flavor_name: 'p10.small',
        server_group: 'shop',
      },
    });
    expect(gnocchi.resources.get(INSTANCE)?.attributes).not.toHaveProperty('image_ref');
    expect(gnocchi.resources.get(`${INSTANCE}-vios1.vhost0`)).toMatchObject({
      type: 'instance_disk',
      attributes: { name: 'vios1.vhost0', instance_id: INSTANCE },
    });
    expect(gnocchi.server.requests.every(({ headers }) => headers.authorization === 'Basic YWRtaW46')).toBe(true);
    expect(gnocchi.server.requests.every(({ headers }) => headers.accept === 'application/json')).toBe(true);
  });

  test('of several times are posted together, and the second publish needs one request', async () => {
    const opened = open();
    await opened.publish([sample('memory', 1), sample('memory', 2, { timestamp: '2026-11-22T21:34:03' })]);
    const before = gnocchi.server.requests.length;
    await opened.publish([sample('memory', 3, { timestamp: '2026-11-22T21:39:03' })]);
    expect(gnocchi.server.requests.length).toBe(before + 1);
    expect([...(gnocchi.resources.get(INSTANCE)?.metrics.get('memory')?.measures.values() ?? [])]).toEqual([1, 2, 3]);
  });

  test('with a new name or size update the resource, once', async () => {
    const opened = open();
    await opened.publish([sample('memory', 1)]);
    const renamed = {
      ...metadata,
      display_name: 'renamed',
      flavor: { id: '43', name: 'p10.large' },
      instance_type: 'p10.large',
    };
    await opened.publish([sample('memory', 1, { resource_metadata: renamed })]);
    await opened.publish([sample('memory', 1, { resource_metadata: renamed })]);
    expect(gnocchi.resources.get(INSTANCE)?.attributes).toMatchObject({ display_name: 'renamed', flavor_id: '43' });
    expect(gnocchi.server.requested(/^PATCH/)).toHaveLength(1);
    // Metrics that are not listed in a PATCH would be detached.
    expect(gnocchi.server.requested(/^PATCH/)[0]?.json).not.toHaveProperty('metrics');
  });

  test('of meters that Ceilometer does not store are skipped, and logged once', async () => {
    const opened = open();
    await opened.publish([sample('network.incoming.bytes.rate', 1)]);
    await opened.publish([sample('network.incoming.bytes.rate', 2)]);
    expect(gnocchi.posts).toHaveLength(0);
    expect(log.at('info')).toHaveLength(1);
  });

  test('are posted in portions, and after a failure only the remaining ones', async () => {
    const many = Array.from({ length: 100 }, (_, number) => number).flatMap((number) =>
      Array.from({ length: 60 }, (_, minute) =>
        sample('memory', number, {
          resource_id: instance(number),
          timestamp: `2026-11-22T21:${String(minute).padStart(2, '0')}:00`,
        }),
      ),
    );
    const opened = open();
    gnocchi.server.disturb = ({ json, path }) =>
      path.includes('/batch/') && instance(95) in (json as object) ? { status: 503 } : undefined;
    await expect(opened.publish(many)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED', permanent: false });
    gnocchi.server.disturb = () => undefined;
    const before = gnocchi.posts.length;
    await opened.publish(many);
    const sizes = gnocchi.posts.slice(before).map(({ json }) => Object.keys(json as object).length);
    // The second portion: once to learn what is unknown, once with it.
    expect(sizes).toEqual([17, 17]);
    expect(gnocchi.resources.size).toBe(100);
  });
});

describe('definitions of the site', () => {
  const definitions = async (content: string) => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'gnocchi_resources.yaml');
    await writeFile(file, content);
    return file;
  };

  test('control what is stored, as which metric, and by which policy', async () => {
    const file = await definitions(`
archive_policy_default: mine
archive_policies:
  - name: mine
    aggregation_methods: [mean]
    definition: [{ granularity: 1 minute, timespan: 1 day }]
resources:
  - resource_type: instance
    metrics: { memory: , cpu: { archive_policy_name: ceilometer-low } }
    attributes:
      host: resource_metadata.(instance_host|host)
      display_name: resource_metadata.display_name
      flavor_id: resource_metadata.(instance_flavor_id|(flavor.id)|flavor_id)
      flavor_name: resource_metadata.(instance_type|(flavor.name)|flavor_name)
    event_delete: compute.instance.delete.start
  - resource_type: instance_network_interface
    metrics: ['network.incoming.bytes.rate']
    attributes: { name: resource_metadata.vnic_name, instance_id: resource_metadata.instance_id }
`);
    gnocchi.policies.set('ceilometer-low', {});
    const rate = { ...port(5), name: 'network.incoming.bytes.rate' };
    await open({ resources_definition_file: file }).publish([
      sample('memory', 1),
      sample('cpu', 2),
      sample('vcpus', 3),
      rate,
    ]);
    expect(gnocchi.policies.get('mine')).toMatchObject({
      definition: [{ granularity: '1 minute', timespan: '1 day' }],
    });
    const stored = gnocchi.resources.get(INSTANCE);
    expect(stored?.attributes).toMatchObject({ host: 'neo-host-1', flavor_id: '42', flavor_name: 'p10.small' });
    expect([...(stored?.metrics ?? [])].map(([name, { archive_policy_name }]) => [name, archive_policy_name])).toEqual([
      ['memory', 'mine'],
      ['cpu', 'ceilometer-low'],
    ]);
    expect(gnocchi.measure(rate.resource_id.replaceAll('/', '_'), rate.name, TIME)).toBe(5);
  });

  test.each([
    ['resources: [{ resource_type: 7 }]', 'resources.0.resource_type'],
    ['resources: [{ resource_type: instance, attributes: { host: $.payload.host } }]', "'$.payload.host' is no path"],
    ['resources: [', 'it is not YAML'],
  ])('that are invalid are reported: %s', async (content, message) => {
    const file = await definitions(content);
    expect(() => open({ resources_definition_file: file })).toThrow(message);
  });
});

describe('archive policies', () => {
  test('equal those that Ceilometer creates', async () => {
    await open().publish([sample('memory', 1)]);
    expect(gnocchi.server.requested(/POST .*archive_policy/).map(({ json }) => json)).toEqual([
      {
        name: 'ceilometer-low',
        aggregation_methods: ['mean'],
        back_window: 0,
        definition: [{ granularity: '5 minutes', timespan: '30 days' }],
      },
      {
        name: 'ceilometer-low-rate',
        aggregation_methods: ['mean', 'rate:mean'],
        back_window: 0,
        definition: [{ granularity: '5 minutes', timespan: '30 days' }],
      },
    ]);
  });

  test('for back-fill keep 30 seconds and take late points', async () => {
    await open({ back_fill: 'true' }).publish([sample('cpu', 1), sample('memory', 1)]);
    expect(gnocchi.policies.get('otel-powervm-30s-rate')).toMatchObject({
      aggregation_methods: ['mean', 'rate:mean'],
      back_window: 12,
      definition: [
        { granularity: '30 seconds', timespan: '7 days' },
        { granularity: '5 minutes', timespan: '30 days' },
      ],
    });
    const metrics = gnocchi.resources.get(INSTANCE)?.metrics;
    expect(metrics?.get('cpu')?.archive_policy_name).toBe('otel-powervm-30s-rate');
    expect(metrics?.get('memory')?.archive_policy_name).toBe('otel-powervm-30s');
  });

  test('may be a single existing one for all metrics', async () => {
    gnocchi.policies.set('mine', {});
    await open({ archive_policy: 'mine' }).publish([sample('cpu', 1)]);
    expect(gnocchi.resources.get(INSTANCE)?.metrics.get('cpu')?.archive_policy_name).toBe('mine');
    expect(gnocchi.server.requested(/archive_policy/)).toHaveLength(0);
  });

  test('that exist are used by an account that may not create any', async () => {
    gnocchi.policies.set('ceilometer-low', {}).set('ceilometer-low-rate', {});
    gnocchi.isAdmin = false;
    await open().publish([sample('memory', 1)]);
    expect(gnocchi.measure(INSTANCE, 'memory', TIME)).toBe(1);
  });

  test('that are missing and may not be created are named, and the samples wait', async () => {
    gnocchi.isAdmin = false;
    const opened = open();
    const samples = [sample('memory', 1)];
    await expect(opened.publish(samples)).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('archive policy ceilometer-low'),
    });
    gnocchi.isAdmin = true;
    await opened.publish(samples);
    expect(gnocchi.measure(INSTANCE, 'memory', TIME)).toBe(1);
  });

  test('that are deleted are created again', async () => {
    const opened = open();
    await opened.publish([sample('memory', 1)]);
    gnocchi.policies.clear();
    const samples = [sample('memory', 2, { timestamp: '2026-11-22T21:34:03' })];
    await expect(opened.publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
    await opened.publish(samples);
    expect(gnocchi.measure(INSTANCE, 'memory', '2026-11-22T21:34:03')).toBe(2);
  });
});

describe('a failing Gnocchi', () => {
  test.each<[string, { status: number; text?: string; json?: unknown }]>([
    ['500', { status: 500, text: 'Internal Server Error' }],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['409 for measures', { status: 409, json: { code: 409, title: 'Conflict', description: 'Metric already exists' } }],
    ['a proxy that says 400 in its own words', { status: 400, text: '<html>plain HTTP to HTTPS port</html>' }],
    ['an address that is no Gnocchi', { status: 404, text: 'nginx' }],
  ])('%s: samples wait and nothing is lost', async (_, reply) => {
    const opened = open();
    const samples = [sample('memory', 1)];
    gnocchi.server.disturb = ({ path }) => (path.includes('/batch/') ? reply : undefined);
    await expect(opened.publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED', permanent: false });
    gnocchi.server.disturb = () => undefined;
    await opened.publish(samples);
    expect(gnocchi.measure(INSTANCE, 'memory', TIME)).toBe(1);
  });

  test('slow, interrupted, down and back: nothing is lost', async () => {
    const opened = open({ timeout: '0.2' });
    const samples = [sample('memory', 1)];
    gnocchi.server.disturb = () => 'hang';
    await expect(opened.publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
    gnocchi.server.disturb = () => 'break';
    await expect(opened.publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
    gnocchi.server.disturb = () => undefined;
    await gnocchi.server.stop();
    await expect(opened.publish(samples)).rejects.toMatchObject({
      message: expect.stringContaining('connection refused'),
    });
    await gnocchi.server.start();
    await opened.publish(samples);
    expect(gnocchi.measure(INSTANCE, 'memory', TIME)).toBe(1);
  });

  test('a rejected resource loses only its own measures', async () => {
    const opened = open();
    const noFlavor = { ...metadata, flavor: null, instance_type: null };
    await opened.publish([
      sample('memory', 1),
      sample('memory', 2, { resource_id: instance(2), resource_metadata: noFlavor }),
      sample('cpu', 2, { resource_id: instance(2), resource_metadata: noFlavor }),
      sample('memory', 3, { resource_id: instance(3) }),
    ]);
    expect(gnocchi.measure(INSTANCE, 'memory', TIME)).toBe(1);
    expect(gnocchi.measure(instance(3), 'memory', TIME)).toBe(3);
    expect(gnocchi.resources.has(instance(2))).toBe(false);
    expect(log.at('error')).toMatchObject([
      {
        fields: {
          resource: instance(2),
          measures: 2,
          reason: expect.stringContaining("required key not provided @ data['flavor_id']"),
        },
      },
    ]);
  });

  describe('a single rejected resource', () => {
    const HALF_HOUR = 30 * 60_000;
    const batch = (volume: number, minute: number) =>
      [1, 2, 3].map((number) =>
        sample('memory', volume + number, { resource_id: instance(number), timestamp: timeAt(minute) }),
      );
    const timeAt = (minute: number) => `2026-11-22T21:${String(minute).padStart(2, '0')}:00.000000`;
    const pathOfBad = (path: string, json: unknown) =>
      /\/resource\/instance$/.test(path) && (json as { id?: string }).id === instance(2);

    test.each([
      ['is there, and unknown to every post', { status: 409, json: { code: 409, title: 'Conflict' } }],
      ['cannot be created', { status: 500, json: { code: 500, title: 'Internal Server Error' } }],
    ])('because it %s does not block the others, and is stored later', async (_why, reply) => {
      const opened = open();
      gnocchi.server.disturb = ({ method, path, json }) =>
        method === 'POST' && pathOfBad(path, json) ? reply : undefined;
      await opened.publish(batch(10, 0));
      await opened.publish(batch(20, 5));
      expect(gnocchi.measure(instance(1), 'memory', timeAt(0))).toBe(11);
      expect(gnocchi.measure(instance(3), 'memory', timeAt(5))).toBe(23);
      expect(log.at('warn')).toMatchObject([{ fields: { resource: instance(2) } }]);
      gnocchi.server.disturb = () => undefined;
      await opened.publish(batch(30, 10));
      expect([0, 5, 10].map((minute) => gnocchi.measure(instance(2), 'memory', timeAt(minute)))).toEqual([12, 22, 32]);
      expect(log.at('error')).toEqual([]);
    });

    test('is abandoned after half an hour, and counted', async () => {
      const clock = new ManualClock(Date.parse('2026-11-22T21:00:00Z'));
      const opened = publisherOf(`gnocchi://?endpoint=${gnocchi.server.url}&auth_type=gnocchi-basic&user=admin`, {
        logger: log,
        clock,
      });
      gnocchi.server.disturb = ({ method, path, json }) =>
        method === 'POST' && pathOfBad(path, json) ? { status: 409, json: {} } : undefined;
      await opened.publish(batch(10, 0));
      await clock.advance(HALF_HOUR);
      await opened.publish(batch(20, 30));
      expect(log.at('error')).toMatchObject([{ fields: { resource: instance(2), measures: 2 } }]);
      expect(gnocchi.measure(instance(1), 'memory', timeAt(30))).toBe(21);
      await opened.close();
      expect(log.at('warn')).toHaveLength(1);
    });

    test('that is still waiting at shutdown is reported', async () => {
      const opened = open();
      gnocchi.server.disturb = ({ method, path, json }) =>
        method === 'POST' && pathOfBad(path, json) ? { status: 409, json: {} } : undefined;
      await opened.publish(batch(10, 0));
      await opened.close();
      expect(log.at('warn')).toMatchObject([{}, { fields: { resources: 1, measures: 1 } }]);
    });

    test('when it is the only one, keeps everything, since the problem is not its own', async () => {
      const opened = open();
      gnocchi.server.disturb = ({ method, path }) =>
        method === 'POST' && /\/resource\/instance$/.test(path) ? { status: 409, json: {} } : undefined;
      await expect(opened.publish(batch(10, 0))).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
    });
  });

  test('rejected measures do not lose the whole batch', async () => {
    const opened = open();
    const samples = Array.from({ length: 20 }, (_, number) =>
      sample('memory', number, { resource_id: instance(number) }),
    );
    samples.push(sample('memory.usage', 'much' as unknown as number, { resource_id: instance(7) }));
    await opened.publish(samples);
    for (let number = 0; number < 20; number += 1)
      expect(gnocchi.measure(instance(number), 'memory', TIME)).toBe(number);
    expect(log.at('error')).toMatchObject([
      { fields: { resource: instance(7), meters: ['memory.usage'], measures: 1 } },
    ]);
  });

  test('metrics owned by others are skipped; when all are, the samples wait for more permissions', async () => {
    const opened = open();
    const samples = Array.from({ length: 5 }, (_, number) =>
      sample('memory', number, { resource_id: instance(number) }),
    );
    gnocchi.forbidden.add(`${instance(1)}/memory`);
    await opened.publish(samples);
    expect(gnocchi.measure(instance(4), 'memory', TIME)).toBe(4);
    expect(log.at('error')).toMatchObject([{ fields: { resource: instance(1), measures: 1 } }]);
    for (let number = 0; number < 5; number += 1) gnocchi.forbidden.add(`${instance(number)}/memory`);
    await expect(opened.publish([...samples])).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('neither admin nor the creator'),
    });
  });

  test('an account without permissions is detected with few requests', async () => {
    const many = Array.from({ length: 300 }, (_, number) => sample('memory', 1, { resource_id: instance(number) }));
    const opened = open();
    await opened.publish(many);
    const before = gnocchi.posts.length;
    for (let number = 0; number < 300; number += 1) gnocchi.forbidden.add(`${instance(number)}/memory`);
    await expect(opened.publish([...many])).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
    expect(gnocchi.posts.length - before).toBeLessThan(50);
  });

  test('a failing update does not hold back measures', async () => {
    const opened = open();
    await opened.publish([sample('memory', 1)]);
    gnocchi.server.disturb = ({ method }) => (method === 'PATCH' ? { status: 500 } : undefined);
    const renamed = { ...metadata, display_name: 'renamed' };
    await opened.publish([sample('vcpus', 4, { resource_metadata: renamed })]);
    expect(gnocchi.measure(INSTANCE, 'vcpus', TIME)).toBe(4);
    expect(log.at('warn')).toHaveLength(1);
  });

  test('missing resource types are created as ceilometer-upgrade creates them', async () => {
    gnocchi.types.clear();
    await open().publish([sample('memory', 1), disk(1), port(1)]);
    expect([...gnocchi.types].sort()).toEqual(['instance', 'instance_disk', 'instance_network_interface']);
    expect(gnocchi.resources.size).toBe(3);
  });
});

describe('by Keystone', () => {
  let keystone: KeystoneServer;
  let cloud: OpenStackCloud;

  beforeEach(async () => {
    keystone = new KeystoneServer();
    await keystone.server.start();
    keystone.add('metric', gnocchi.server.url);
    gnocchi.admit = (request) => keystone.refusalOf(request);
    cloud = new OpenStackCloud({
      auth: { auth_url: keystone.authUrl, username: 'ceilometer', password: PASSWORD, project_name: 'service' },
    });
  });

  afterEach(async () => {
    cloud.close();
    await keystone.server.stop().catch(() => undefined);
  });

  test('the endpoint comes from the catalog, and the token with each request', async () => {
    await open({}, cloud).publish([sample('memory', 1)]);
    expect(gnocchi.measure(INSTANCE, 'memory', TIME)).toBe(1);
    expect(keystone.logons).toBe(1);
  });

  test('samples wait while Keystone is down or does not accept the token', async () => {
    const opened = open({}, cloud);
    const samples = [sample('memory', 1)];
    await keystone.server.stop();
    await expect(opened.publish(samples)).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('Keystone at'),
    });
    await keystone.server.start();
    gnocchi.admit = () => ({ status: 401, json: { error: { code: 401, message: 'revoked' } } });
    await expect(opened.publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
    expect(log.text).not.toContain(PASSWORD);
    gnocchi.admit = (request) => keystone.refusalOf(request);
    await opened.publish(samples);
    expect(gnocchi.measure(INSTANCE, 'memory', TIME)).toBe(1);
  });

  test('samples of a project can be left out', async () => {
    await open({ filter_project: 'service' }, cloud).publish([
      sample('memory', 1, { project_id: 'service-project-id' }),
      sample('memory', 2, { resource_id: instance(2) }),
    ]);
    expect([...gnocchi.resources.keys()]).toEqual([instance(2)]);
  });
});

describe('an invalid URL', () => {
  test.each([
    [{ archive_polcy: 'x' }, 'archive_polcy is no option'],
    [{ timeout: 'soon' }, 'timeout must be a number'],
    [{ auth_type: 'magic' }, 'auth_type must be one of'],
    [{ auth_type: 'password' }, 'no OpenStack cloud is configured'],
    [{ endpoint: 'gnocchi:8041' }, 'endpoint must be http(s)://'],
    [{ back_fill: 'true', archive_policy: 'x' }, 'back_fill chooses the archive policies itself'],
    [{ filter_project: 'service' }, 'filter_project needs Keystone'],
  ])('%o', (query, message) => {
    expect(() => open(query)).toThrow(message);
  });
});
