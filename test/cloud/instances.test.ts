import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { Collector, loadConfig } from '../../src/collector/index.ts';
import { afterThisTest, onlySystem } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { agentIsDone, foundSample, samplesFromAgent } from './agent-output.ts';
import { Delivery, MINUTE } from './delivery.ts';
import { expectTheSame } from './expected/compare.ts';
import { GnocchiReader } from './gnocchi-reader.ts';
import { KeystoneAdministrator, tokenOf } from './services/keystone.ts';
import { instanceOfPartition } from './services/nova.ts';
import { NovaUser } from './services/nova-user.ts';
import { brokerUrl, gnocchiUrl, keystoneUrl, PASSWORD } from './services/settings.ts';

const settings = inject('cloud');
const FLAVOR = { id: 'instances-1', name: 'p10.small' };

test('examples/novalink-notifier.yaml: partitions are mapped to the instances of Nova', async () => {
  const keystone = await KeystoneAdministrator.login(settings);
  const owner = {
    user_id: await keystone.idOf('users', 'admin'),
    project_id: await keystone.idOf('projects', 'admin'),
  };
  let instanceNames: ReadonlyMap<string, string> = new Map();
  const delivery = await Delivery.withConfig(
    { console: 'novalink', seed: 'instances' },
    async ({ simulator, clock }) => {
      const environment = {
        OS_AUTH_URL: keystoneUrl(settings),
        OS_PASSWORD: PASSWORD,
        NOVA_HOST: 'neo-1',
        NOVALINK_ENDPOINT: simulator.url,
        STATE_DIRECTORY: path.join(await temporaryDirectory(), 'state'),
        TRANSPORT_URL: brokerUrl(settings),
      };
      instanceNames = await bootAll(onlySystem(simulator).partitions.slice(0, -1));
      const example = path.join(import.meta.dirname, '../../examples/novalink-notifier.yaml');
      return Collector.create(loadConfig(example, environment), { clock });
    },
  );
  for (let passed = 0; passed < 2; passed += 1) {
    await delivery.time.pass(5 * MINUTE);
    await agentIsDone(settings);
  }
  await delivery.collector.stop();

  const { partitions } = onlySystem(delivery.time.simulator);
  const names = new Map(partitions.slice(0, -1).map(({ id, name }) => [id, name]));
  const expected = delivery.expected(5 * MINUTE, ({ id }) =>
    names.has(id)
      ? {
          id: instanceOfPartition(id),
          ...nameOf(instanceNames, instanceOfPartition(id)),
          disk: { root: 20, ephemeral: 5 },
        }
      : undefined,
  );
  const ids = new Set(partitions.flatMap(({ id }) => [id, instanceOfPartition(id)]));
  const found = await samplesFromAgent(
    settings,
    ({ resource_metadata }) => ids.has(String(resource_metadata.instance_id)),
    expected.length,
  );
  expectTheSame(found.map(foundSample), expected);
  for (const sample of found) expect(sample).toMatchObject(owner);

  const gnocchi = new GnocchiReader(gnocchiUrl(settings), {
    'x-auth-token': await tokenOf(settings, 'ceilometer', 'service'),
  });
  for (const [id, name] of names) {
    expect(await gnocchi.typedResource(instanceOfPartition(id))).toMatchObject({
      ...owner,
      type: 'instance',
      display_name: name,
      host: 'neo-1',
      flavor_id: FLAVOR.id,
      flavor_name: FLAVOR.name,
    });
  }
  const devices = new Set(expected.map(({ resourceId }) => resourceId).filter((id) => !names.has(id) && !ids.has(id)));
  for (const id of devices) {
    const resource = await gnocchi.typedResource(id);
    expect(resource).toMatchObject({ ...owner, original_resource_id: id });
    expect(ids).toContain(resource.instance_id);
    expect(id.endsWith(String(resource.name))).toBe(true);
  }
});

function nameOf(names: ReadonlyMap<string, string>, id: string): { readonly instanceName: string } {
  const instanceName = names.get(id);
  if (instanceName === undefined) throw new Error(`Nova does not list ${id}`);
  return { instanceName };
}

/** Instances that run as the partitions. @returns the hypervisor's name of each */
async function bootAll(partitions: readonly { readonly id: string; readonly name: string }[]) {
  const admin = await NovaUser.login(settings);
  const image = await admin.createImage('instances');
  await admin.createFlavor(FLAVOR.id, FLAVOR.name, { vcpus: 2, ram: 4096, disk: 20, 'OS-FLV-EXT-DATA:ephemeral': 5 });
  const wanted = partitions.map(({ id, name }) => ({
    id: instanceOfPartition(id),
    name,
    flavor: FLAVOR.id,
    host: 'neo-1',
  }));
  const ids = await admin.bootAll(image, wanted);
  afterThisTest(async () => {
    for (const id of ids) await admin.call('DELETE', `/servers/${id}`);
    for (const id of ids) await admin.until(id, 'DELETED');
    await admin.call('DELETE', `/flavors/${FLAVOR.id}`);
  });
  const { servers } = await admin.call('GET', '/servers/detail');
  return new Map(
    (servers as readonly ListedServer[]).map(({ id, 'OS-EXT-SRV-ATTR:instance_name': name }) => [id, name]),
  );
}

interface ListedServer {
  readonly id: string;
  readonly 'OS-EXT-SRV-ATTR:instance_name': string;
}
