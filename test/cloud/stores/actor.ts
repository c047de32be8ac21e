import type { SimulatedPartition } from '../../../src/simulator/index.ts';
import { afterThisTest } from '../../helpers/console.ts';
import type { ExpectedInstance } from '../expected/expected-samples.ts';
import { KeystoneAdministrator } from '../services/keystone.ts';
import { instanceOfPartition } from '../services/nova.ts';
import { NovaUser } from '../services/nova-user.ts';
import type { CloudSettings } from '../services/settings.ts';
import type { Actor } from './hour.ts';

const FLAVORS = { small: 'stores-1', large: 'stores-2' } as const;

/** An instance as Nova lists it. */
export interface ListedInstance extends ExpectedInstance {
  readonly name: string;
  readonly host: string | null;
  readonly flavor: string;
  readonly project: string;
}

/** Someone with all that the hour's events need; what they leave behind is removed after the test. */
export async function createActor(settings: CloudSettings, partitions: readonly SimulatedPartition[]): Promise<Actor> {
  const nova = await NovaUser.login(settings);
  const images = { first: await nova.createImage('stores'), second: await nova.createImage('stores-again') };
  const small = { vcpus: 1, ram: 512, disk: 10, 'OS-FLV-EXT-DATA:ephemeral': 1 };
  await nova.createFlavor(FLAVORS.small, 'stores.small', small);
  await nova.createFlavor(FLAVORS.large, 'stores.large', { vcpus: 2, ram: 1024, disk: 20 });
  const keystone = await KeystoneAdministrator.login(settings);
  // Not `service`, whose samples Ceilometer's own publisher leaves out.
  const otherProject = await keystone.create('project', 'projects', { name: 'stores', domain_id: 'default' });
  const made = new Set<string>();
  afterThisTest(async () => {
    for (const id of made) await nova.ask('DELETE', `/servers/${id}`);
    for (const id of made) await nova.until(id, 'DELETED');
    for (const id of Object.values(FLAVORS)) await nova.call('DELETE', `/flavors/${id}`);
    await keystone.call('DELETE', `projects/${otherProject}`);
  });
  return {
    settings,
    nova,
    images,
    flavors: FLAVORS,
    otherProject,
    create: async (...indexes) => {
      const wanted = indexes.map((index) => {
        const id = idOf(partitions, index);
        made.add(id);
        return { id, name: `vm-${index}`, flavor: FLAVORS.small, host: 'neo-1' };
      });
      await nova.bootAll(images.first, wanted);
    },
  };
}

/** Instances of partitions as Nova lists them now, by id of the partition. */
export async function listInstances(
  nova: NovaUser,
  partitions: readonly SimulatedPartition[],
): Promise<ReadonlyMap<string, ListedInstance>> {
  const { servers } = await nova.call('GET', '/servers/detail?all_tenants=1');
  const byId = new Map((servers as readonly ListedServer[]).map((server) => [server.id, server]));
  return new Map(
    partitions.flatMap(({ id }) => {
      const server = byId.get(instanceOfPartition(id));
      return server ? [[id, instanceIn(server)] as const] : [];
    }),
  );
}

/** UUID of the instance of a partition. */
export function idOf(partitions: readonly SimulatedPartition[], index: number): string {
  const partition = partitions[index];
  if (!partition) throw new Error(`there is no partition ${index}`);
  return instanceOfPartition(partition.id);
}

interface ListedServer {
  readonly id: string;
  readonly name: string;
  readonly tenant_id: string;
  readonly flavor: { readonly original_name: string; readonly disk: number; readonly ephemeral: number };
  readonly 'OS-EXT-SRV-ATTR:instance_name': string;
  readonly 'OS-EXT-SRV-ATTR:host': string | null;
}

function instanceIn(server: ListedServer): ListedInstance {
  const { id, name, tenant_id: project, flavor } = server;
  return {
    id,
    name,
    project,
    flavor: flavor.original_name,
    host: server['OS-EXT-SRV-ATTR:host'],
    instanceName: server['OS-EXT-SRV-ATTR:instance_name'],
    disk: { root: flavor.disk, ephemeral: flavor.ephemeral },
  };
}
