import type { StoragePoolActivity, StoragePoolClientActivity } from '../../inspector/activity.ts';
import { present } from '../attributes/adapter-attributes.ts';
import type { PointAttributes } from '../attributes/attribute-cache.ts';
import type { DirectedAttributes, MetricDefinition, SelectionContext } from '../definition.ts';
import { DISK_DIRECTION, diskAttributesOf, observeStorageBytes, observeStorageOperations } from './directions.ts';

/** Shared storage pools, each reported by one of the systems that see it. */
export const storagePoolMetrics: readonly MetricDefinition<StoragePoolActivity>[] = [
  {
    name: 'powervm.ssp.size',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Size of a shared storage pool',
    attributes: [],
    entity: 'ssp',
    default: true,
    source: 'totalSpace × 2^20, from one elected VIOS',
    valueType: 'int',
    select: (pool, observe) => observe(pool, pool.size),
  },
  {
    name: 'powervm.ssp.usage',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Used part of a shared storage pool',
    attributes: [],
    entity: 'ssp',
    default: true,
    source: 'usedSpace × 2^20, from one elected VIOS',
    valueType: 'int',
    select: (pool, observe) => observe(pool, pool.usage),
  },
  {
    name: 'powervm.ssp.info',
    kind: 'gauge',
    unit: '1',
    description:
      'The name of a shared storage pool: 1 for the present one, 0 once for the one that it has just replaced',
    attributes: ['powervm.ssp.name'],
    entity: 'ssp',
    default: true,
    source: 'name, from one elected VIOS',
    valueType: 'int',
    select: (pool, observe) => {
      // Of several systems that see the pool one reports its size and name.
      if (pool.size === undefined && pool.usage === undefined) return;
      observe(pool, 1, present({ 'powervm.ssp.name': pool.name }));
      if (pool.previousName !== undefined) observe(pool, 0, { 'powervm.ssp.name': pool.previousName });
    },
  },
  {
    name: 'powervm.ssp.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes that a VIOS read from and wrote to a shared storage pool',
    attributes: [DISK_DIRECTION, 'powervm.vios.id'],
    entity: 'ssp',
    default: true,
    source: 'readBytes, writeBytes of each VIOS',
    valueType: 'int',
    select: (pool, observe, context) => {
      for (const client of identified(pool)) observeStorageBytes(observe, client, directionsOf(client, context));
    },
  },
  {
    name: 'powervm.ssp.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Reads and writes of a VIOS on a shared storage pool',
    attributes: [DISK_DIRECTION, 'powervm.vios.id'],
    entity: 'ssp',
    default: true,
    source: 'numOfReads, numOfWrites of each VIOS',
    valueType: 'int',
    select: (pool, observe, context) => {
      for (const client of identified(pool)) observeStorageOperations(observe, client, directionsOf(client, context));
    },
  },
];

/** A VIOS that the hypervisor does not list has no UUID, so its series would be ambiguous. */
function identified({ clients }: StoragePoolActivity): readonly StoragePoolClientActivity[] {
  return clients.filter(({ vios }) => vios.id !== undefined);
}

function directionsOf(client: StoragePoolClientActivity, context: SelectionContext): DirectedAttributes {
  return diskAttributesOf(context, `pool\0${client.vios.id}`, () => ({ attributes: viosOf(client) }));
}

function viosOf({ vios }: StoragePoolClientActivity): PointAttributes {
  return present({ 'powervm.vios.id': vios.id });
}
