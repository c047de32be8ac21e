import type { Instance } from '../../src/openstack/index.ts';

/** An instance as an administrator sees it. */
export function instanceWith(id: string, changes: Partial<Instance> = {}): Instance {
  return {
    id,
    name: 'web-1',
    instanceName: 'instance-0000002a',
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
    image: { id: '155d900f-4e14-4e4c-a73d-069cbf4541e6', link: undefined },
    flavor: {
      id: '42',
      name: 'p10.small',
      vcpus: 2,
      ram: 4096,
      disk: 20,
      ephemeral: 0,
      swap: 0,
      extraSpecs: { 'powervm:proc_units': '0.5' },
    },
    metadata: {},
    ...changes,
  };
}
