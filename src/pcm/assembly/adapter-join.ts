import type {
  FibreChannelPortSample,
  FibreChannelSample,
  HypervisorSample,
  PartitionSample,
  SharedEthernetSample,
  SriovPortSample,
  StorageCounters,
  ViosSample,
  ViosStorageAdapterSample,
  VirtualEthernetSample,
} from '../model.ts';

/** A client's storage adapter, found in the document of its VIOS, where its counters stand. */
export interface JoinedStorageAdapter {
  readonly type: 'vscsi' | 'npiv';
  /** The adapter on the VIOS: `vhost0`, `vfchost3`. */
  readonly id: string;
  readonly vios: ViosSample;
  readonly clientLocation: string;
  readonly counters: StorageCounters;
  /** The client's WWPN that the port carries (NPIV). */
  readonly wwpn: string | undefined;
  /** The physical port behind it, `fcs1` (NPIV). */
  readonly fibreChannelAdapterId: string | undefined;
}

const NONE: readonly JoinedStorageAdapter[] = [];
const NO_PARTITION: readonly number[] = [];

interface NpivPort {
  readonly port: FibreChannelPortSample;
  readonly adapter: FibreChannelSample;
}

interface ViosIndex {
  readonly vios: ViosSample;
  /** By slot number at the end of the location. */
  readonly scsiServers: ReadonlyMap<number, ViosStorageAdapterSample>;
  /** By the client's WWPN. */
  readonly npivPorts: ReadonlyMap<string, NpivPort>;
}

/** Finds the server end of every client adapter; made once per sample, so that joining 1,000 partitions stays linear. */
export class StorageJoin {
  readonly #vioses: ReadonlyMap<number, ViosIndex>;

  constructor(vioses: ReadonlyMap<number, ViosSample>) {
    this.#vioses = new Map([...vioses].map(([number, vios]) => [number, indexVios(vios)]));
  }

  /** The storage adapters of a partition whose counters the present VIOS documents hold. */
  adaptersOf(partition: PartitionSample): readonly JoinedStorageAdapter[] {
    if (partition.virtualScsiAdapters.length === 0 && partition.virtualFibreChannelAdapters.length === 0) return NONE;
    const joined: JoinedStorageAdapter[] = [];
    for (const client of partition.virtualScsiAdapters) {
      const index = this.#vioses.get(client.viosNumber);
      const server = index?.scsiServers.get(client.viosSlot);
      if (!index || !server) continue;
      joined.push({
        type: 'vscsi',
        id: server.id,
        vios: index.vios,
        clientLocation: client.location,
        counters: server,
        wwpn: undefined,
        fibreChannelAdapterId: undefined,
      });
    }
    for (const client of partition.virtualFibreChannelAdapters) {
      const index = this.#vioses.get(client.viosNumber);
      const found = index && findPort(index, client.wwpns);
      if (!index || !found) continue;
      joined.push({
        type: 'npiv',
        id: found.port.id,
        vios: index.vios,
        clientLocation: client.location,
        counters: found.port,
        wwpn: found.port.wwpn,
        fibreChannelAdapterId: found.adapter.id,
      });
    }
    return joined;
  }

