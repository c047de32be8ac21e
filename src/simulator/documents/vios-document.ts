import {
  type StorageCounters,
  storageCounters,
  sumOfStorage,
  sumOfTraffic,
  type TrafficCounters,
  trafficCounters,
} from '../estate/counters.ts';
import type { SimulatedSystem, SimulatedVios } from '../estate/model.ts';
import { externalPart } from './hypervisor-document.ts';
import { jsonText } from './json-text.ts';
import { sampleTimeText } from './time-text.ts';

/** The document of one VIOS (powervm-rest-api.md 5.4): status after the data, id as a string, no UUID. */
export function viosDocument(system: SimulatedSystem, vios: SimulatedVios, time: number): string {
  const bridged = bridgedTraffic(system, vios, time);
  return jsonText({
    systemUtil: {
      utilInfo: { version: '1.0.0', metricType: 'Raw', monitoringType: 'LTM', mtms: system.mtms },
      utilSample: {
        timeStamp: sampleTimeText(time),
        viosUtil: [
          {
            id: String(vios.number),
            name: vios.name,
            memory: { utilizedMem: Math.round(vios.memoryMib * 0.45) },
            network: {
              genericAdapters: [
                { id: 'ent0', type: 'physical', physicalLocation: `${vios.physicalEthernetLocation}-T1`, ...bridged },
                { id: 'ent4', type: 'virtual', physicalLocation: virtualLocation(system, vios, 'C10-T1'), ...bridged },
              ],
              sharedAdapters: [
                {
                  id: 'ent6',
                  type: 'sea',
                  physicalLocation: virtualLocation(system, vios, 'C10-T1'),
                  bridgedAdapters: ['ent0', 'ent4'],
                  ...bridged,
                },
              ],
            },
            storage: storage(system, vios, time),
          },
        ],
        status: 0,
        errorInfo: [],
      },
    },
  });
}

function virtualLocation(system: SimulatedSystem, vios: SimulatedVios, slot: string): string {
  return `U${system.machineType}.${system.model}.${system.serialNumber}-V${vios.number}-${slot}`;
}

/** The first VIOS bridges what leaves the frame; the others stand by. */
function bridgedTraffic(system: SimulatedSystem, vios: SimulatedVios, time: number): TrafficCounters {
  if (vios.number !== 1) return sumOfTraffic([]);
  return sumOfTraffic(
    system.partitions.flatMap((partition) =>
      partition.ethernet.map((adapter) => {
        const external = externalPart(trafficCounters(partition, adapter.bytesPerWork, time));
        return {
          receivedBytes: external.receivedPhysicalBytes,
          sentBytes: external.sentPhysicalBytes,
          receivedPackets: external.receivedPhysicalPackets,
          sentPackets: external.sentPhysicalPackets,
          droppedPackets: 0,
        };
      }),
    ),
  );
}

function storage(system: SimulatedSystem, vios: SimulatedVios, time: number) {
  const hosts = virtualHosts(system, vios, time);
  const disks = sumOfStorage(hosts.map(({ counters }) => counters));
  const halfOfDisks: StorageCounters = {
    numOfReads: Math.floor(disks.numOfReads / 2),
    numOfWrites: Math.floor(disks.numOfWrites / 2),
    readBytes: Math.floor(disks.readBytes / 2),
    writeBytes: Math.floor(disks.writeBytes / 2),
  };
  return {
    genericPhysicalAdapters: [{ id: 'sissas0', type: 'sas', physicalLocation: vios.storageLocation, ...disks }],
    genericVirtualAdapters: hosts.map(({ id, location, counters }) => ({
      id,
      type: 'virtual',
      physicalLocation: location,
      ...counters,
    })),
    fiberChannelAdapters: vios.fibreChannelPorts.map(({ wwpn, location, gigabits }, index) => {
      const ports = virtualPorts(system, vios, index, time);
      return {
        id: `fcs${index}`,
        wwpn,
        physicalLocation: location,
        ...sumOfStorage(ports.map(({ counters }) => counters)),
        // Consoles write 17 for 16 Gbit/s.
        runningSpeed: gigabits === 16 ? 17 : gigabits,
        ports: ports.map(({ id, wwpn: client, location: slot, counters }) => ({
          id,
          wwpn: client,
          physicalLocation: slot,
          ...counters,
          runningSpeed: gigabits === 16 ? 17 : gigabits,
        })),
      };
    }),
    sharedStoragePools: [
      {
        id: system.storagePoolId,
        poolDisks: ['hdisk10', 'hdisk11'],
        ...halfOfDisks,
        totalSpace: 4 * 1024 * 1024,
        usedSpace: 1_310_720,
      },
    ],
  };
}

function virtualHosts(system: SimulatedSystem, vios: SimulatedVios, time: number) {
  return system.partitions
    .flatMap((partition) =>
      partition.scsi
        .filter(({ viosNumber }) => viosNumber === vios.number)
        .map(({ serverSlot, bytesPerWork }) => ({
          location: virtualLocation(system, vios, `C${serverSlot}`),
          counters: storageCounters(partition, bytesPerWork, time),
        })),
    )
    .map((host, index) => ({ id: `vhost${index}`, ...host }));
}

function virtualPorts(system: SimulatedSystem, vios: SimulatedVios, portIndex: number, time: number) {
  return system.partitions
    .flatMap((partition) =>
      partition.fibreChannel
        .filter(({ viosNumber }) => viosNumber === vios.number)
        .map((adapter) => ({ partition, adapter })),
    )
    .map(({ partition, adapter }, index) => ({
      id: `vfchost${index}`,
      portIndex: adapter.portIndex,
      wwpn: adapter.wwpns[0].toString(16).padStart(16, '0'),
      location: virtualLocation(system, vios, `C${2_000 + partition.number}`),
      counters: storageCounters(partition, adapter.bytesPerWork, time),
    }))
    .filter((port) => port.portIndex === portIndex);
}
