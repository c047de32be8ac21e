import { normalizeUuid } from '../../base/text/uuid.ts';
import {
  counterField,
  integerField,
  type JsonObject,
  listedOnce,
  objects,
  type Problems,
  textField,
} from '../json/fields.ts';
import { readLongInteger } from '../json/lossless-json.ts';
import type {
  EthernetCounters,
  SriovPortSample,
  StorageCounters,
  VirtualEthernetSample,
  VirtualFibreChannelClientSample,
  VirtualScsiClientSample,
} from '../model.ts';

const UNUSED_WWPN = '0000000000000000';

export function ethernetCounters(adapter: JsonObject, problems: Problems): EthernetCounters {
  return {
    receivedBytes: counterField(adapter, 'receivedBytes', problems),
    sentBytes: counterField(adapter, 'sentBytes', problems),
    receivedPackets: counterField(adapter, 'receivedPackets', problems),
    sentPackets: counterField(adapter, 'sentPackets', problems),
  };
}

export function storageCounters(adapter: JsonObject, problems: Problems): StorageCounters {
  return {
    reads: counterField(adapter, 'numOfReads', problems),
    writes: counterField(adapter, 'numOfWrites', problems),
    readBytes: counterField(adapter, 'readBytes', problems),
    writtenBytes: counterField(adapter, 'writeBytes', problems),
  };
}

/** `network.virtualEthernetAdapters` of a partition; an adapter without location cannot be identified. */
export function virtualEthernetAdapters(network: JsonObject, problems: Problems): readonly VirtualEthernetSample[] {
  const adapters = readEach(network, 'virtualEthernetAdapters', problems, readVirtualEthernet);
  return listedOnce(adapters, ({ location }) => location, 'virtualEthernetAdapters', problems);
}

function readVirtualEthernet(adapter: JsonObject, problems: Problems): VirtualEthernetSample | undefined {
  const location = textField(adapter, 'physicalLocation', problems);
  if (location === undefined) return undefined;
  return {
    location,
    vlanId: integerField(adapter, 'vlanId', problems),
    vswitchId: integerField(adapter, 'vswitchId', problems),
    receivedBytes: counterField(adapter, 'receivedBytes', problems),
    sentBytes: counterField(adapter, 'sentBytes', problems),
    receivedPackets: counterField(adapter, 'receivedPackets', problems),
    sentPackets: counterField(adapter, 'sentPackets', problems),
    droppedPackets: counterField(adapter, 'droppedPackets', problems),
    externalReceivedBytes: counterField(adapter, 'receivedPhysicalBytes', problems),
    externalSentBytes: counterField(adapter, 'sentPhysicalBytes', problems),
  };
}

/** `network.sriovLogicalPorts` of a partition or VIOS. */
export function sriovPorts(network: JsonObject, problems: Problems): readonly SriovPortSample[] {
  const ports = readEach(network, 'sriovLogicalPorts', problems, readSriovPort);
  return listedOnce(ports, ({ location }) => location, 'sriovLogicalPorts', problems);
}

function readSriovPort(port: JsonObject, problems: Problems): SriovPortSample | undefined {
  const location = textField(port, 'physicalLocation', problems);
  if (location === undefined) return undefined;
  const client = textField(port, 'clientPartitionUUID', problems);
  return {
    drcIndex: textField(port, 'drcIndex', problems),
    location,
    physicalAdapterId: textField(port, 'physicalDrcIndex', problems),
    physicalPortId: textField(port, 'physicalPortId', problems),
    vnicDeviceMode: textField(port, 'vnicDeviceMode', problems),
    clientPartitionId: client === undefined ? undefined : normalizeUuid(client),
    receivedBytes: counterField(port, 'receivedBytes', problems),
    sentBytes: counterField(port, 'sentBytes', problems),
    receivedPackets: counterField(port, 'receivedPackets', problems),
    sentPackets: counterField(port, 'sentPackets', problems),
    droppedReceivedPackets: counterField(port, 'droppedReceivedPackets', problems),
    droppedSentPackets: counterField(port, 'droppedSentPackets', problems),
    receiveErrors: counterField(port, 'errorIn', problems),
    sendErrors: counterField(port, 'errorOut', problems),
  };
}

