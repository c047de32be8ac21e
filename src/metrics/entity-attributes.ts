import type { FrameActivity, PartitionActivity, StoragePoolActivity } from '../inspector/activity.ts';
import { present } from './adapter-attributes.ts';
import type { PointAttributes } from './definition.ts';

/** Attributes of the Resource of a managed system (catalog.md, "Entities"). */
export function systemAttributes({ system: { description } }: FrameActivity): PointAttributes {
  const { machineType, model } = description;
  return present({
    ...frameAttributes(description),
    'host.id': description.id,
    'host.name': description.name,
    'host.arch': 'ppc64',
    'host.type': machineType !== undefined && model !== undefined ? `${machineType}-${model}` : undefined,
  });
}

/** Attributes of the Resource of an LPAR or VIOS, those of the frame that it runs on among them. */
export function partitionAttributes(partition: PartitionActivity, frame: FrameActivity): PointAttributes {
  return present({
    'powervm.lpar.id': partition.id,
    'powervm.lpar.number': partition.number,
    'powervm.lpar.name': partition.name,
    'powervm.lpar.type': partition.type,
    'powervm.lpar.sharing_mode': partition.processor.mode,
    'powervm.pool.id': partition.processor.poolId,
    'os.type': partition.operatingSystemType,
    'host.id': partition.id,
    'host.name': partition.name,
    ...frameAttributes(frame.system.description),
  });
}

/** Attributes of the Resource of a shared storage pool; it belongs to no single frame. */
export function storagePoolAttributes({ id, name }: StoragePoolActivity): PointAttributes {
  return present({ 'powervm.ssp.id': id, 'powervm.ssp.name': name });
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

function frameAttributes(description: FrameActivity['system']['description']) {
  return {
    'powervm.system.id': description.id,
    'powervm.system.name': description.name,
    'powervm.system.mtms': description.mtms,
    'powervm.system.machine_type': description.machineType,
    'powervm.system.model': description.model,
    'powervm.system.serial_number': description.serialNumber,
    'powervm.system.firmware_version': description.firmwareVersion,
  };
}
