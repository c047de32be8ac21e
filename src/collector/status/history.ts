import type { FrameActivity, PartitionActivity, ViosActivity } from '../../inspector/index.ts';
import { diskTraffic, networkTraffic, type PortTraffic, portTraffic, wholeOf } from '../../inspector/index.ts';
import { PassiveReader } from '../../receiver/index.ts';
import { entitledOf, memoryUsed } from './figures.ts';
import { RecentValues } from './recent-values.ts';
import {
  type FrameValue,
  frameValues,
  type PartitionValue,
  partitionValues,
  type TrafficOverTime,
  type ValuesOverTime,
} from './status-model.ts';

/** Remembers half an hour of every frame and partition, for the charts of the page. Those that are gone are forgotten. */
export class History extends PassiveReader {
  readonly #values = new Map<string, RecentValues>();
  /** The newest document of every VIOS, and what passed through its ports since the one before. */
  readonly #ports = new Map<string, { readonly vios: ViosActivity; readonly traffic: readonly PortTraffic[] }>();

  override add(frame: FrameActivity): void {
    const { system, partitions } = frame;
    const { configurable, available } = system.memory;
    this.#valuesOf(system.description.id).add(frame.time, {
      entitlement: entitledOf(frame),
      consumed: system.processor.consumed,
      busy: system.processor.busy,
      available: system.processor.available,
      memoryAssigned: configurable === undefined || available === undefined ? undefined : configurable - available,
      memory: configurable,
      watts: system.energy?.powerWatts,
    } satisfies Record<FrameValue, number | undefined>);
    for (const partition of partitions) this.#addPartition(partition);
  }

  ofFrame(systemId: string): ValuesOverTime<FrameValue> {
    const values = this.#values.get(systemId);
    const series = frameValues.map((name) => [name, values?.of(name) ?? []] as const);
    return { times: values?.times ?? [], series: Object.fromEntries(series) as Record<FrameValue, (number | null)[]> };
  }

  ofPartition(id: string): ValuesOverTime<PartitionValue> {
    const values = this.#values.get(id);
    const series = partitionValues.map((name) => [name, values?.of(name) ?? []] as const);
    return {
      times: values?.times ?? [],
      series: Object.fromEntries(series) as Record<PartitionValue, (number | null)[]>,
    };
  }

  /** @param name location of a network adapter, device of a disk, or {@link portName} */
  ofAdapter(partitionId: string, name: string): TrafficOverTime {
    const values = this.#values.get(partitionId);
    return { incoming: values?.of(`in ${name}`) ?? [], outgoing: values?.of(`out ${name}`) ?? [] };
  }

  portsOf(viosId: string): readonly PortTraffic[] {
    return this.#ports.get(viosId)?.traffic ?? [];
  }

  /** @param ids of systems and partitions */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#values.keys()) if (!ids.has(id)) this.#values.delete(id);
    for (const id of this.#ports.keys()) if (!ids.has(id)) this.#ports.delete(id);
  }

  #addPartition(partition: PartitionActivity): void {
    const { id, time, processor, memory, networkAdapters, disks } = partition;
    const values = this.#valuesOf(id);
    values.add(time, {
      entitlement: processor.entitlement,
      consumed: processor.consumed,
      busy: processor.busy,
      memory: memory.limit,
      memoryUsed: memoryUsed(partition),
      network: wholeOf(networkTraffic(partition)),
      disk: wholeOf(diskTraffic(partition)),
    } satisfies Record<PartitionValue, number | undefined>);
    for (const { location, rates } of networkAdapters) {
      values.add(time, { [`in ${location}`]: rates?.receivedBytes, [`out ${location}`]: rates?.sentBytes });
    }
    for (const { device, rates } of disks) {
      values.add(time, { [`in ${device}`]: rates?.readBytes, [`out ${device}`]: rates?.writtenBytes });
    }
    this.#addPorts(partition, values);
  }

  #addPorts({ id, time, vios }: PartitionActivity, values: RecentValues): void {
    const known = this.#ports.get(id);
    if (vios === undefined || (known && vios.time <= known.vios.time)) return;
    const traffic = portTraffic(vios, known?.vios);
    this.#ports.set(id, { vios, traffic });
    for (const port of traffic) {
      const name = portName(port);
      values.add(time, { [`in ${name}`]: port.incoming, [`out ${name}`]: port.outgoing });
    }
  }

  #valuesOf(id: string): RecentValues {
    const values = this.#values.get(id) ?? new RecentValues();
    this.#values.set(id, values);
    return values;
  }
}

/** Unique within a VIOS. */
export function portName({ kind, id }: Pick<PortTraffic, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}