/** `storage.genericVirtualAdapters` of a partition: client ends of virtual SCSI. */
export function virtualScsiClients(storage: JsonObject, problems: Problems): readonly VirtualScsiClientSample[] {
  const clients = readEach(storage, 'genericVirtualAdapters', problems, readVirtualScsiClient);
  return listedOnce(
    clients,
    ({ location, viosNumber, viosSlot }) => `${location} ${viosNumber} ${viosSlot}`,
    'genericVirtualAdapters',
    problems,
  );
}

function readVirtualScsiClient(adapter: JsonObject, problems: Problems): VirtualScsiClientSample | undefined {
  const location = textField(adapter, 'physicalLocation', problems);
  const viosNumber = integerField(adapter, 'viosId', problems);
  const viosSlot = integerField(adapter, 'viosAdapterSlotId', problems);
  const isKnown = location !== undefined && viosNumber !== undefined && viosSlot !== undefined;
  return isKnown ? { location, viosNumber, viosSlot } : undefined;
}

/** `storage.virtualFiberChannelAdapters` of a partition: client ends of NPIV. */
export function virtualFibreChannelClients(
  storage: JsonObject,
  problems: Problems,
): readonly VirtualFibreChannelClientSample[] {
  const clients = readEach(storage, 'virtualFiberChannelAdapters', problems, readVirtualFibreChannelClient);
  return listedOnce(
    clients,
    ({ location, viosNumber, wwpns }) => `${location} ${viosNumber} ${wwpns}`,
    'virtualFiberChannelAdapters',
    problems,
  );
}

function readVirtualFibreChannelClient(
  adapter: JsonObject,
  problems: Problems,
): VirtualFibreChannelClientSample | undefined {
  const location = textField(adapter, 'physicalLocation', problems);
  const viosNumber = integerField(adapter, 'viosId', problems);
  if (location === undefined || viosNumber === undefined) return undefined;
  const pair = adapter.wwpnPair ?? adapter.wwpnpair;
  const wwpns = Array.isArray(pair) ? pair.map(wwpnFromDecimal).filter((wwpn) => wwpn !== undefined) : [];
  return { location, viosNumber, wwpns };
}

/** No adapters: most partitions have none of a kind. */
const NONE: readonly never[] = Object.freeze([]);

/** The elements of a list that say which adapter they are; `read` answers `undefined` for the others. */
function readEach<Adapter>(
  parent: JsonObject,
  list: string,
  problems: Problems,
  read: (adapter: JsonObject, problems: Problems) => Adapter | undefined,
): readonly Adapter[] {
  const elements = objects(parent, list, problems);
  if (elements.length === 0) return NONE;
  const adapters: Adapter[] = [];
  for (const element of elements) {
    const adapter = read(element, problems);
    if (adapter) adapters.push(adapter);
    else problems.note(list, 'has an element that does not say which adapter it is');
  }
  return adapters;
}

/**
 * A WWPN as 16 lower-case hexadecimal digits. The hypervisor writes it as an unsigned 64-bit decimal; as a string it
 * is hexadecimal. All zero means none.
 */
function wwpnFromDecimal(value: unknown): string | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value > 0 ? hexadecimal(BigInt(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  const known = knownWwpns.get(value);
  if (known !== undefined) return known;
  const integer = readLongInteger(value);
  const wwpn = integer === undefined ? wwpnFromText(value) : hexadecimal(BigInt(integer));
  if (wwpn !== undefined) remember(value, wwpn);
  return wwpn;
}

/** WWPNs hardly ever change, and 64-bit arithmetic on some thousand of them every half minute is not for nothing. */
const knownWwpns = new Map<string, string>();
const MAX_KNOWN_WWPNS = 100_000;

function remember(decimal: string, wwpn: string): void {
  if (knownWwpns.size >= MAX_KNOWN_WWPNS) knownWwpns.clear();
  knownWwpns.set(decimal, wwpn);
}

export function wwpnFromText(value: string): string | undefined {
  const digits = value.trim().toLowerCase().replace(/^0x/, '').replaceAll(':', '');
  if (!/^[0-9a-f]{1,16}$/.test(digits)) return undefined;
  const wwpn = digits.padStart(16, '0');
  return wwpn === UNUSED_WWPN ? undefined : wwpn;
}

function hexadecimal(integer: bigint): string | undefined {
  return integer > 0n && integer < 1n << 64n ? integer.toString(16).padStart(16, '0') : undefined;
}
