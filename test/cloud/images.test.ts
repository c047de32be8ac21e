import { expect, inject, test } from 'vitest';
import { instanceMetadata } from '../../src/ceilometer/samples/instance-metadata.ts';
import { InstanceDiscovery } from '../../src/openstack/index.ts';
import { GlanceServer } from '../helpers/cloud/glance.ts';
import { afterThisTest } from '../helpers/console.ts';
import { tokenOf } from './services/keystone.ts';
import { NovaUser } from './services/nova-user.ts';
import { openServiceCloud } from './services/service-account.ts';
import { glanceUrl, keystoneUrl } from './services/settings.ts';

const settings = inject('cloud');
/** Nova schedules by the architecture: its fake hypervisor is an x86. */
const PROPERTIES = { architecture: 'x86_64', os_type: 'linux', site_tier: 'gold' };

/** As somebody who is not the product reads and writes Glance. */
async function askGlance(method: string, path: string, content?: readonly object[]): Promise<Record<string, unknown>> {
  const response = await fetch(`${glanceUrl(settings)}/v2/images/${path}`, {
    method,
    headers: {
      'x-auth-token': await tokenOf(settings, 'admin', 'admin'),
      'content-type': 'application/openstack-images-v2.1-json-patch',
    },
    ...(content ? { body: JSON.stringify(content) } : {}),
  });
  if (!response.ok) throw new Error(`Glance: ${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

test("what the real Glance says of an instance's image is metadata of its samples", async () => {
  const admin = await NovaUser.login(settings);
  const image = await admin.createImage('rhel-9');
  const patch = Object.entries(PROPERTIES).map(([name, value]) => ({ op: 'add', path: `/${name}`, value }));
  await askGlance('PATCH', image, patch);
  await admin.createFlavor('images-1', 'images.small', { vcpus: 1, ram: 512, disk: 10 });
  const id = await admin.boot(image, { name: 'from-an-image', flavor: 'images-1' });
  afterThisTest(async () => {
    await admin.call('DELETE', `/servers/${id}`);
    await admin.call('DELETE', '/flavors/images-1');
  });
  const discovery = new InstanceDiscovery({ cloud: openServiceCloud(keystoneUrl(settings)) });
  expect(await discovery.refresh()).toBeUndefined();
  const instance = discovery.instances.find((each) => each.id === id);
  if (!instance) throw new Error('Nova does not list the instance');
  expect(instanceMetadata(instance, [])).toMatchObject({
    image: { id: image, name: 'rhel-9' },
    architecture: 'x86_64',
    os_type: 'linux',
  });
  expect(instanceMetadata(instance, []).image_meta).toEqual({
    base_image_ref: image,
    container_format: 'bare',
    disk_format: 'raw',
    min_disk: '0',
    min_ram: '0',
    ...PROPERTIES,
  });

  // The stand-in of the everyday tests has nothing that the real one has not.
  const standIn = new GlanceServer({ refusalOf: () => undefined });
  await standIn.server.start();
  afterThisTest(() => standIn.server.stop());
  standIn.images.set(image, PROPERTIES);
  const played = (await (await fetch(`${standIn.server.url}/v2/images/${image}`)).json()) as Record<string, unknown>;
  const real = await askGlance('GET', image);
  expect(Object.keys(played).filter((key) => !(key in real))).toEqual([]);
  expect(Object.keys(real).filter((key) => !(key in played) && !/^(locations|direct_url|stores)$/.test(key))).toEqual(
    [],
  );
  const gone = '00000000-0000-4000-8000-000000000000';
  await expect(askGlance('GET', gone)).rejects.toThrow(/404/);
  expect((await fetch(`${standIn.server.url}/v2/images/${gone}`)).status).toBe(404);
});
