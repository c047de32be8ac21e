import type { FibreChannelActivity, PartitionActivity } from '../../inspector/activity.ts';
import { present } from '../attributes/adapter-attributes.ts';
import type { PointAttributes } from '../attributes/attribute-cache.ts';
import type { DirectedAttributes, MetricDefinition, SelectionContext } from '../definition.ts';
import {
  DISK_DIRECTION,
  diskAttributesOf,
  NETWORK_DIRECTION,
  networkAttributesOf,
  observeEthernetBytes,
  observeEthernetPackets,
  observeStorageBytes,
  observeStorageOperations,
} from './directions.ts';

const placeNames = ['powervm.adapter.id', 'powervm.adapter.location'] as const;
const fibreChannelNames = ['powervm.adapter.id', 'powervm.adapter.wwpn', 'powervm.adapter.location'] as const;

/** What a VIOS does for others. */
export const viosMetrics: readonly MetricDefinition<PartitionActivity>[] = [
  {
    name: 'powervm.vios.sea.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through a shared Ethernet adapter',
    attributes: [NETWORK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: true,
    source: 'sharedAdapters[] receivedBytes, sentBytes',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.sharedEthernetAdapters ?? [])
        observeEthernetBytes(observe, adapter, ethernetPlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.sea.packet.count',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets through a shared Ethernet adapter',
    attributes: [NETWORK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: true,
    source: 'sharedAdapters[] receivedPackets, sentPackets',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.sharedEthernetAdapters ?? [])
        observeEthernetPackets(observe, adapter, ethernetPlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.sea.packet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets dropped by a shared Ethernet adapter',
    attributes: placeNames,
    entity: 'vios',
    default: true,
    source: 'sharedAdapters[] droppedPackets',
    valueType: 'int',
    select: ({ vios }, observe) => {
      for (const adapter of vios?.sharedEthernetAdapters ?? [])
        observe(adapter, adapter.droppedPackets, placeOf(adapter));
    },
  },
  {
    name: 'powervm.vios.ethernet.physical.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through a physical Ethernet port, one layer below the shared Ethernet adapters',
    attributes: [NETWORK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: true,
    source: 'genericAdapters[] of type physical receivedBytes, sentBytes',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.physicalEthernetAdapters ?? [])
        observeEthernetBytes(observe, adapter, ethernetPlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.ethernet.physical.packet.count',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets through a physical Ethernet port, one layer below the shared Ethernet adapters',
    attributes: [NETWORK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: true,
    source: 'genericAdapters[] of type physical receivedPackets, sentPackets',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.physicalEthernetAdapters ?? [])
        observeEthernetPackets(observe, adapter, ethernetPlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.ethernet.physical.packet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets dropped by a physical Ethernet port, one layer below the shared Ethernet adapters',
    attributes: placeNames,
    entity: 'vios',
    default: true,
    source: 'genericAdapters[] of type physical droppedPackets',
    valueType: 'int',
    select: ({ vios }, observe) => {
      for (const adapter of vios?.physicalEthernetAdapters ?? [])
        observe(adapter, adapter.droppedPackets, placeOf(adapter));
    },
  },
  {
    name: 'powervm.vios.ethernet.virtual.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through a virtual Ethernet adapter of the VIOS',
    attributes: [NETWORK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: false,
    source: 'genericAdapters[] of type virtual',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.virtualEthernetAdapters ?? [])
        observeEthernetBytes(observe, adapter, ethernetPlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.fc.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through a physical Fibre Channel port',
    attributes: [DISK_DIRECTION, ...fibreChannelNames],
    entity: 'vios',
    default: true,
    source: 'fiberChannelAdapters[] readBytes, writeBytes; ports without a WWPN are left out',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.fibreChannelAdapters ?? [])
        observeStorageBytes(observe, adapter, fibreChannelDirections(adapter, context));
    },
  },
  {
    name: 'powervm.vios.fc.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Reads and writes through a physical Fibre Channel port',
    attributes: [DISK_DIRECTION, ...fibreChannelNames],
    entity: 'vios',
    default: true,
    source: 'fiberChannelAdapters[] numOfReads, numOfWrites',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.fibreChannelAdapters ?? [])
        observeStorageOperations(observe, adapter, fibreChannelDirections(adapter, context));
    },
  },
  {
    name: 'powervm.vios.fc.speed',
    kind: 'gauge',
    unit: 'bit/s',
    description: 'Speed of the link of a physical Fibre Channel port; 0 without a link',
    attributes: fibreChannelNames,
    entity: 'vios',
    default: true,
    source: 'runningSpeed Gbit/s × 1e9; 17 means 16',
    valueType: 'int',
    select: ({ vios }, observe) => {
      for (const adapter of vios?.fibreChannelAdapters ?? [])
        observe(adapter, adapter.bitsPerSecond, fibreChannelPlace(adapter));
    },
  },
  {
    name: 'powervm.vios.disk.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through a physical storage adapter of the VIOS',
    attributes: [DISK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: true,
    source: 'genericPhysicalAdapters[] without fscsiN readBytes, writeBytes',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.physicalStorageAdapters ?? [])
        observeStorageBytes(observe, adapter, storagePlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.disk.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Reads and writes through a physical storage adapter of the VIOS',
    attributes: [DISK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: true,
    source: 'genericPhysicalAdapters[] without fscsiN numOfReads, numOfWrites',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.physicalStorageAdapters ?? [])
        observeStorageOperations(observe, adapter, storagePlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.vscsi.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes through a virtual SCSI server; the client partition shows the same',
    attributes: [DISK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: false,
    source: 'genericVirtualAdapters[] readBytes, writeBytes',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.virtualScsiServers ?? [])
        observeStorageBytes(observe, adapter, storagePlace(adapter, context));
    },
  },
  {
    name: 'powervm.vios.vscsi.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Reads and writes through a virtual SCSI server; the client partition shows the same',
    attributes: [DISK_DIRECTION, ...placeNames],
    entity: 'vios',
    default: false,
    source: 'genericVirtualAdapters[] numOfReads, numOfWrites',
    valueType: 'int',
    select: ({ vios }, observe, context) => {
      for (const adapter of vios?.virtualScsiServers ?? [])
        observeStorageOperations(observe, adapter, storagePlace(adapter, context));
    },
  },
];

interface Place {
  readonly id: string;
  readonly location: string | undefined;
}

function ethernetPlace(adapter: Place, context: SelectionContext): DirectedAttributes {
  return networkAttributesOf(context, `ethernet\0${adapter.id}\0${adapter.location}`, () => ({
    attributes: placeOf(adapter),
  }));
}

function storagePlace(adapter: Place, context: SelectionContext): DirectedAttributes {
  return diskAttributesOf(context, `storage\0${adapter.id}\0${adapter.location}`, () => ({
    attributes: placeOf(adapter),
  }));
}

function fibreChannelDirections(adapter: FibreChannelActivity, context: SelectionContext): DirectedAttributes {
  return diskAttributesOf(context, `fc\0${adapter.id}\0${adapter.wwpn}\0${adapter.location}`, () => ({
    attributes: fibreChannelPlace(adapter),
  }));
}

function placeOf({ id, location }: Place): PointAttributes {
  return present({ 'powervm.adapter.id': id, 'powervm.adapter.location': location });
}

function fibreChannelPlace(adapter: FibreChannelActivity): PointAttributes {
  return present({
    'powervm.adapter.id': adapter.id,
    'powervm.adapter.wwpn': adapter.wwpn,
    'powervm.adapter.location': adapter.location,
  });
}
