import { allPartitions, cycleCountersAt, storageCounters, trafficCounters, workAt } from './counters.ts';
import type {
  CycleCounters,
  SimulatedFibreChannel,
  SimulatedLogicalPort,
  SimulatedPartition,
  SimulatedScsi,
  SimulatedSystem,
  SimulatedVios,
  TrafficCounters,
} from './model.ts';
import { NO_TRAFFIC } from './sums.ts';

/** A system at one instant, with what everybody on it has counted: worked out once for all documents that ask. */
export class Reading {
  readonly system: SimulatedSystem;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly allPartitions: readonly (SimulatedPartition | SimulatedVios)[];
  readonly #works = new Map<string, number>();
  #partitions: ReadonlyMap<string, SimulatedPartition> | undefined;

  constructor(system: SimulatedSystem, time: number) {
    this.system = system;
    this.time = time;
    this.allPartitions = allPartitions(system);
  }

  cycleCounters(partition: SimulatedPartition): CycleCounters {
    return cycleCountersAt(partition, this.time);
  }

  /** What passed an adapter of `partition`, which its counters follow. */
  traffic(partition: SimulatedPartition, { bytesPerWork, origin }: { bytesPerWork: number; origin: number }) {
    return trafficCounters(this.#work(partition) - origin, bytesPerWork);
  }

  storage(partition: SimulatedPartition, { bytesPerWork, origin }: SimulatedScsi | SimulatedFibreChannel) {
    return storageCounters(this.#work(partition) - origin, bytesPerWork);
  }

  /** A port that backs a vNIC carries the traffic of its client. */
  portTraffic(owner: SimulatedPartition, port: SimulatedLogicalPort): TrafficCounters {
    if (port.clientId === undefined) return this.traffic(owner, port);
    this.#partitions ??= new Map(this.system.partitions.map((partition) => [partition.id, partition]));
    const client = this.#partitions.get(port.clientId);
    return client ? this.traffic(client, port) : NO_TRAFFIC;
  }

  #work(partition: SimulatedPartition): number {
    const known = this.#works.get(partition.id);
    if (known !== undefined) return known;
    const work = workAt(partition, this.time);
    this.#works.set(partition.id, work);
    return work;
  }
}
