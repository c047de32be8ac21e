import type { InventoryResponses } from './inventory.ts';
import type { Attributes, Expectations } from './point.ts';
import { type Emit, known } from './point.ts';
import { everybody, reportedPartitions } from './processors.ts';
import { counterAt, listAt, objectAt, type RawObject, textAt, uuidAt } from './raw-json.ts';
import type { Instant, ViosDocument } from './story.ts';

const directions = (name: string, inward: string, outward: string) => [
  [{ [name]: inward }, 0] as const,
  [{ [name]: outward }, 1] as const,
];
export const NETWORK = directions('network.io.direction', 'receive', 'transmit');
const DISK = directions('disk.io.direction', 'read', 'write');

/** Which VIOS bridges a network, by switch and VLAN. Kept from the last document in which each VIOS reported it. */
export type Bridges = Map<number, ViosDocument>;

/** The network adapters of every partition (docs/reference/pcm-documents.md#joins, #ethernet). */
export function expectNetworkAdapters(
  instant: Instant,
  inventory: InventoryResponses,
  bridges: Bridges,
  expectations: Expectations,
): void {
  for (const { element } of everybody(instant)) {
    const network = objectAt(element, 'network');
    for (const adapter of [...listAt(network, 'virtualEthernetAdapters'), ...listAt(network, 'sriovLogicalPorts')]) {
      inventory.noteSeen(instant, textAt(adapter, 'physicalLocation') ?? '');
    }
  }
  for (const { element, isVios } of reportedPartitions(instant)) {
    const id = uuidAt(element, 'uuid') ?? '';
    const emit = expectations.of(id, instant.time);
    const network = objectAt(element, 'network');
    for (const adapter of listAt(network, 'virtualEthernetAdapters')) {
      if (isVios && isTrunk(element, adapter, bridges)) continue;
      const fixed = identity('vea', adapter);
      emitTraffic(emit, adapter, fixed);
      emit('powervm.lpar.network.packet.dropped', counterAt(adapter, 'droppedPackets'), fixed);
      for (const [direction, index] of NETWORK) {
        const name = ['receivedPhysicalBytes', 'sentPhysicalBytes'][index] ?? '';
        emit('powervm.lpar.network.external.io', counterAt(adapter, name), { ...fixed, ...direction });
      }
      const location = textAt(adapter, 'physicalLocation') ?? '';
      const isAsked = inventory.isAsked(instant, id, 'ClientNetworkAdapter', location);
      emit('powervm.lpar.adapter.link', isAsked ? 1 : undefined, {
        ...fixed,
        'powervm.adapter.mac': inventory.mac(instant, id, location),
        'powervm.vlan.id': Number(adapter.vlanId),
        'powervm.vswitch.id': Number(adapter.vswitchId),
        ...(isVios ? {} : bridgeOf(instant, adapter, bridges)),
      });
    }
    const own = listAt(network, 'sriovLogicalPorts').filter(
      (port) => uuidAt(port, 'clientPartitionUUID') === undefined,
    );
    for (const port of own) {
      const location = textAt(port, 'physicalLocation') ?? '';
      const isAsked = inventory.isAsked(instant, id, 'SRIOVEthernetLogicalPort', location);
      emitLogicalPort(emit, port, identity('sriov', port), isAsked, {
        'powervm.adapter.mac': inventory.mac(instant, id, location),
      });
    }
    for (const vios of listAt(instant.sample, 'viosUtil')) {
      for (const port of listAt(objectAt(vios, 'network'), 'sriovLogicalPorts')) {
        if (uuidAt(port, 'clientPartitionUUID') === id)
          emitLogicalPort(emit, port, identity('vnic', port), true, named(vios));
      }
    }
  }
}

function identity(type: string, adapter: RawObject): Attributes {
  return known({
    'powervm.adapter.type': type,
    'powervm.adapter.location': textAt(adapter, 'physicalLocation'),
    'powervm.adapter.id': textAt(adapter, 'drcIndex'),
  });
}

