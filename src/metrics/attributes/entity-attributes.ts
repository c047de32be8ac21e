import type { FrameActivity, PartitionActivity, StoragePoolActivity } from '../../inspector/activity.ts';
import { present } from './adapter-attributes.ts';
import type { PointAttributes } from './attribute-cache.ts';

/**
 * How much of its entity a Resource describes: what never changes; also the names; or everything known when it is first
 * reported.
 */
export type ResourceDetail = 'identity' | 'names' | 'description';

/** Attributes of the Resource of a managed system. */
export function systemAttributes(frame: FrameActivity, detail: ResourceDetail): PointAttributes {
  const { description } = frame.system;
  const { machineType, model } = description;
  return present({
    ...frameAttributes(frame, detail),
    'host.id': description.id,
    'host.name': detail === 'identity' ? undefined : description.name,
    'host.arch': 'ppc64',
    'host.type': machineType !== undefined && model !== undefined ? `${machineType}-${model}` : undefined,
  });
}

/** Attributes of the Resource of an LPAR or VIOS, those of the frame that it runs on among them. */
export function partitionAttributes(
  partition: PartitionActivity,
  frame: FrameActivity,
  detail: ResourceDetail,
): PointAttributes {
  const { name, sharingMode, poolId, operatingSystemType } = partition.description;
  const isNamed = detail !== 'identity';
  const isDescribed = detail === 'description';
  return present({
    'powervm.lpar.id': partition.id,
    'powervm.lpar.number': partition.number,
    'powervm.lpar.name': isNamed ? name : undefined,
    'powervm.lpar.type': partition.type,
    'powervm.lpar.sharing_mode': isDescribed ? sharingMode : undefined,
    'powervm.pool.id': isDescribed ? poolId : undefined,
    'os.type': isDescribed ? operatingSystemType : undefined,
    'host.id': partition.id,
    'host.name': isNamed ? name : undefined,
    ...frameAttributes(frame, detail),
  });
}

/** Attributes of the Resource of a shared storage pool; it belongs to no single frame. */
export function storagePoolAttributes({ id, name }: StoragePoolActivity, detail: ResourceDetail): PointAttributes {
  return present({ 'powervm.ssp.id': id, 'powervm.ssp.name': detail === 'identity' ? undefined : name });
}

/** Identity of a system on flat points, where the SDK drops the Resource. */
export function flatSystemAttributes({ system: { description } }: FrameActivity, withNames: boolean): PointAttributes {
  return present({
    'powervm.system.id': description.id,
    'powervm.system.name': withNames ? description.name : undefined,
  });
}

export function flatPartitionAttributes(
  partition: PartitionActivity,
  frame: FrameActivity,
  withNames: boolean,
): PointAttributes {
  return present({
    ...flatSystemAttributes(frame, withNames),
    'powervm.lpar.id': partition.id,
    'powervm.lpar.number': partition.number,
    'powervm.lpar.name': withNames ? partition.name : undefined,
    'powervm.lpar.type': partition.type,
  });
}

/** Machine type, model and serial number are those of the machine itself. */
function frameAttributes({ system: { description } }: FrameActivity, detail: ResourceDetail) {
  return {
    'powervm.system.id': description.id,
    'powervm.system.name': detail === 'identity' ? undefined : description.name,
    'powervm.system.mtms': description.mtms,
    'powervm.system.machine_type': description.machineType,
    'powervm.system.model': description.model,
    'powervm.system.serial_number': description.serialNumber,
    'powervm.system.firmware_version': detail === 'description' ? description.firmwareVersion : undefined,
  };
}