  /** Partition numbers of the VIOSes that serve a partition's storage and say nothing about storage at present. */
  missingViosesOf(partition: PartitionSample): readonly number[] {
    const { virtualScsiAdapters, virtualFibreChannelAdapters } = partition;
    if (virtualScsiAdapters.length === 0 && virtualFibreChannelAdapters.length === 0) return NO_PARTITION;
    const missingVioses = new Set<number>();
    for (const { viosNumber } of virtualScsiAdapters) if (!this.#isHeard(viosNumber)) missingVioses.add(viosNumber);
    for (const { viosNumber } of virtualFibreChannelAdapters)
      if (!this.#isHeard(viosNumber)) missingVioses.add(viosNumber);
    return missingVioses.size === 0 ? NO_PARTITION : [...missingVioses];
  }

  #isHeard(viosNumber: number): boolean {
    const index = this.#vioses.get(viosNumber);
    return index !== undefined && hasStorage(index);
  }
}

/** Without RMC a VIOS brings a document that has no storage section. */
function hasStorage({ vios }: ViosIndex): boolean {
  return vios.virtualScsiServers.length > 0 || vios.fibreChannelAdapters.length > 0;
}

/** Either of a pair may be in use: the second is for live partition mobility. */
function findPort({ npivPorts }: ViosIndex, wwpns: readonly string[]): NpivPort | undefined {
  for (const wwpn of wwpns) {
    const found = npivPorts.get(wwpn);
    if (found) return found;
  }
  return undefined;
}

function indexVios(vios: ViosSample): ViosIndex {
  const scsiServers = new Map<number, ViosStorageAdapterSample>();
  for (const server of vios.virtualScsiServers) {
    const slot = slotOf(server.location);
    if (slot !== undefined && !scsiServers.has(slot)) scsiServers.set(slot, server);
  }
  const npivPorts = new Map<string, NpivPort>();
  for (const adapter of vios.fibreChannelAdapters) {
    for (const port of adapter.ports) {
      if (port.wwpn !== undefined) npivPorts.set(port.wwpn, { port, adapter });
    }
  }
  return { vios, scsiServers, npivPorts };
}

/** The slot at the end of a virtual location code: 1000 of `U8247.22L.2125D4A-V1-C1000` and of `…-C1000-T1`. */
function slotOf(location: string | undefined): number | undefined {
  if (location === undefined) return undefined;
  const virtual = withoutPortSuffix(location);
  const digits = virtual.slice(virtual.lastIndexOf('-C') + 2);
  const slot = virtual.includes('-C') && digits !== '' ? Number(digits) : Number.NaN;
  return Number.isSafeInteger(slot) ? slot : undefined;
}

/** A location code without the port suffix that VIOS documents add to virtual adapters. */
export function withoutPortSuffix(location: string): string {
  // Most have none, and looking is cheaper than replacing.
  return location.includes('-T') ? location.replace(/-T\d+$/, '') : location;
}

/** A port of a VIOS that carries the traffic of another partition's vNIC. */
export interface BackingPort {
  readonly vios: PartitionSample;
  readonly port: SriovPortSample;
}

/** The vNIC ports of every client partition. Their traffic is the client's: it is counted there and nowhere else. */
export function backingPortsByClient(hypervisor: HypervisorSample): ReadonlyMap<string, readonly BackingPort[]> {
  const byClient = new Map<string, BackingPort[]>();
  for (const vios of hypervisor.partitions) {
    if (vios.type !== 'vios') continue;
    for (const port of vios.sriovPorts) {
      if (port.clientPartitionId === undefined) continue;
      const ports = byClient.get(port.clientPartitionId);
      if (ports) ports.push({ vios, port });
      else byClient.set(port.clientPartitionId, [{ vios, port }]);
    }
  }
  return byClient;
}

/** A shared Ethernet adapter and the VIOS it is on. */
export interface Bridge {
  readonly viosNumber: number;
  readonly adapter: SharedEthernetSample;
}

/**
 * Which shared Ethernet adapter bridges a partition's virtual network. The raw documents do not say it; they say which
 * virtual adapters of a VIOS are in which VLAN and switch (phyp), and which of them a bridge has (vios).
 */
export class BridgeJoin {
  readonly #knownVioses = new Set<number>();
  readonly #trunks = new Set<string>();
  readonly #bridges = new Map<string, Bridge[]>();

  /**
   * @param vioses documents that say how each VIOS bridges. They need not be of this instant: wiring hardly changes, and
   *   a VIOS that is late or has lost its RMC connection still bridges.
   */
  constructor(hypervisor: HypervisorSample, vioses: ReadonlyMap<number, ViosSample>) {
    for (const partition of hypervisor.partitions) {
      const vios = partition.type === 'vios' ? vioses.get(partition.number) : undefined;
      if (vios) this.#addVios(partition, vios);
    }
  }

  /**
   * Whether a virtual Ethernet adapter of a VIOS is the trunk of a bridge, by its location. While the bridges of the
   * VIOS are unknown it is taken for a trunk: a trunk treated as an ordinary adapter would count its clients' bytes
   * again.
   */
  isTrunk(viosNumber: number, location: string): boolean {
    return !this.#knownVioses.has(viosNumber) || this.#trunks.has(location);
  }

  /** The bridge of an adapter's VLAN, where exactly one fits: with two VIOSes only one of a failover pair is active. */
  bridgeOf(adapter: VirtualEthernetSample): Bridge | undefined {
    const key = networkKey(adapter);
    const bridges = key === undefined ? undefined : this.#bridges.get(key);
    return bridges?.length === 1 ? bridges[0] : undefined;
  }

  #addVios(partition: PartitionSample, vios: ViosSample): void {
    this.#knownVioses.add(partition.number);
    const bridgeByMember = new Map<string, SharedEthernetSample>();
    for (const shared of vios.sharedEthernetAdapters) {
      for (const member of shared.bridgedAdapters) bridgeByMember.set(member, shared);
    }
    const bridgeByLocation = new Map<string, SharedEthernetSample>();
    for (const adapter of vios.ethernetAdapters) {
      const bridge = bridgeByMember.get(adapter.id);
      if (bridge && adapter.location !== undefined) bridgeByLocation.set(withoutPortSuffix(adapter.location), bridge);
    }
    for (const adapter of partition.virtualEthernetAdapters) {
      const bridge = bridgeByLocation.get(adapter.location);
      if (!bridge) continue;
      this.#trunks.add(adapter.location);
      this.#addBridge(networkKey(adapter), { viosNumber: partition.number, adapter: bridge });
    }
  }

  /** A bridge with two trunks in one network is one bridge. */
  #addBridge(key: string | undefined, bridge: Bridge): void {
    if (key === undefined) return;
    const known = this.#bridges.get(key) ?? [];
    if (!known.some(({ adapter }) => adapter === bridge.adapter)) this.#bridges.set(key, [...known, bridge]);
  }
}

/** Switch and VLAN; `undefined` where one of them is not said: nothing is in the same unknown network. */
function networkKey({ vswitchId, vlanId }: VirtualEthernetSample): string | undefined {
  return vswitchId === undefined || vlanId === undefined ? undefined : `${vswitchId}/${vlanId}`;
}
