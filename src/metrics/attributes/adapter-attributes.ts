import type { DiskActivity, NetworkAdapterActivity } from '../../inspector/activity.ts';
import type { PointAttributes } from './attribute-cache.ts';

/** Attributes of adapters that are there from the first sample and never change: always on the points. */
export const fixedNetworkAttributes = [
  'powervm.adapter.type',
  'powervm.adapter.location',
  'powervm.adapter.id',
] as const;
export const fixedDiskAttributes = [...fixedNetworkAttributes, 'powervm.vios.id', 'powervm.vios.number'] as const;

/** Attributes that come late or change, and would split series: on `powervm.lpar.adapter.link`, elsewhere by choice. */
export const lateAdapterAttributes = [
  'powervm.adapter.mac',
  'powervm.vlan.id',
  'powervm.vswitch.id',
  'powervm.vios.name',
  'powervm.adapter.wwpn',
  'powervm.fc.adapter.id',
  'powervm.sea.adapter.id',
] as const;

export function networkAttributes(adapter: NetworkAdapterActivity): PointAttributes {
  return present({
    'powervm.adapter.type': adapter.type,
    'powervm.adapter.location': adapter.location,
    'powervm.adapter.id': adapter.id,
  });
}

export function lateNetworkAttributes(adapter: NetworkAdapterActivity): PointAttributes {
  return present({
    'powervm.adapter.mac': adapter.inventory?.mac,
    'powervm.vlan.id': adapter.vlanId,
    'powervm.vswitch.id': adapter.vswitchId,
    'powervm.vios.name': adapter.vios?.name,
    'powervm.sea.adapter.id': adapter.sharedEthernetAdapterId,
  });
}

export function diskAttributes(disk: DiskActivity): PointAttributes {
  return present({
    'powervm.adapter.type': disk.type,
    'powervm.adapter.location': disk.location,
    'powervm.adapter.id': disk.id,
    'powervm.vios.id': disk.vios.id,
    'powervm.vios.number': disk.vios.number,
  });
}

export function lateDiskAttributes(disk: DiskActivity): PointAttributes {
  return present({
    'powervm.vios.name': disk.vios.name,
    'powervm.adapter.wwpn': disk.wwpn,
    'powervm.fc.adapter.id': disk.fibreChannelAdapterId,
  });
}

/** Those of `attributes` that the user wants on the points too. */
export function chosen(attributes: PointAttributes, names: ReadonlySet<string>): PointAttributes {
  if (names.size === 0) return {};
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.has(name)));
}

/** Without what is not known: an attribute is there or it is not. */
export function present(attributes: Readonly<Record<string, string | number | boolean | undefined>>): PointAttributes {
  const known: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) known[name] = value;
  return known;
}
