import type { EthernetActivity, StorageActivity } from '../../inspector/activity.ts';
import { chosen } from '../attributes/adapter-attributes.ts';
import type { PointAttributes } from '../attributes/attribute-cache.ts';
import type { DirectedAttributes, Observe, PointTime, SelectionContext } from '../definition.ts';

export const NETWORK_DIRECTION = 'network.io.direction';
export const DISK_DIRECTION = 'disk.io.direction';

/** What the attributes of an adapter are made of. */
export interface AdapterIdentity {
  readonly attributes: PointAttributes;
  /** What comes late or changes; on points only where the user wants it. */
  readonly late?: PointAttributes;
}

export function observeEthernetBytes(
  observe: Observe,
  adapter: PointTime & EthernetActivity,
  attributes: DirectedAttributes,
): void {
  observe(adapter, adapter.receivedBytes, attributes.in);
  observe(adapter, adapter.sentBytes, attributes.out);
}

export function observeEthernetPackets(
  observe: Observe,
  adapter: PointTime & EthernetActivity,
  attributes: DirectedAttributes,
): void {
  observe(adapter, adapter.receivedPackets, attributes.in);
  observe(adapter, adapter.sentPackets, attributes.out);
}

export function observeStorageBytes(
  observe: Observe,
  adapter: PointTime & StorageActivity,
  attributes: DirectedAttributes,
): void {
  observe(adapter, adapter.readBytes, attributes.in);
  observe(adapter, adapter.writtenBytes, attributes.out);
}

export function observeStorageOperations(
  observe: Observe,
  adapter: PointTime & StorageActivity,
  attributes: DirectedAttributes,
): void {
  observe(adapter, adapter.reads, attributes.in);
  observe(adapter, adapter.writes, attributes.out);
}

/** Attributes of a network adapter or port by a key that says everything they depend on. */
export function networkAttributesOf(
  context: SelectionContext,
  key: string,
  identityOf: () => AdapterIdentity,
): DirectedAttributes {
  return attributesByKey(context, key, identityOf, NETWORK_DIRECTION, 'receive', 'transmit');
}

/** The same of a storage adapter. */
export function diskAttributesOf(
  context: SelectionContext,
  key: string,
  identityOf: () => AdapterIdentity,
): DirectedAttributes {
  return attributesByKey(context, key, identityOf, DISK_DIRECTION, 'read', 'write');
}

function attributesByKey(
  { attributeCache, adapterAttributes }: SelectionContext,
  key: string,
  identityOf: () => AdapterIdentity,
  name: string,
  inward: string,
  outward: string,
): DirectedAttributes {
  return attributeCache.recall(key, () => {
    const { attributes, late = {} } = identityOf();
    const plain = { ...attributes, ...chosen(late, adapterAttributes) };
    return {
      plain,
      in: { ...plain, [name]: inward },
      out: { ...plain, [name]: outward },
      link: { ...attributes, ...late },
    };
  });
}
