import type {
  DiskActivity,
  FrameActivity,
  NetworkAdapterActivity,
  PartitionActivity,
  PortTraffic,
} from '../../inspector/index.ts';
import { diskTraffic, networkTraffic, viosLabel } from '../../inspector/index.ts';
import { memoryUsed } from './figures.ts';
import { fact, listOrNothing } from './frame-report.ts';
import { type History, portName } from './history.ts';
import type { AdapterStatus, ClientStatus, Fact, PartitionDetail, PartitionStatus } from './status-model.ts';

/** @param isOld that the sample says nothing of the present any more */
export function partitionStatus(partition: PartitionActivity, frame: FrameActivity, isOld = false): PartitionStatus {
  const { id, number, name, type, state, processor, memory } = partition;
  const network = networkTraffic(partition);
  const disk = diskTraffic(partition);
  return {
    id,
    number,
    name,
    type,
    state,
    frame: frame.system.description.name ?? frame.system.description.id,
    frameId: frame.system.description.id,
    ...(isOld ? { isOld } : {}),
    entitlement: processor.entitlement,
    consumed: processor.consumed,
    busy: processor.busy,
    consumedUtilization: processor.consumedUtilization,
    memory: memory.limit,
    memoryUsed: memoryUsed(partition),
    network: network.bytesPerSecond,
    networkWithout: listOrNothing(network.without),
    disk: disk.bytesPerSecond,
    diskWithout: listOrNothing(disk.without),
  };
}

export function partitionDetail(
  partition: PartitionActivity,
  frame: FrameActivity,
  history: History,
  isOld = false,
): PartitionDetail {
  const { id, networkAdapters, disks, vios } = partition;
  const overTime = (name: string) => ({ history: history.ofAdapter(id, name) });
  return {
    partition: partitionStatus(partition, frame, isOld),
    sampleTime: partition.time,
    facts: factsOf(partition, frame),
    adapters: [
      ...networkAdapters.map((one) => ({ ...networkAdapter(one), ...overTime(one.location) })),
      ...disks.map((one) => ({ ...disk(one), ...overTime(one.device) })),
    ],
    ports: vios ? history.portsOf(id).map((one) => ({ ...port(one), ...overTime(portName(one)) })) : [],
    clients: vios ? clientsOf(partition, frame) : [],
    ...history.ofPartition(id),
  };
}

function factsOf({ id, number, processor, memory, description }: PartitionActivity, frame: FrameActivity) {
  const pool = frame.system.sharedPools.find((candidate) => candidate.id === processor.poolId);
  return [
    ...fact('UUID', id),
    ...fact('Partition number', number),
    ...fact('Operating system', systemNames[description.operatingSystemType ?? ''] ?? description.operatingSystemType),
    ...fact('Machine', frame.system.description.mtms),
    ...fact('Processor mode', modeNames[processor.mode ?? ''] ?? processor.mode),
    ...fact('Processor pool', pool?.name ?? processor.poolId),
    ...fact('Weight', processor.weight),
    ...fact('Virtual processors', processor.virtualProcessors),
    ...fact('Memory backed by real memory', gibibytes(memory.backed)),
  ] satisfies readonly Fact[];
}

/** As administrators say it. */
const systemNames: Readonly<Record<string, string>> = { aix: 'AIX', linux: 'Linux', ibmi: 'IBM i', vios: 'VIOS' };
const modeNames: Readonly<Record<string, string>> = {
  cap: 'shared, capped',
  uncap: 'shared, uncapped',
  ded: 'dedicated',
  dedicated: 'dedicated',
  share_idle_procs: 'dedicated, shares while inactive',
  share_idle_procs_active: 'dedicated, shares while active',
  share_idle_procs_always: 'dedicated, shares always',
  keep_idle_procs: 'dedicated, keeps its own',
};
const kindNames: Readonly<Record<string, string>> = {
  vea: 'virtual Ethernet',
  sriov: 'SR-IOV',
  vnic: 'vNIC',
  vscsi: 'virtual SCSI',
  npiv: 'virtual Fibre Channel',
};

type Adapter = Omit<AdapterStatus, 'history'>;

function networkAdapter({ type, location, rates, vios, vlanId, inventory, ...more }: NetworkAdapterActivity): Adapter {
  const remarks = [vlanId === undefined ? undefined : `VLAN ${vlanId}`, inventory?.mac];
  return {
    kind: kindNames[type] ?? type,
    name: location,
    vios: vios && { id: vios.id, name: viosLabel(vios) },
    port: more.sharedEthernetAdapterId,
    remark: remarks.filter((part) => part !== undefined).join(', ') || undefined,
    incoming: rates?.receivedBytes,
    outgoing: rates?.sentBytes,
  };
}

function disk({ type, device, rates, vios, fibreChannelAdapterId, wwpn }: DiskActivity): Adapter {
  return {
    kind: kindNames[type] ?? type,
    name: device,
    vios: { id: vios.id, name: viosLabel(vios) },
    port: fibreChannelAdapterId,
    remark: wwpn === undefined ? undefined : `WWPN ${wwpn}`,
    incoming: rates?.readBytes,
    outgoing: rates?.writtenBytes,
  };
}

function port({ kind, id, location, incoming, outgoing }: PortTraffic): Adapter {
  return { kind, name: id, remark: location, incoming, outgoing };
}

/** Every adapter on the same frame whose traffic goes through this VIOS. */
function clientsOf({ id, number }: PartitionActivity, { partitions }: FrameActivity): readonly ClientStatus[] {
  return partitions.flatMap((client) => {
    const partition = { id: client.id, name: client.name };
    const isHere = ({ vios }: NetworkAdapterActivity | DiskActivity) =>
      vios !== undefined && (vios.id === id || vios.number === number);
    if (client.id === id) return [];
    return [...client.networkAdapters.filter(isHere).map(networkAdapter), ...client.disks.filter(isHere).map(disk)].map(
      ({ kind, name, port, incoming, outgoing }) => ({ partition, kind, adapter: name, port, incoming, outgoing }),
    );
  });
}

function gibibytes(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
