import type { EthernetActivity, StorageActivity } from '../../inspector/activity.ts';
import type { Counter } from '../../pcm/model.ts';
import type { Observe, PointAttributes, PointTime } from '../definition.ts';

export const NETWORK_DIRECTION = 'network.io.direction';
export const DISK_DIRECTION = 'disk.io.direction';

/** Two points: what came in and what went out. */
export function observeNetwork(
  observe: Observe,
  timed: PointTime,
  received: Counter | undefined,
  sent: Counter | undefined,
  attributes: PointAttributes = {},
): void {
  observe(timed, received, { ...attributes, [NETWORK_DIRECTION]: 'receive' });
  observe(timed, sent, { ...attributes, [NETWORK_DIRECTION]: 'transmit' });
}

export function observeEthernetBytes(
  observe: Observe,
  adapter: PointTime & EthernetActivity,
  attributes: PointAttributes,
): void {
  observeNetwork(observe, adapter, adapter.receivedBytes, adapter.sentBytes, attributes);
}

export function observeEthernetPackets(
  observe: Observe,
  adapter: PointTime & EthernetActivity,
  attributes: PointAttributes,
): void {
  observeNetwork(observe, adapter, adapter.receivedPackets, adapter.sentPackets, attributes);
}

export function observeStorageBytes(
  observe: Observe,
  adapter: PointTime & StorageActivity,
  attributes: PointAttributes,
): void {
  observe(adapter, adapter.readBytes, { ...attributes, [DISK_DIRECTION]: 'read' });
  observe(adapter, adapter.writtenBytes, { ...attributes, [DISK_DIRECTION]: 'write' });
}

export function observeStorageOperations(
  observe: Observe,
  adapter: PointTime & StorageActivity,
  attributes: PointAttributes,
): void {
  observe(adapter, adapter.reads, { ...attributes, [DISK_DIRECTION]: 'read' });
  observe(adapter, adapter.writes, { ...attributes, [DISK_DIRECTION]: 'write' });
}
