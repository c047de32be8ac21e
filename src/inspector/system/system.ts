import type { SystemSample } from '../../pcm/assembly/system-sample.ts';
import type { EnergySample, HypervisorSample, PhysicalPortSample } from '../../pcm/model.ts';
import type {
  EnergyActivity,
  PartitionActivity,
  PhysicalPortActivity,
  SystemActivity,
  SystemProcessorActivity,
  ViosReference,
} from '../activity.ts';
import type { Baselines } from '../counters/baselines.ts';
import { counterKinds } from '../counters/counter-kinds.ts';
import { bytesOf, difference, ratio } from '../counters/counters.ts';
import { HYPERVISOR, type StartTimes } from '../counters/timed.ts';
import type { SystemDescription } from '../inventory.ts';
import { previousDescription } from '../partition/description.ts';
import { completeLists, countPartitions, type SystemUsage, systemUsage } from './frame-sums.ts';
import { memoryPoolActivity, physicalPoolActivity, sharedPoolActivities } from './pools.ts';

export interface SystemContext {
  readonly description: SystemDescription;
  readonly partitions: readonly PartitionActivity[];
  readonly previousHypervisor: HypervisorSample | undefined;
  /** The partitions of the sample before, by UUID. */
  readonly previousPartitions: ReadonlyMap<string, PartitionActivity>;
  readonly previous: SystemActivity | undefined;
  readonly baselines: Baselines;
  readonly fresh: boolean;
  readonly isBusyFresh: boolean;
  /** VIOSes without busy time: then the busy time of the system is unknown. */
  readonly masked: readonly ViosReference[];
  readonly starts: StartTimes;
}

/** The frame as a whole (docs/numbers.md#the-frame-and-its-pools). */
export function systemActivity(sample: SystemSample, context: SystemContext): SystemActivity {
  const { hypervisor } = sample;
  const { previousHypervisor, previous, baselines, fresh, starts } = context;
  const description = describeSystem(hypervisor, context.description, previous?.description);
  const { complete, listed } = completeLists(hypervisor, context.previousPartitions, previous?.listed);
  return {
    time: hypervisor.time,
    startTime: starts.startOf(
      {
        owner: 'system',
        kind: counterKinds.itself,
        id: '',
        source: HYPERVISOR,
        time: hypervisor.time,
        counters: {},
      },
      { previous, restarted: false },
    ),
    fresh,
    description,
    previousDescription: previousDescription(previous?.description, description),
    status: hypervisor.status,
    errors: hypervisor.errors,
    processor: systemProcessor(
      hypervisor,
      context,
      systemUsage({
        partitions: context.partitions,
        previous: context.previousPartitions,
        previousHypervisor,
        complete,
        isAnyMasked: context.masked.length > 0,
      }),
    ),
    memory: {
      installed: bytesOf(hypervisor.memory.installedMib),
      configurable: bytesOf(hypervisor.memory.configurableMib),
      available: bytesOf(hypervisor.memory.availableMib),
      firmware: bytesOf(hypervisor.firmware.memoryMib),
    },
    physicalPool: physicalPoolActivity(hypervisor.physicalPool, previousHypervisor, baselines),
    sharedPools: sharedPoolActivities(hypervisor, previousHypervisor, baselines),
    memoryPools: hypervisor.memoryPools.map((pool) => memoryPoolActivity(pool, previousHypervisor?.memoryPools)),
    physicalPorts: hypervisor.physicalPorts.map((port) =>
      physicalPortActivity(port, previous?.physicalPorts, { time: hypervisor.time, fresh }, starts),
    ),
    energy: energyActivity(sample.energy, sample.fresh.energy),
    partitionCounts: countPartitions(context.partitions, complete),
    masked: context.masked,
    listed,
  };
}

/** The document's own words, which are of the sample's time; the inventory's for what it does not say. */
function describeSystem(
  hypervisor: HypervisorSample,
  description: SystemDescription,
  known: SystemDescription | undefined,
): SystemDescription {
  const mtms = hypervisor.mtms ?? known?.mtms ?? description.mtms;
  const parts = /^([^-*]+)-([^*]+)\*(.+)$/.exec(mtms ?? '');
  return {
    ...description,
    name: hypervisor.systemName ?? known?.name ?? description.name,
    firmwareVersion: description.firmwareVersion ?? known?.firmwareVersion,
    mtms,
    machineType: parts?.[1] ?? description.machineType,
    model: parts?.[2] ?? description.model,
    serialNumber: parts?.[3] ?? description.serialNumber,
  };
}

function systemProcessor(
  hypervisor: HypervisorSample,
  context: SystemContext,
  use: SystemUsage,
): SystemProcessorActivity {
  const { previousHypervisor, baselines } = context;
  const { consumed, busy } = use;
  const comparison = baselines.compare(
    { owner: 'system', kind: counterKinds.firmware, id: '', counters: hypervisor.firmware },
    previousHypervisor && { stamp: previousHypervisor, counters: previousHypervisor.firmware },
  );
  const baseline = comparison.with('consumedCycles');
  const firmware = ratio(
    difference(hypervisor.firmware.consumedCycles, baseline?.counters.consumedCycles),
    comparison.elapsedSince(baseline)?.cycles,
  );
  const { configurable } = hypervisor.processor;
  return {
    ...hypervisor.processor,
    consumed,
    busy,
    isBusyFresh: context.isBusyFresh,
    firmware,
    utilization: ratio(plus(busy, firmware), configurable),
    consumedUtilization: ratio(plus(consumed, firmware), configurable),
  };
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

function physicalPortActivity(
  port: PhysicalPortSample,
  previousPorts: readonly PhysicalPortActivity[] | undefined,
  moment: { readonly time: number; readonly fresh: boolean },
  starts: StartTimes,
): PhysicalPortActivity {
  const previous = previousPorts?.find(
    (other) => other.adapterId === port.adapterId && other.portId === port.portId && other.location === port.location,
  );
  const restarted = previous !== undefined && counterKinds.physicalPort.hasDecreased(port, previous);
  const { type: _type, ...values } = port;
  const startTime = starts.startOf(
    {
      owner: 'system',
      kind: counterKinds.physicalPort,
      id: `${port.adapterId} ${port.portId}`,
      location: port.location,
      source: HYPERVISOR,
      time: moment.time,
      counters: port,
    },
    { previous, restarted },
  );
  return { ...values, ...moment, startTime };
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
