import type { Counter } from '../../pcm/model.ts';
import type { DiskActivity, NetworkAdapterActivity, PartitionActivity, ProcessorActivity } from '../activity.ts';
import { processorNanoseconds } from '../partition/processor-time.ts';

/**
 * The statistics of Ceilometer's virt inspector, with its field names. A field whose value PCM did not give is not
 * there. Integers above 2^53 are `bigint`.
 */
export interface InstanceStatistics {
  /** The raw `maxVirtualProcessors`. */
  readonly cpu_number?: number;
  /** Nanoseconds, whole. */
  readonly cpu_time?: Counter;
  /** Percent of the entitlement. */
  readonly cpu_util?: number;
  /** MiB. */
  readonly memory_actual?: number;
  readonly memory_resident?: number;
  readonly memory_usage?: number;
  readonly memory_available?: number;
}

/** Counters of a network adapter. */
export interface VnicStatistics {
  /** Location code. */
  readonly name: string;
  readonly mac?: string;
  readonly rx_bytes?: Counter;
  readonly rx_packets?: Counter;
  readonly tx_bytes?: Counter;
  readonly tx_packets?: Counter;
  /** Packets dropped, direction unknown (virtual Ethernet). */
  readonly drop?: Counter;
  readonly rx_drop?: Counter;
  readonly tx_drop?: Counter;
  readonly rx_errors?: Counter;
  readonly tx_errors?: Counter;
}

/** Bytes of a network adapter per second. */
export interface VnicRates {
  readonly name: string;
  readonly mac?: string;
  readonly rx_bytes_rate?: number;
  readonly tx_bytes_rate?: number;
}

/** Counters of a disk: one adapter that a VIOS serves. */
export interface DiskStatistics {
  /** `vios1.vhost0` */
  readonly device: string;
  readonly read_bytes?: Counter;
  readonly read_requests?: Counter;
  readonly write_bytes?: Counter;
  readonly write_requests?: Counter;
}

/** Bytes and requests of a disk per second. */
export interface DiskRates {
  readonly device: string;
  readonly read_bytes_rate?: number;
  readonly read_requests_rate?: number;
  readonly write_bytes_rate?: number;
  readonly write_requests_rate?: number;
}

/** Requests of a disk per second. */
export interface DiskIops {
  readonly device: string;
  readonly iops_count?: number;
}

const BYTES_PER_MIB = 2 ** 20;

export function instanceStatistics({ processor, memory, guestMemory }: PartitionActivity): InstanceStatistics {
  return present({
    cpu_number: processor.maxVirtualProcessors,
    cpu_time: cpuTime(processor),
    cpu_util: processor.utilization === undefined ? undefined : 100 * processor.utilization,
    memory_actual: mib(memory.limit),
    memory_resident: mib(memory.backed),
    memory_usage: mib(guestMemory?.usage),
    memory_available: mib(guestMemory?.limit),
  });
}

export function vnicStatistics({ networkAdapters }: PartitionActivity): readonly VnicStatistics[] {
  return byKey(networkAdapters, (adapter) => adapter.location).map((adapter) =>
    present({
      ...nameAndMac(adapter),
      rx_bytes: adapter.receivedBytes,
      rx_packets: adapter.receivedPackets,
      tx_bytes: adapter.sentBytes,
      tx_packets: adapter.sentPackets,
      drop: adapter.droppedPackets,
      rx_drop: adapter.droppedReceivedPackets,
      tx_drop: adapter.droppedSentPackets,
      rx_errors: adapter.receiveErrors,
      tx_errors: adapter.sendErrors,
    }),
  );
}

/** An adapter without a previous value has no rate and is not listed. */
export function vnicRates({ networkAdapters }: PartitionActivity): readonly VnicRates[] {
  return byKey(networkAdapters, (adapter) => adapter.location).flatMap((adapter) =>
    adapter.rates
      ? [
          present({
            ...nameAndMac(adapter),
            rx_bytes_rate: adapter.rates.receivedBytes,
            tx_bytes_rate: adapter.rates.sentBytes,
          }),
        ]
      : [],
  );
}

export function diskStatistics({ disks }: PartitionActivity): readonly DiskStatistics[] {
  return byDevice(disks).map((disk) =>
    present({
      device: disk.device,
      read_bytes: disk.readBytes,
      read_requests: disk.reads,
      write_bytes: disk.writtenBytes,
      write_requests: disk.writes,
    }),
  );
}

export function diskRates({ disks }: PartitionActivity): readonly DiskRates[] {
  return byDevice(disks).flatMap(({ device, rates }) =>
    rates
      ? [
          present({
            device,
            read_bytes_rate: rates.readBytes,
            read_requests_rate: rates.reads,
            write_bytes_rate: rates.writtenBytes,
            write_requests_rate: rates.writes,
          }),
        ]
      : [],
  );
}

/** Reads and writes per second, as real numbers. */
export function diskIops({ disks }: PartitionActivity): readonly DiskIops[] {
  return byDevice(disks).flatMap(({ device, rates }) =>
    rates?.reads === undefined || rates.writes === undefined
      ? []
      : [{ device, iops_count: rates.reads + rates.writes }],
  );
}

function cpuTime({ cappedCycles, uncappedCycles, cyclesPerSecond }: ProcessorActivity): Counter | undefined {
  if (cappedCycles === undefined || uncappedCycles === undefined || cyclesPerSecond === undefined) return undefined;
  return processorNanoseconds([
    { cycles: cappedCycles, cyclesPerSecond },
    { cycles: uncappedCycles, cyclesPerSecond },
  ]);
}

function mib(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / BYTES_PER_MIB;
}

function nameAndMac({ location, inventory }: NetworkAdapterActivity): { name: string; mac: string | undefined } {
  return { name: location, mac: inventory?.mac };
}

function byDevice(disks: readonly DiskActivity[]): readonly DiskActivity[] {
  return byKey(disks, (disk) => disk.device);
}

function byKey<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return [...items].sort((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}

type Present<Fields> = { [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name] } & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>;
};

/** Leaves out what is `undefined`: absent is absent, in JSON and for `in`. */
export function present<Fields extends object>(fields: Fields): Present<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<Fields>;
}
