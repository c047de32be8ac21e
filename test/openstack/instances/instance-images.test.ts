import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { instanceMetadata } from '../../../src/ceilometer/samples/instance-metadata.ts';
import { type Instance, InstanceDiscovery, OpenStackCloud } from '../../../src/openstack/index.ts';
import { GlanceServer } from '../../helpers/cloud/glance.ts';
import { PASSWORD } from '../../helpers/cloud/keystone.ts';
import { startCloud } from '../../helpers/cloud/start-cloud.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

const AIX = 'aix-7.3';
const LINUX = 'rhel-9';

let clock: ManualClock;
let log: RecordedLog;
let glance: GlanceServer;
let discovery: InstanceDiscovery;

/** @param isInCatalog whether the cloud has a Glance at all */
async function start(isInCatalog = true): Promise<void> {
  const { keystone, nova } = await startCloud();
  glance = new GlanceServer(keystone);
  await glance.server.start();
  afterThisTest(() => glance.server.stop());
  if (isInCatalog) keystone.add('image', glance.server.url);
  nova.entries = [AIX, LINUX, LINUX, undefined].map((image, index) => ({
    id: `50000000-0000-4000-8000-00000000000${index}`,
    name: `vm-${index}`,
    host: 'neo-1',
    flavor: 'p10.small',
    updated: nova.now,
    ...(image === undefined ? {} : { image }),
  }));
  glance.images.set(AIX, { architecture: 'ppc64', os_type: 'aix', site_tier: 'gold', os_distro: 'aix' });
  glance.images.set(LINUX, {});
  const auth = { auth_url: keystone.authUrl, username: 'ceilometer', password: PASSWORD, project_name: 'service' };
  const cloud = new OpenStackCloud({ auth, clock, logger: log });
  afterThisTest(async () => cloud.close());
  discovery = new InstanceDiscovery({ cloud, clock, logger: log });
}

const images = () => discovery.instances.map(({ image }) => image);
const metadataOf = (instance: Instance | undefined) => {
  if (!instance) throw new Error('there is no such instance');
  return instanceMetadata(instance, []);
};

beforeEach(() => {
  clock = new ManualClock(0);
  log = new RecordedLog();
});

afterEach(async () => {
  await discovery.stop();
});

test('what an image says of itself is metadata of its instances, and each image is asked for once', async () => {
  await start();
  for (let refresh = 0; refresh < 5; refresh += 1) expect(await discovery.refresh()).toBeUndefined();
  expect([...glance.asked].sort()).toEqual([AIX, LINUX]);
  expect(images()[3]).toBeUndefined();
  expect(metadataOf(discovery.instances[0])).toMatchObject({
    image: { id: AIX, name: `image-${AIX}` },
    image_ref: AIX,
    image_meta: {
      base_image_ref: AIX,
      container_format: 'bare',
      disk_format: 'raw',
      min_disk: '20',
      min_ram: '0',
      architecture: 'ppc64',
      os_type: 'aix',
      site_tier: 'gold',
      os_distro: 'aix',
    },
    architecture: 'ppc64',
    os_type: 'aix',
  });
  const linux = metadataOf(discovery.instances[1]);
  expect(linux.image_meta).toEqual({
    base_image_ref: LINUX,
    container_format: 'bare',
    disk_format: 'raw',
    min_disk: '20',
    min_ram: '0',
  });
  // Absent is absent.
  expect(Object.keys(linux)).not.toContain('architecture');
  expect(Object.keys(linux)).not.toContain('os_type');
  expect(Object.keys(metadataOf(discovery.instances[3]))).not.toContain('image_meta');
});

test('without Glance the directory is complete, and images come when it is back', async () => {
  await start();
  glance.server.disturb = () => 'break';
  expect(await discovery.refresh()).toBeUndefined();
  expect(await discovery.refresh()).toBeUndefined();
  expect(images().map((image) => image?.properties)).toEqual([undefined, undefined, undefined, undefined]);
  expect(log.at('info').map(({ message }) => message)).toEqual([
    'Glance cannot be read: samples say nothing of images',
  ]);
  expect(log.at('warn')).toEqual([]);
  glance.server.disturb = () => undefined;
  await discovery.refresh();
  expect(images()[0]?.properties?.os_type).toBe('aix');
});

test('a Glance that hangs does not keep the list from being renewed', async () => {
  await start();
  glance.server.disturb = () => 'hang';
  expect(await discovery.refresh()).toBeUndefined();
  expect(discovery.instances).toHaveLength(4);
  expect(log.at('info')).toHaveLength(1);
});

test('an image that is gone, or not for the account, is asked for once', async () => {
  await start();
  glance.images.delete(AIX);
  for (let refresh = 0; refresh < 3; refresh += 1) await discovery.refresh();
  expect(glance.asked.filter((id) => id === AIX)).toHaveLength(1);
  expect(images()[0]).toEqual({ id: AIX, link: undefined });
  expect(images()[1]?.name).toBe(`image-${LINUX}`);
});

test('a cloud without Glance in its catalog has instances all the same', async () => {
  await start(false);
  expect(await discovery.refresh()).toBeUndefined();
  expect(discovery.instances).toHaveLength(4);
  expect(glance.asked).toEqual([]);
});
