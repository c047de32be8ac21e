import type { EnergySample, HypervisorSample, PhysicalPortSample } from '../pcm/model.ts';
import type { SystemSample } from '../pcm/system-sample.ts';
import type {
  EnergyActivity,
  PartitionActivity,
  PartitionCount,
  PhysicalPortActivity,
  SystemActivity,
  SystemProcessorActivity,
} from './activity.ts';
import { bytesOf, difference, ratio } from './counters.ts';
import type { Elapsed } from './elapsed.ts';
import { hasEthernetRestarted } from './ethernet.ts';
import type { SystemDescription } from './inventory.ts';
import { memoryPoolActivity, physicalPoolActivity, sharedPoolActivities } from './pools.ts';
import { hasNeverRun } from './processor.ts';
import { startTimeOf } from './timed.ts';

export interface SystemContext {
  readonly description: SystemDescription;
  readonly partitions: readonly PartitionActivity[];
  readonly previousHypervisor: HypervisorSample | undefined;
  readonly previous: SystemActivity | undefined;
  readonly elapsed: Elapsed | undefined;
  readonly fresh: boolean;
  /** Whether a VIOS is masked: then nobody knows how busy the frame is. */
  readonly isAnyMasked: boolean;
}

/** The frame as a whole (catalog.md, "Managed system"). */
export function systemActivity(sample: SystemSample, context: SystemContext): SystemActivity {
  const { hypervisor } = sample;
  const { previousHypervisor, previous, elapsed, fresh } = context;
  return {
    time: hypervisor.time,
    startTime: startTimeOf(previous, hypervisor.time, false),
    fresh,
    description: describeSystem(hypervisor, context.description),
    status: hypervisor.status,
    errors: hypervisor.errors,
    processor: systemProcessor(hypervisor, context),
    memory: {
      installed: bytesOf(hypervisor.memory.installedMib),
      configurable: bytesOf(hypervisor.memory.configurableMib),
      available: bytesOf(hypervisor.memory.availableMib),
      firmware: bytesOf(hypervisor.firmware.memoryMib),
    },
    physicalPool: physicalPoolActivity(hypervisor.physicalPool, previousHypervisor?.physicalPool, elapsed),
    sharedPools: sharedPoolActivities(hypervisor, previousHypervisor, elapsed),
    memoryPools: hypervisor.memoryPools.map(memoryPoolActivity),
    physicalPorts: hypervisor.physicalPorts.map((port) =>
      physicalPortActivity(port, previous?.physicalPorts, { time: hypervisor.time, fresh }),
    ),
    energy: energyActivity(sample.energy, sample.fresh.energy),
    partitionCounts: countPartitions(context.partitions),
  };
}

/** The document's own words, which are of the sample's time; the inventory's for what it does not say. */
function describeSystem(hypervisor: HypervisorSample, description: SystemDescription): SystemDescription {
  const mtms = hypervisor.mtms ?? description.mtms;
  const parts = /^([^-*]+)-([^*]+)\*(.+)$/.exec(mtms ?? '');
  return {
    ...description,
    name: hypervisor.systemName ?? description.name,
    mtms,
    machineType: parts?.[1] ?? description.machineType,
    model: parts?.[2] ?? description.model,
    serialNumber: parts?.[3] ?? description.serialNumber,
  };
}

/**
 * Sums over the partitions and VIOSes that both samples hold and whose counters went on: one that has just started,
 * arrived or come back contributes nothing to this interval. Placeholders of incoming migrations do not count.
 */
function systemProcessor(hypervisor: HypervisorSample, context: SystemContext): SystemProcessorActivity {
  const { elapsed, previousHypervisor } = context;
  let consumed: number | undefined;
  let busySum: number | undefined;
  let isBusyKnown = !context.isAnyMasked;
  for (const { processor } of context.partitions) {
    if (processor.poolId === undefined && hasNeverRun(processor)) continue;
    consumed = plusKnown(consumed, processor.consumed);
    busySum = plusKnown(busySum, processor.busy);
    // Of whom nobody knows how much he idles, nobody knows how busy the frame is.
    if (processor.consumed !== undefined && processor.busy === undefined) isBusyKnown = false;
  }
  const busy = isBusyKnown ? busySum : undefined;
  const firmwareDelta = difference(hypervisor.firmware.consumedCycles, previousHypervisor?.firmware.consumedCycles);
  const firmware = firmwareDelta === undefined || firmwareDelta < 0 ? undefined : ratio(firmwareDelta, elapsed?.cycles);
  const { configurable } = hypervisor.processor;
  return {
    ...hypervisor.processor,
    consumed,
    busy,
    firmware,
    utilization: ratio(plus(busy, firmware), configurable),
    consumedUtilization: ratio(plus(consumed, firmware), configurable),
  };
}

/** The sum of those that are known; `undefined` when none is. */
function plusKnown(sum: number | undefined, value: number | undefined): number | undefined {
  return value === undefined ? sum : (sum ?? 0) + value;
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

function physicalPortActivity(
  port: PhysicalPortSample,
  previousPorts: readonly PhysicalPortActivity[] | undefined,
  moment: { readonly time: number; readonly fresh: boolean },
): PhysicalPortActivity {
  const previous = previousPorts?.find(
    (other) => other.adapterId === port.adapterId && other.portId === port.portId && other.location === port.location,
  );
  const restarted = hasEthernetRestarted(port, previous);
  const { type: _type, ...values } = port;
  return { ...values, ...moment, startTime: startTimeOf(previous, moment.time, restarted) };
}

function energyActivity(sample: EnergySample | undefined, fresh: boolean): EnergyActivity | undefined {
  if (!sample) return undefined;
  return {
    time: sample.time,
    startTime: sample.time,
    fresh,
    powerWatts: sample.powerWatts,
    temperatures: sample.temperatures,
  };
}

function countPartitions(partitions: readonly PartitionActivity[]): readonly PartitionCount[] {
  const counts = new Map<string, PartitionCount>();
  for (const { type, state } of partitions) {
    if (state === undefined) continue;
    const key = `${type}/${state}`;
    counts.set(key, { type, state, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}
