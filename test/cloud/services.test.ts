import { expect, inject, test } from 'vitest';
import { Cloud } from './services/cloud.ts';
import { tokenOf } from './services/keystone.ts';
import { gnocchiUrl } from './services/settings.ts';

const settings = inject('cloud');

test('the cloud is set up as by Ceilometer: resource types and a listening agent', async () => {
  const token = await tokenOf(settings, 'ceilometer', 'service');
  const response = await fetch(`${gnocchiUrl(settings)}/v1/resource_type`, { headers: { 'x-auth-token': token } });
  const types = (await response.json()) as readonly { readonly name: string }[];
  const names = types.map(({ name }) => name);
  for (const name of ['instance', 'instance_disk', 'instance_network_interface']) expect(names).toContain(name);
  const queues = await new Cloud(settings).rabbitmq.control('list_queues', 'name', 'consumers', 'durable');
  expect(queues).toMatch(/^notifications\.sample\s+1\s+false$/m);
});