function emitTraffic(emit: Emit, adapter: RawObject, fixed: Attributes): void {
  for (const [direction, index] of NETWORK) {
    const attributes = { ...fixed, ...direction };
    emit('powervm.lpar.network.io', counterAt(adapter, ['receivedBytes', 'sentBytes'][index] ?? ''), attributes);
    const packets = counterAt(adapter, ['receivedPackets', 'sentPackets'][index] ?? '');
    emit('powervm.lpar.network.packet.count', packets, attributes);
  }
}

function emitLogicalPort(
  emit: Emit,
  port: RawObject,
  fixed: Attributes,
  isDescribed: boolean,
  late: Readonly<Record<string, string | number | undefined>>,
) {
  emitTraffic(emit, port, fixed);
  for (const [direction, index] of NETWORK) {
    const attributes = { ...fixed, ...direction };
    const dropped = counterAt(port, ['droppedReceivedPackets', 'droppedSentPackets'][index] ?? '');
    emit('powervm.lpar.network.packet.dropped', dropped, attributes);
    emit('powervm.lpar.network.errors', counterAt(port, ['errorIn', 'errorOut'][index] ?? ''), attributes);
  }
  emit('powervm.lpar.adapter.link', isDescribed ? 1 : undefined, { ...fixed, ...late });
}

function named(vios: RawObject) {
  return {
    'powervm.vios.id': uuidAt(vios, 'uuid'),
    'powervm.vios.number': Number(vios.id),
    'powervm.vios.name': textAt(vios, 'name'),
  };
}

/** The virtual adapters of a VIOS that a bridge has: location → the bridge. */
function bridged(vios: RawObject, bridges: Bridges): ReadonlyMap<string, string> {
  const network = objectAt(bridges.get(Number(vios.id))?.vios ?? {}, 'network');
  const found = new Map<string, string>();
  for (const shared of listAt(network, 'sharedAdapters')) {
    const members = shared.bridgedAdapters as readonly string[];
    for (const adapter of listAt(network, 'genericAdapters')) {
      if (!members.includes(textAt(adapter, 'id') ?? '')) continue;
      found.set((textAt(adapter, 'physicalLocation') ?? '').replace(/-T\d+$/, ''), textAt(shared, 'id') ?? '');
    }
  }
  return found;
}

/** While no one has said how a VIOS bridges, each of its adapters may be a trunk. */
function isTrunk(vios: RawObject, adapter: RawObject, bridges: Bridges): boolean {
  if (!bridges.has(Number(vios.id))) return true;
  return bridged(vios, bridges).has(textAt(adapter, 'physicalLocation') ?? '');
}

/**
 * The bridge of an adapter's network, where exactly one VIOS has one: of a failover pair no one says which is active.
 */
function bridgeOf(instant: Instant, client: RawObject, bridges: Bridges) {
  const found = listAt(instant.sample, 'viosUtil').flatMap((vios) => {
    const trunks = bridged(vios, bridges);
    return listAt(objectAt(vios, 'network'), 'virtualEthernetAdapters').flatMap((adapter) => {
      const sea = trunks.get(textAt(adapter, 'physicalLocation') ?? '');
      const isSame = adapter.vlanId === client.vlanId && adapter.vswitchId === client.vswitchId;
      return sea !== undefined && isSame ? [{ ...named(vios), 'powervm.sea.adapter.id': sea }] : [];
    });
  });
  return found.length === 1 ? found[0] : {};
}

/** The disks of every partition, with the counters that their VIOS has of them, at the time of its document. */
export function expectDisks(instant: Instant, expectations: Expectations): void {
  for (const { element } of reportedPartitions(instant)) {
    const storage = objectAt(element, 'storage');
    for (const client of listAt(storage, 'genericVirtualAdapters')) expectScsi(instant, element, client, expectations);
    for (const client of listAt(storage, 'virtualFiberChannelAdapters'))
      expectNpiv(instant, element, client, expectations);
  }
}

