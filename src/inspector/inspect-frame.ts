import { BridgeJoin, backingPortsByClient, StorageJoin } from '../pcm/assembly/adapter-join.ts';
import type { SystemSample } from '../pcm/assembly/system-sample.ts';
import type { PartitionSample } from '../pcm/model.ts';
import type { FrameActivity, PartitionActivity, ViosReference } from './activity.ts';
import { Baselines } from './counters/baselines.ts';
import { counterKinds } from './counters/counter-kinds.ts';
import { bytesOf } from './counters/counters.ts';
import {
  type CounterGroup,
  HYPERVISOR,
  type StartTimes,
  startTimesOfOneTraversal,
  viosSource,
} from './counters/timed.ts';
import {
  bridgingOf,
  type FrameHistory,
  findDisk,
  type LastSeen,
  type Predecessor,
  predecessorOf,
  previousState,
  remember,
  unlistedPartitions,
} from './frame-history.ts';
import type { FrameInventory } from './inventory.ts';
import { describePartition, previousDescription } from './partition/description.ts';
import { type DiskContext, diskActivities } from './partition/disks.ts';
import { guestMemoryActivity } from './partition/guest-memory.ts';
import { type Mask, maskOf } from './partition/masks.ts';
import { missingViosesOfNetwork, networkActivities } from './partition/network.ts';
import { hasJumped, haveJumped, processorActivity } from './partition/processor.ts';
import { storagePoolActivities } from './system/storage-pools.ts';
import { systemActivity } from './system/system.ts';
import { viosActivity } from './system/vios.ts';

const NEVER_SEEN = {};

export interface Inspection {
  readonly activity: FrameActivity;
  readonly history: FrameHistory;
}

/**
 * Computes what a system and everything on it did between the previous sample and this one. A fold over the samples of
 * one system, oldest first: pass the returned history to the next call.
 *
 * A supplementary sample (a document that came late for an instant already seen) repeats the hypervisor data and adds
 * the late document; only the latter is fresh. Of a VIOS that was masked for want of its document, and of the frame,
 * values that depend on it are fresh too: only now their busy time is known.
 *
 * @param starts start times of the counters; shared by all traversals of the system
 */
export function inspectFrame(
  history: FrameHistory | undefined,
  sample: SystemSample,
  inventory: FrameInventory,
  starts: StartTimes = startTimesOfOneTraversal,
): Inspection {
  starts.note(HYPERVISOR, sample.hypervisor.time);
  for (const [number, { time }] of sample.vioses) starts.note(viosSource(number), time);
  const newestListing = history?.current.sample.listedAt;
  const isNewInstant = newestListing === undefined || sample.listedAt > newestListing;
  const isOlder = newestListing !== undefined && sample.listedAt < newestListing;
  const before = predecessorOf(history, sample.listedAt, { isNewInstant, isOlder });
  const repeated = isNewInstant ? undefined : isOlder ? before.frame : history?.current;
  const baselines = new Baselines(sample.hypervisor, before.olderState.baselines);
  const activity = buildActivity(sample, inventory, before, repeated, starts, baselines);
  const olderState = { baselines: baselines.next(), partitions: unlistedPartitions(activity, before) };
  return { activity, history: remember(history, activity, before, olderState, isOlder) };
}

