import { diskTraffic, fibreChannelTraffic, trunkTraffic } from '../estate/aggregates.ts';
import type { SimulatedError, SimulatedSystem, SimulatedVios } from '../estate/model.ts';
import { Reading } from '../estate/reading.ts';
import { NO_STORAGE, sumOfTraffic } from '../estate/sums.ts';
import { jsonText } from './json-text.ts';
import { errorInfo, sampleTimeText } from './sample-text.ts';

const ISSUES: Readonly<Record<string, SimulatedError>> = {
  '4002': { id: '4002', message: 'The Virtual I/O Server is not in running state.' },
  '4005': { id: '4005', message: 'The RMC connection of the Virtual I/O Server is inactive.' },
};

/**
 * The document of one VIOS (docs/reference/pcm-documents.md#vios-documents): status after the data, id as a string, no
 * UUID.
 */
export function viosDocument(system: SimulatedSystem, vios: SimulatedVios, time: number, stamp: number): string {
  const problem = ISSUES[vios.problem ?? ''];
  const identity = { id: String(vios.number), name: vios.name };
  return jsonText({
    systemUtil: {
      utilInfo: { version: '1.0.0', metricType: 'Raw', monitoringType: 'LTM', mtms: system.mtms },
      utilSample: {
        timeStamp: sampleTimeText(stamp),
        viosUtil: [
          problem
            ? { ...identity, memory: { utilizedMem: 0 }, network: {}, storage: {} }
            : { ...identity, ...sections(new Reading(system, time), vios) },
        ],
        status: problem ? 2 : 0,
        errorInfo: errorInfo(problem ? [problem] : []),
      },
    },
  });
}

function sections(reading: Reading, vios: SimulatedVios) {
  return {
    memory: { utilizedMem: Math.round(vios.memoryMib * 0.45) },
    network: network(reading, vios),
    storage: storage(reading, vios),
  };
}

/** A physical port, a trunk for each VLAN, and the bridge over them: the same packets three times. */
function network(reading: Reading, vios: SimulatedVios) {
  const trunks = trunkTraffic(reading, vios);
  const bridged = sumOfTraffic(Object.values(trunks));
  const physical = {
    id: 'ent0',
    type: 'physical',
    physicalLocation: `${vios.physicalEthernetLocation}-T1`,
    ...bridged,
  };
  const virtual = vios.ethernet.map(({ location }, index) => ({
    id: `ent${4 + index}`,
    type: 'virtual',
    physicalLocation: `${location}-T1`,
    ...trunks[location],
  }));
  if (virtual.length === 0) return { genericAdapters: [physical], sharedAdapters: [] };
  return {
    genericAdapters: [physical, ...virtual],
    sharedAdapters: [
      {
        id: `ent${4 + virtual.length}`,
        type: 'sea',
        physicalLocation: virtual[0]?.physicalLocation,
        bridgedAdapters: [physical.id, ...virtual.map(({ id }) => id)],
        ...bridged,
      },
    ],
  };
}

function storage(reading: Reading, vios: SimulatedVios) {
  const disks = diskTraffic(reading, vios);
  const fibreChannel = fibreChannelTraffic(reading, vios);
  return {
    genericPhysicalAdapters: [
      { id: 'sissas0', type: 'sas', physicalLocation: vios.storageLocation, ...disks },
      // The protocol devices of the Fibre Channel ports: the same I/O once more.
      ...vios.fibreChannelPorts.map(({ location }, index) => ({
        id: `fscsi${index}`,
        type: 'sas',
        physicalLocation: location,
        ...fibreChannel[location],
      })),
    ],
    genericVirtualAdapters: virtualHosts(reading, vios),
    fiberChannelAdapters: vios.fibreChannelPorts.map(({ wwpn, location, gigabits }, index) => ({
      id: `fcs${index}`,
      wwpn,
      physicalLocation: location,
      ...(fibreChannel[location] ?? NO_STORAGE),
      runningSpeed: speed(gigabits),
      ports: virtualPorts(reading, vios, index),
    })),
    sharedStoragePools: [
      {
        id: reading.system.storagePoolId,
        poolDisks: ['hdisk10', 'hdisk11'],
        // Half of the I/O goes to the pool.
        numOfReads: Math.floor(disks.numOfReads / 2),
        numOfWrites: Math.floor(disks.numOfWrites / 2),
        readBytes: Math.floor(disks.readBytes / 2),
        writeBytes: Math.floor(disks.writeBytes / 2),
        totalSpace: 4 * 1024 * 1024,
        usedSpace: 1_310_720,
      },
    ],
  };
}

/** Consoles write 17 for 16 Gbit/s. */
function speed(gigabits: number): number {
  return gigabits === 16 ? 17 : gigabits;
}

function virtualHosts(reading: Reading, vios: SimulatedVios) {
  return reading.system.partitions
    .flatMap((partition) =>
      partition.scsi
        .filter(({ viosNumber }) => viosNumber === vios.number)
        .map((adapter) => ({
          physicalLocation: virtualLocation(reading.system, vios, adapter.serverSlot),
          ...reading.storage(partition, adapter),
        })),
    )
    .map((host, index) => ({ id: `vhost${index}`, type: 'virtual', ...host }));
}

function virtualPorts(reading: Reading, vios: SimulatedVios, portIndex: number) {
  return reading.system.partitions
    .flatMap((partition) =>
      partition.fibreChannel
        .filter(({ viosNumber }) => viosNumber === vios.number)
        .map((adapter) => ({ partition, adapter })),
    )
    .map(({ partition, adapter }, index) => ({ id: `vfchost${index}`, partition, adapter }))
    .filter(({ adapter }) => adapter.portIndex === portIndex)
    .map(({ id, partition, adapter }) => ({
      id,
      wwpn: adapter.wwpns[adapter.activeWwpn].toString(16).padStart(16, '0'),
      physicalLocation: virtualLocation(reading.system, vios, 2_000 + partition.number),
      ...reading.storage(partition, adapter),
      runningSpeed: speed(vios.fibreChannelPorts[portIndex]?.gigabits ?? 0),
    }));
}

function virtualLocation(system: SimulatedSystem, vios: SimulatedVios, slot: number): string {
  return `U${system.machineType}.${system.model}.${system.serialNumber}-V${vios.number}-C${slot}`;
}