/** `viosId` and the slot at the end of the server's location (docs/reference/pcm-documents.md#joins). */
function expectScsi(instant: Instant, partition: RawObject, client: RawObject, expectations: Expectations): void {
  const document = instant.vioses.get(Number(client.viosId));
  if (!document || !instant.news.has(Number(client.viosId))) return;
  const server = listAt(objectAt(document.vios, 'storage'), 'genericVirtualAdapters').find((adapter) =>
    new RegExp(`-C${client.viosAdapterSlotId}(-T\\d+)?$`).test(textAt(adapter, 'physicalLocation') ?? ''),
  );
  if (server) emitDisk(instant, { partition, client, document, server, type: 'vscsi', late: {} }, expectations);
}

/** Either WWPN of the pair, as sixteen hexadecimal digits, is that of a port on a physical adapter. */
function expectNpiv(instant: Instant, partition: RawObject, client: RawObject, expectations: Expectations): void {
  const document = instant.vioses.get(Number(client.viosId));
  if (!document || !instant.news.has(Number(client.viosId))) return;
  const pair = (client.wwpnPair ?? client.wwpnpair) as readonly (bigint | number | string)[];
  for (const wwpn of pair.map(hexadecimal)) {
    for (const adapter of listAt(objectAt(document.vios, 'storage'), 'fiberChannelAdapters')) {
      const port = listAt(adapter, 'ports').find((other) => textAt(other, 'wwpn')?.toLowerCase() === wwpn);
      if (!port) continue;
      const late = { 'powervm.adapter.wwpn': wwpn, 'powervm.fc.adapter.id': textAt(adapter, 'id') };
      emitDisk(instant, { partition, client, document, server: port, type: 'npiv', late }, expectations);
      return;
    }
  }
}

/** A number is decimal, a string hexadecimal. */
function hexadecimal(wwpn: bigint | number | string): string {
  return (typeof wwpn === 'string' ? wwpn.toLowerCase() : BigInt(wwpn).toString(16)).padStart(16, '0');
}

interface JoinedDisk {
  readonly partition: RawObject;
  readonly client: RawObject;
  readonly document: ViosDocument;
  readonly server: RawObject;
  readonly type: 'vscsi' | 'npiv';
  readonly late: Readonly<Record<string, string | undefined>>;
}

function emitDisk(instant: Instant, disk: JoinedDisk, expectations: Expectations): void {
  const { document, server, late } = disk;
  const emit = expectations.of(uuidAt(disk.partition, 'uuid') ?? '', document.time);
  const vios = listAt(instant.sample, 'viosUtil').find((other) => Number(other.id) === Number(document.vios.id));
  const { 'powervm.vios.name': name, ...viosIdentity } = named(
    vios ?? { id: document.vios.id, name: document.vios.name },
  );
  const fixed = {
    'powervm.adapter.type': disk.type,
    'powervm.adapter.location': textAt(disk.client, 'physicalLocation'),
    'powervm.adapter.id': textAt(server, 'id'),
    ...viosIdentity,
  };
  emitStorage(emit, 'powervm.lpar.disk', server, fixed);
  emit('powervm.lpar.adapter.link', 1, { ...fixed, 'powervm.vios.name': name, ...late });
}

/** Bytes and operations of a storage adapter, under `….io` and `….operations`. */
export function emitStorage(
  emit: Emit,
  prefix: string,
  adapter: RawObject,
  fixed: Readonly<Record<string, string | number | undefined>>,
): void {
  for (const [direction, index] of DISK) {
    const attributes = { ...fixed, ...direction };
    emit(`${prefix}.io`, counterAt(adapter, ['readBytes', 'writeBytes'][index] ?? ''), attributes);
    emit(`${prefix}.operations`, counterAt(adapter, ['numOfReads', 'numOfWrites'][index] ?? ''), attributes);
  }
}
