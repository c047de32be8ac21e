import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { Collector, loadConfig } from '../../src/collector/index.ts';
import { NovaServer } from '../helpers/cloud/nova.ts';
import { afterThisTest, onlySystem } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { agentIsDone, foundSample, samplesFromAgent } from './agent-output.ts';
import { Delivery, MINUTE } from './delivery.ts';
import { expectTheSame } from './expected/compare.ts';
import { GnocchiReader } from './gnocchi-reader.ts';
import { KeystoneAdministrator, tokenOf } from './services/keystone.ts';
import { brokerUrl, gnocchiUrl, keystoneUrl, PASSWORD } from './services/settings.ts';

const settings = inject('cloud');
const OWNER = { user_id: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d', project_id: '9c8b7a6d5e4f40312233445566778899' };

/** The UUID that Nova gave the instance of a partition: PowerVM has cleared its top bit. */
function instanceId(partitionId: string): string {
  return (Number.parseInt(partitionId.charAt(0), 16) | 8).toString(16) + partitionId.slice(1);
}

test('examples/novalink-notifier.yaml: partitions are mapped to the instances of Nova', async () => {
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
      await startNova(onlySystem(simulator).partitions.slice(0, -1));
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
      ? { id: instanceId(id), instanceName: `instance-${names.get(id)}`, disk: { root: 20, ephemeral: 5 } }
      : undefined,
  );
  const ids = new Set(partitions.flatMap(({ id }) => [id, instanceId(id)]));
  const found = await samplesFromAgent(
    settings,
    ({ resource_metadata }) => ids.has(String(resource_metadata.instance_id)),
    expected.length,
  );
  expectTheSame(found.map(foundSample), expected);
  for (const sample of found) expect(sample).toMatchObject(OWNER);

  const gnocchi = new GnocchiReader(gnocchiUrl(settings), {
    'x-auth-token': await tokenOf(settings, 'ceilometer', 'service'),
  });
  for (const [id, name] of names) {
    expect(await gnocchi.typedResource(instanceId(id))).toMatchObject({
      ...OWNER,
      type: 'instance',
      display_name: name,
      host: 'neo-1',
      flavor_id: '42',
      flavor_name: 'p10.small',
    });
  }
  const devices = new Set(expected.map(({ resourceId }) => resourceId).filter((id) => !names.has(id) && !ids.has(id)));
  for (const id of devices) {
    const resource = await gnocchi.typedResource(id);
    expect(resource).toMatchObject({ ...OWNER, original_resource_id: id });
    expect(ids).toContain(resource.instance_id);
    expect(id.endsWith(String(resource.name))).toBe(true);
  }
});

/**
 * A Nova of the test's own, since a real one wants a hypervisor; its address is in the catalog of the real Keystone.
 */
async function startNova(partitions: readonly { readonly id: string; readonly name: string }[]): Promise<void> {
  const nova = new NovaServer({
    refusalOf: ({ headers }) => (headers['x-auth-token'] === undefined ? { status: 401, json: {} } : undefined),
  });
  nova.entries = partitions.map(({ id, name }) => ({
    id: instanceId(id),
    name,
    host: 'neo-1',
    flavor: 'p10.small',
    updated: nova.now,
  }));
  await nova.server.start();
  afterThisTest(() => nova.server.stop());
  const keystone = await KeystoneAdministrator.login(settings);
  await keystone.addService('compute', 'nova', `${nova.server.url}/v2.1`);
}
