import {
  counterField,
  integerField,
  type JsonObject,
  listedOnce,
  numberField,
  objects,
  type Problems,
  sampleErrors,
  section,
  textField,
  textList,
} from '../json/fields.ts';
import type {
  FibreChannelPortSample,
  FibreChannelSample,
  StoragePoolSample,
  ViosEthernetSample,
  ViosSample,
  ViosStorageAdapterSample,
} from '../model.ts';
import { ethernetCounters, storageCounters, wwpnFromText } from './adapters.ts';
import { notSuchDocument, openEnvelope } from './envelope.ts';

const DOCUMENT_NAME = 'a vios document';

/**
 * Reads the document of one VIOS (docs/reference/pcm-documents.md#vios-documents).
 * @throws {PcmDocumentError} for what is not a vios document; a bad part of one is left out and noted
 */
export function parseViosDocument(text: string): ViosSample {
  const { info, sample, time, status, errors, problems } = openEnvelope(text, DOCUMENT_NAME);
  const vios = objects(sample, 'viosUtil', problems)[0];
  if (!vios) throw notSuchDocument(DOCUMENT_NAME, 'it has no viosUtil');
  problems.enter('systemUtil.utilSample.viosUtil', 0);
  const number = integerField(vios, 'id', problems);
  if (number === undefined) throw notSuchDocument(DOCUMENT_NAME, 'it does not say which VIOS it is from');
  const network = section(vios, 'network', problems);
  const storage = section(vios, 'storage', problems);
  const document = {
    kind: 'vios' as const,
    time,
    status,
    errors: [...errors, ...(vios.errorInfo === undefined ? [] : sampleErrors(vios.errorInfo))],
    number,
    name: textField(vios, 'name', problems),
    mtms: textField(info, 'mtms', problems),
    usedMemoryMib: numberField(section(vios, 'memory', problems), 'utilizedMem', problems),
    ethernetAdapters: listedOnce(
      readEthernet(network, 'genericAdapters', problems),
      ({ id, type }) => `${type} ${id}`,
      'genericAdapters',
      problems,
    ),
    sharedEthernetAdapters: listedOnce(
      objects(network, 'sharedAdapters', problems).flatMap((adapter) =>
        readEthernetAdapter(adapter, problems).map((shared) => ({
          ...shared,
          bridgedAdapters: textList(adapter, 'bridgedAdapters'),
        })),
      ),
      idOf,
      'sharedAdapters',
      problems,
    ),
    fibreChannelAdapters: listedOnce(readFibreChannel(storage, problems), idOf, 'fiberChannelAdapters', problems),
    physicalStorageAdapters: listedOnce(
      readStorageAdapters(storage, 'genericPhysicalAdapters', problems),
      idOf,
      'genericPhysicalAdapters',
      problems,
    ),
    virtualScsiServers: listedOnce(
      readStorageAdapters(storage, 'genericVirtualAdapters', problems),
      idOf,
      'genericVirtualAdapters',
      problems,
    ),
    storagePools: listedOnce(readStoragePools(storage, problems), idOf, 'sharedStoragePools', problems),
  };
  return { ...document, problems: problems.found };
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

function readEthernet(network: JsonObject, list: string, problems: Problems): readonly ViosEthernetSample[] {
  return objects(network, list, problems).flatMap((adapter) => readEthernetAdapter(adapter, problems));
}

function readEthernetAdapter(adapter: JsonObject, problems: Problems): [ViosEthernetSample] | [] {
  const id = textField(adapter, 'id', problems);
  if (id === undefined) return [];
  return [
    {
      id,
      type: textField(adapter, 'type', problems) ?? '',
      location: textField(adapter, 'physicalLocation', problems),
      ...ethernetCounters(adapter, problems),
      droppedPackets: counterField(adapter, 'droppedPackets', problems),
    },
  ];
}

function readFibreChannel(storage: JsonObject, problems: Problems): readonly FibreChannelSample[] {
  return objects(storage, 'fiberChannelAdapters', problems).flatMap((adapter) => {
    const id = textField(adapter, 'id', problems);
    if (id === undefined) return [];
    return [
      {
        id,
        wwpn: readWwpn(adapter, problems),
        location: textField(adapter, 'physicalLocation', problems),
        speedGbit: numberField(adapter, 'runningSpeed', problems),
        ...storageCounters(adapter, problems),
        ports: objects(adapter, 'ports', problems).flatMap((port) => readFibreChannelPort(port, problems)),
      },
    ];
  });
}

function readFibreChannelPort(port: JsonObject, problems: Problems): [FibreChannelPortSample] | [] {
  const id = textField(port, 'id', problems);
  if (id === undefined) return [];
  return [
    {
      id,
      wwpn: readWwpn(port, problems),
      location: textField(port, 'physicalLocation', problems),
      reads: counterField(port, 'numOfReads', problems),
      writes: counterField(port, 'numOfWrites', problems),
      readBytes: counterField(port, 'readBytes', problems),
      writtenBytes: counterField(port, 'writeBytes', problems),
    },
  ];
}

function readWwpn(adapter: JsonObject, problems: Problems): string | undefined {
  const text = textField(adapter, 'wwpn', problems);
  return text === undefined ? undefined : wwpnFromText(text);
}

function readStorageAdapters(
  storage: JsonObject,
  list: string,
  problems: Problems,
): readonly ViosStorageAdapterSample[] {
  const adapters: ViosStorageAdapterSample[] = [];
  for (const adapter of objects(storage, list, problems)) {
    const id = textField(adapter, 'id', problems);
    if (id === undefined) continue;
    adapters.push({
      id,
      type: textField(adapter, 'type', problems),
      location: textField(adapter, 'physicalLocation', problems),
      reads: counterField(adapter, 'numOfReads', problems),
      writes: counterField(adapter, 'numOfWrites', problems),
      readBytes: counterField(adapter, 'readBytes', problems),
      writtenBytes: counterField(adapter, 'writeBytes', problems),
    });
  }
  return adapters;
}

function readStoragePools(storage: JsonObject, problems: Problems): readonly StoragePoolSample[] {
  return objects(storage, 'sharedStoragePools', problems).flatMap((pool) => {
    const id = textField(pool, 'id', problems);
    if (id === undefined) return [];
    return [
      {
        id,
        name: textField(pool, 'name', problems),
        totalMib: numberField(pool, 'totalSpace', problems),
        usedMib: numberField(pool, 'usedSpace', problems),
        ...storageCounters(pool, problems),
      },
    ];
  });
}