function buildActivity(
  sample: SystemSample,
  inventory: FrameInventory,
  before: Predecessor,
  repeated: FrameActivity | undefined,
  starts: StartTimes,
  baselines: Baselines,
): FrameActivity {
  const { hypervisor } = sample;
  const frame = new FrameContext(sample, inventory, before, baselines, repeated, starts);
  const partitions = hypervisor.partitions.map((partition) => frame.partitionActivity(partition));
  const masked = hypervisor.partitions
    .filter(frame.isMasked)
    .map(({ number, name }) => frame.viosReference(number, name));
  const isUnmasked = partitions.some(({ fresh, processor }) => processor.isBusyFresh && !fresh);
  return {
    time: hypervisor.time,
    previousTime: before.hypervisor?.time,
    sample,
    partitions,
    storagePools: storagePoolActivities(sample, before.storagePools, frame.viosReference, starts),
    system: systemActivity(sample, {
      description: inventory.system,
      partitions,
      previousHypervisor: before.hypervisor,
      previousPartitions: before.partitions,
      previous: before.frame?.system,
      baselines,
      fresh: sample.fresh.hypervisor,
      isBusyFresh: sample.fresh.hypervisor || (isUnmasked && masked.length === 0),
      masked,
      starts,
    }),
  };
}

/** The joins and look-ups of one sample, made once for all its partitions. */
class FrameContext {
  readonly #sample: SystemSample;
  readonly #inventory: FrameInventory;
  readonly #before: Predecessor;
  readonly #baselines: Baselines;
  readonly #repeated: FrameActivity | undefined;
  readonly #starts: StartTimes;
  readonly #backingPorts;
  readonly #bridges;
  readonly #viosesByNumber = new Map<number, PartitionSample>();
  readonly #viosReferences = new Map<number, ViosReference>();
  readonly #disks: DiskContext;
  readonly isMasked: Mask;

  constructor(
    sample: SystemSample,
    inventory: FrameInventory,
    before: Predecessor,
    baselines: Baselines,
    repeated: FrameActivity | undefined,
    starts: StartTimes,
  ) {
    this.#sample = sample;
    this.#inventory = inventory;
    this.#before = before;
    this.#baselines = baselines;
    this.#repeated = repeated;
    this.isMasked = maskOf(sample.hypervisor, sample.vioses);
    this.#starts = starts;
    this.#backingPorts = backingPortsByClient(sample.hypervisor);
    this.#bridges = new BridgeJoin(sample.hypervisor, bridgingOf(sample, before.bridging));
    for (const partition of sample.hypervisor.partitions) {
      if (partition.type === 'vios') this.#viosesByNumber.set(partition.number, partition);
    }
    this.#disks = {
      join: new StorageJoin(sample.vioses),
      viosReference: this.viosReference,
      freshVioses: sample.fresh.vioses,
      starts,
      baselines,
      lastKnown: (partitionId, viosNumber, adapterId) => findDisk(before.disks.get(partitionId), viosNumber, adapterId),
    };
  }

  readonly viosReference = (number: number, name: string | undefined): ViosReference => {
    const known = this.#viosReferences.get(number);
    if (known) return known;
    const vios = this.#viosesByNumber.get(number);
    const before = this.#before.viosReferences.get(number);
    const id = vios?.id ?? before?.id ?? this.#inventory.vioses.get(number);
    const reference = { id, number, name: vios?.name ?? name ?? before?.name };
    this.#viosReferences.set(number, reference);
    return reference;
  };

  partitionActivity(partition: PartitionSample): PartitionActivity {
    const { hypervisor, fresh, vioses, guestMemory } = this.#sample;
    const { partition: previous, stamp: previousStamp } = this.#lastSeen(partition.id);
    // The same text, whose hash is known and which is not collected: everything is found by it.
    const id = previous?.id ?? partition.id;
    const inventory = this.#inventory.partitions.get(id);
    const masked = this.isMasked(partition);
    const description = describePartition(partition, inventory?.operatingSystem, previous?.description);
    const isBusyFresh = fresh.hypervisor || this.#hasBeenUnmasked(partition, masked);
    const group = this.#processorOf(id, partition);
    const comparison = this.#baselines.compare(
      group,
      previous && previousStamp && { stamp: previousStamp, counters: previous.processor },
    );
    const jumped = hasJumped(partition.processor, comparison, hypervisor.processor.installed);
    const restarted = jumped || comparison.restarted;
    const document = partition.type === 'vios' ? vioses.get(partition.number) : undefined;
    const networkAdapters = networkActivities(partition, previous?.networkAdapters, {
      owner: id,
      time: hypervisor.time,
      starts: this.#starts,
      jumped,
      fresh: fresh.hypervisor,
      baselines: this.#baselines,
      previousStamp,
      inventory,
      awaitsAdapters: this.#inventory.awaitsAdapters === true,
      bridges: this.#bridges,
      viosReference: this.viosReference,
      backingPorts: this.#backingPorts.get(partition.id) ?? [],
    });
    return {
      time: hypervisor.time,
      startTime: this.#startOf(group, previous, restarted),
      fresh: fresh.hypervisor,
      id,
      number: partition.number,
      name: partition.name,
      type: partition.type,
      state: partition.state,
      knownState: partition.state ?? previous?.knownState,
      previousState: previousState(partition.state, previous?.knownState),
      description,
      previousDescription: previousDescription(previous?.description, description),
      gauges: partition.gauges,
      processor: processorActivity(id, partition.processor, previous?.processor, {
        time: hypervisor.time,
        previousTime: previous?.time,
        starts: this.#starts,
        cyclesPerSecond: hypervisor.cyclesPerSecond,
        comparison,
        virtualProcessors: inventory?.virtualProcessors,
        dedicatedProcessors: inventory?.dedicatedProcessors,
        restarted,
        isMasked: masked,
        isBusyFresh,
      }),
      memory: { limit: bytesOf(partition.memory.logicalMib), backed: bytesOf(partition.memory.backedMib) },
      guestMemory: guestMemoryActivity(guestMemory.get(partition.id), fresh.guestMemory),
      networkAdapters,
      disks: diskActivities(id, partition, this.#disks),
      unreportedVioses: {
        network: missingViosesOfNetwork(previous, this.#viosesByNumber),
        disks: this.#disks.join.missingViosesOf(partition).map((number) => this.viosReference(number, undefined)),
      },
      vios: document
        ? viosActivity(partition, document, this.#before.vioses.get(partition.id), {
            fresh: fresh.vioses.has(document.number),
            isMasked: masked,
            starts: this.#starts,
          })
        : undefined,
    };
  }

  #processorOf(owner: string, { processor }: PartitionSample): CounterGroup {
    const { time } = this.#sample.hypervisor;
    return { owner, kind: counterKinds.processor, id: '', source: HYPERVISOR, time, counters: processor };
  }

  #startOf(group: CounterGroup, previous: PartitionActivity | undefined, restarted: boolean): number {
    const { cyclesPerSecond, processor } = this.#sample.hypervisor;
    const { time, counters } = group;
    if (previous) return this.#starts.startOf(group, { previous, restarted });
    return this.#starts.startOf(group, {
      previous,
      restarted,
      cannotFollow: (earlier, earlierTime) => {
        const seconds = (time - earlierTime) / 1000;
        const elapsed = cyclesPerSecond === undefined ? undefined : { cycles: seconds * cyclesPerSecond, seconds };
        return haveJumped(counters, earlier, elapsed, processor.installed);
      },
    });
  }

  /** A partition as it was reported last: in the sample before, or before a list that was not whole. */
  #lastSeen(id: string): { readonly [key in keyof LastSeen]?: LastSeen[key] | undefined } {
    const partition = this.#before.partitions.get(id);
    if (partition) return { partition, stamp: this.#before.hypervisor };
    return this.#before.olderState.partitions.get(id) ?? NEVER_SEEN;
  }

  /** The busy time of a VIOS that was reported without it because its document was late is reported now. */
  #hasBeenUnmasked(partition: PartitionSample, masked: boolean): boolean {
    if (!this.#repeated || partition.type !== 'vios' || masked) return false;
    const activity = this.#repeated.partitions.find((other) => other.id === partition.id);
    return activity?.processor.consumed !== undefined && activity.processor.busy === undefined;
  }
}
