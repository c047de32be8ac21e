import { BridgeJoin, backingPortsByClient, StorageJoin } from '../pcm/join.ts';
import type { HypervisorSample, PartitionSample, ViosSample } from '../pcm/model.ts';
import type { SystemSample } from '../pcm/system-sample.ts';
import type {
  DiskActivity,
  FrameActivity,
  PartitionActivity,
  StoragePoolActivity,
  ViosActivity,
  ViosReference,
} from './activity.ts';
import { bytesOf } from './counters.ts';
import { describePartition, leftDescription } from './description.ts';
import { type DiskContext, diskActivities } from './disks.ts';
import { type Elapsed, elapsedBetween } from './elapsed.ts';
import { guestMemoryActivity } from './guest-memory.ts';
import type { FrameInventory } from './inventory.ts';
import { type Mask, maskOf } from './masks.ts';
import { networkActivities, unheardOfNetwork } from './network.ts';
import { asCycles, cyclesOf, hasJumped, hasRestarted, processorActivity } from './processor.ts';
import { rememberStoragePools, storagePoolActivities } from './storage-pools.ts';
import { systemActivity } from './system.ts';
import { HYPERVISOR, type StartTimes, startTimesOfOneWalk, viosSource } from './timed.ts';
import { viosActivity } from './vios.ts';

/** What the inspector remembers of a system from one sample to the next. Immutable; one sample large. */
export interface FrameHistory {
  /** The newest instant. */
  readonly current: FrameActivity;
  /** The hypervisor sample that {@link current} took its differences from. */
  readonly previousHypervisor: HypervisorSample | undefined;
  /** Partitions of the instant before the newest, by UUID. */
  readonly previousPartitions: ReadonlyMap<string, PartitionActivity>;
  readonly currentPartitions: ReadonlyMap<string, PartitionActivity>;
  /** The newest known of each adapter (by partition) and VIOS, also when their document was missing since. */
  readonly disks: ReadonlyMap<string, readonly DiskActivity[]>;
  readonly vioses: ReadonlyMap<string, ViosActivity>;
  /** The newest document of each VIOS that says how it bridges, by partition number. */
  readonly bridging: ReadonlyMap<number, ViosSample>;
  readonly storagePools: readonly StoragePoolActivity[];
  /** Every VIOS that was ever listed, by partition number: a document may leave one out. */
  readonly viosReferences: ReadonlyMap<number, ViosReference>;
  /** Older instants that lack a document of a VIOS at work, which may still come. The newest last. */
  readonly incomplete: readonly IncompleteInstant[];
}

/** An instant and what it was compared with. */
interface IncompleteInstant {
  readonly told: FrameActivity;
  readonly hypervisor: HypervisorSample | undefined;
  readonly partitions: ReadonlyMap<string, PartitionActivity>;
}

/** As many instants as a late document may complete (pcm/assembly). */
const KEPT_INCOMPLETE = 3;

export interface Inspection {
  readonly activity: FrameActivity;
  readonly history: FrameHistory;
}

/**
 * Says what a system and everything on it did between the sample before and this one. A fold over the samples of one
 * system, oldest first: hand the returned history to the next call.
 *
 * A supplementary sample (a document that came late for an instant already seen) repeats what the hypervisor said and
 * brings what the late document says; only the latter is fresh. Of a VIOS that was masked for want of its document, and of
 * the frame, what waited for it is fresh too: only now it is known how busy they were.
 *
 * @param starts since when the counters run; shared by all who walk through the samples of the system
 */
export function inspectFrame(
  history: FrameHistory | undefined,
  sample: SystemSample,
  inventory: FrameInventory,
  starts: StartTimes = startTimesOfOneWalk,
): Inspection {
  starts.note(HYPERVISOR, sample.hypervisor.time);
  for (const [number, { time }] of sample.vioses) starts.note(viosSource(number), time);
  const newestListing = history?.current.sample.listedAt;
  const isNewInstant = newestListing === undefined || sample.listedAt > newestListing;
  const isOlder = newestListing !== undefined && sample.listedAt < newestListing;
  const before = predecessorOf(history, sample.listedAt, { isNewInstant, isOlder });
  const repeated = isNewInstant ? undefined : isOlder ? before.frame : history?.current;
  const activity = buildActivity(sample, inventory, before, repeated, starts);
  return { activity, history: remember(history, activity, before, isOlder) };
}

/** What this sample is compared with. */
interface Predecessor {
  readonly hypervisor: HypervisorSample | undefined;
  readonly partitions: ReadonlyMap<string, PartitionActivity>;
  readonly frame: FrameActivity | undefined;
  readonly disks: ReadonlyMap<string, readonly DiskActivity[]>;
  readonly vioses: ReadonlyMap<string, ViosActivity>;
  readonly bridging: ReadonlyMap<number, ViosSample>;
  readonly storagePools: readonly StoragePoolActivity[];
  readonly viosReferences: ReadonlyMap<number, ViosReference>;
}

function predecessorOf(
  history: FrameHistory | undefined,
  listedAt: number,
  { isNewInstant, isOlder }: { isNewInstant: boolean; isOlder: boolean },
): Predecessor {
  const shared = {
    disks: history?.disks ?? new Map(),
    vioses: history?.vioses ?? new Map(),
    bridging: history?.bridging ?? new Map(),
    storagePools: history?.storagePools ?? [],
    viosReferences: history?.viosReferences ?? new Map(),
  };
  if (!history || isOlder) {
    const instant = history?.incomplete.find((other) => other.told.sample.listedAt === listedAt);
    if (!instant) return { ...shared, hypervisor: undefined, partitions: new Map(), frame: undefined };
    return { ...shared, hypervisor: instant.hypervisor, partitions: instant.partitions, frame: instant.told };
  }
  if (isNewInstant) {
    const { current } = history;
    return { ...shared, hypervisor: current.sample.hypervisor, partitions: history.currentPartitions, frame: current };
  }
  return {
    ...shared,
    hypervisor: history.previousHypervisor,
    partitions: history.previousPartitions,
    frame: history.current,
  };
}

function buildActivity(
  sample: SystemSample,
  inventory: FrameInventory,
  before: Predecessor,
  repeated: FrameActivity | undefined,
  starts: StartTimes,
): FrameActivity {
  const { hypervisor } = sample;
  const elapsed = elapsedBetween(hypervisor, before.hypervisor);
  const frame = new FrameContext(sample, inventory, before, elapsed, repeated, starts);
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
      elapsed,
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
  readonly #elapsed: Elapsed | undefined;
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
    elapsed: Elapsed | undefined,
    repeated: FrameActivity | undefined,
    starts: StartTimes,
  ) {
    this.#sample = sample;
    this.#inventory = inventory;
    this.#before = before;
    this.#elapsed = elapsed;
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
    const previous = this.#before.partitions.get(partition.id);
    const inventory = this.#inventory.partitions.get(partition.id);
    const masked = this.isMasked(partition);
    const description = describePartition(partition, inventory?.operatingSystem, previous?.description);
    const isBusyFresh = fresh.hypervisor || this.#hasBeenUnmasked(partition, masked);
    const jumped = hasJumped(partition.processor, previous?.processor, this.#elapsed, hypervisor.processor.installed);
    const restarted = jumped || hasRestarted(partition.processor, previous?.processor);
    const document = partition.type === 'vios' ? vioses.get(partition.number) : undefined;
    const networkAdapters = networkActivities(partition, previous?.networkAdapters, {
      time: hypervisor.time,
      starts: this.#starts,
      jumped,
      fresh: fresh.hypervisor,
      elapsed: this.#elapsed,
      inventory,
      bridges: this.#bridges,
      viosReference: this.viosReference,
      backingPorts: this.#backingPorts.get(partition.id) ?? [],
    });
    return {
      time: hypervisor.time,
      startTime: this.#startOf(partition, previous, restarted),
      fresh: fresh.hypervisor,
      id: partition.id,
      number: partition.number,
      name: partition.name,
      type: partition.type,
      state: partition.state,
      knownState: partition.state ?? previous?.knownState,
      leftState: leftState(partition.state, previous?.knownState),
      description,
      leftDescription: leftDescription(previous?.description, description),
      affinityScore: partition.affinityScore,
      processor: processorActivity(partition, previous?.processor, {
        time: hypervisor.time,
        previousTime: previous?.time,
        starts: this.#starts,
        cyclesPerSecond: hypervisor.cyclesPerSecond,
        elapsed: this.#elapsed,
        virtualProcessors: inventory?.virtualProcessors,
        dedicatedProcessors: inventory?.dedicatedProcessors,
        restarted,
        isMasked: masked,
        isBusyFresh,
      }),
      memory: { limit: bytesOf(partition.memory.logicalMib), backed: bytesOf(partition.memory.backedMib) },
      guestMemory: guestMemoryActivity(guestMemory.get(partition.id), fresh.guestMemory),
      networkAdapters,
      disks: diskActivities(partition, this.#disks),
      unheard: {
        network: unheardOfNetwork(previous, this.#viosesByNumber),
        disks: this.#disks.join.unheardOf(partition).map((number) => this.viosReference(number, undefined)),
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

  #startOf({ id, processor }: PartitionSample, previous: PartitionActivity | undefined, restarted: boolean): number {
    const { hypervisor } = this.#sample;
    const { time, cyclesPerSecond } = hypervisor;
    return this.#starts.startOf(
      { owner: id, name: 'processor', source: HYPERVISOR, time, counters: cyclesOf(processor) },
      {
        previous,
        restarted,
        cannotFollow: (earlier, earlierTime) => {
          const seconds = (time - earlierTime) / 1000;
          const elapsed = cyclesPerSecond === undefined ? undefined : { cycles: seconds * cyclesPerSecond, seconds };
          return hasJumped(processor, asCycles(earlier), elapsed, hypervisor.processor.installed);
        },
      },
    );
  }

  /** Of a VIOS that was told without its busy time, because its document came late, that is told now. */
  #hasBeenUnmasked(partition: PartitionSample, masked: boolean): boolean {
    if (!this.#repeated || partition.type !== 'vios' || masked) return false;
    const told = this.#repeated.partitions.find((other) => other.id === partition.id);
    return told?.processor.consumed !== undefined && told.processor.busy === undefined;
  }
}

function remember(
  history: FrameHistory | undefined,
  activity: FrameActivity,
  before: Predecessor,
  isOlder: boolean,
): FrameHistory {
  const current = isOlder && history ? history.current : activity;
  const currentPartitions = new Map<string, PartitionActivity>();
  const disks = new Map<string, readonly DiskActivity[]>();
  const vioses = new Map<string, ViosActivity>();
  for (const partition of current.partitions) {
    currentPartitions.set(partition.id, partition);
    const knownDisks = before.disks.get(partition.id);
    // What is told now replaces it below; it is kept where nothing is told.
    if (knownDisks && (isOlder || partition.disks.length === 0)) disks.set(partition.id, knownDisks);
    const knownVios = partition.type === 'vios' ? before.vioses.get(partition.id) : undefined;
    if (knownVios) vioses.set(partition.id, knownVios);
  }
  for (const partition of activity.partitions) {
    if (partition.disks.length > 0) {
      disks.set(partition.id, newestOfEach(before.disks.get(partition.id), partition.disks));
    }
    if (partition.vios && (vioses.get(partition.id)?.time ?? 0) <= partition.vios.time) {
      vioses.set(partition.id, partition.vios);
    }
  }
  const storagePools = rememberStoragePools(before.storagePools, activity.storagePools);
  const bridging = bridgingOf(activity.sample, before.bridging);
  const incomplete = rememberIncomplete(history, activity, before, isOlder);
  if (history && isOlder) return { ...history, disks, vioses, incomplete };
  return {
    current: activity,
    previousHypervisor: before.hypervisor,
    previousPartitions: before.partitions,
    currentPartitions,
    disks,
    vioses,
    bridging,
    storagePools,
    viosReferences: viosReferencesOf(activity, before.viosReferences),
    incomplete,
  };
}

function rememberIncomplete(
  history: FrameHistory | undefined,
  told: FrameActivity,
  { hypervisor, partitions }: Predecessor,
  isOlder: boolean,
): readonly IncompleteInstant[] {
  const { sample } = told;
  const others = (history?.incomplete ?? []).filter((instant) => instant.told.sample.listedAt !== sample.listedAt);
  const isLacking = told.partitions.some(
    ({ type, number, state }) => type === 'vios' && state?.toLowerCase() === 'running' && !sample.vioses.has(number),
  );
  if (!isLacking) return others;
  if (isOlder && others.length === history?.incomplete.length) return others;
  const all = [...others, { told, hypervisor, partitions }];
  return all.sort((left, right) => left.told.time - right.told.time).slice(-KEPT_INCOMPLETE);
}

function viosReferencesOf(
  { partitions }: FrameActivity,
  known: ReadonlyMap<number, ViosReference>,
): ReadonlyMap<number, ViosReference> {
  const vioses = partitions.filter(({ type }) => type === 'vios');
  const isKnown = vioses.every(
    ({ id, number, name }) => known.get(number)?.id === id && known.get(number)?.name === name,
  );
  return isKnown
    ? known
    : new Map([...known, ...vioses.map(({ id, number, name }) => [number, { id, number, name }] as const)]);
}

/** A document that does not tell a state does not tell either that the one before has ended. */
function leftState(state: string | undefined, known: string | undefined): string | undefined {
  return state === undefined || state === known ? undefined : known;
}

/** What is known of how each VIOS bridges: from this sample, or from the last one in which it said so. */
function bridgingOf({ vioses }: SystemSample, known: ReadonlyMap<number, ViosSample>): ReadonlyMap<number, ViosSample> {
  // A VIOS that has lost its RMC connection brings a document without a network.
  const telling = [...vioses].filter(([, { ethernetAdapters }]) => ethernetAdapters.length > 0);
  return telling.length === 0 ? known : new Map([...known, ...telling]);
}

/**
 * The history by the clock of a console that was set by so many milliseconds. What is compared by time alone, since it
 * comes from documents of its own, begins anew.
 */
export function historyAfterClockStep(history: FrameHistory, step: number): FrameHistory {
  const { current } = history;
  const sample = { ...current.sample, listedAt: current.sample.listedAt + step };
  return { ...history, current: { ...current, sample }, disks: new Map(), vioses: new Map(), storagePools: [] };
}

/** The history without some partitions: when they are seen again, nothing is the difference to what they were. */
export function forgetPartitions(history: FrameHistory, ids: readonly string[]): FrameHistory {
  if (ids.length === 0) return history;
  const currentPartitions = new Map(history.currentPartitions);
  const disks = new Map(history.disks);
  for (const id of ids) {
    currentPartitions.delete(id);
    disks.delete(id);
  }
  return { ...history, currentPartitions, disks };
}

function findDisk(
  disks: readonly DiskActivity[] = [],
  viosNumber: number,
  adapterId: string,
): DiskActivity | undefined {
  for (const disk of disks) if (disk.vios.number === viosNumber && disk.id === adapterId) return disk;
  return undefined;
}

/** Of every adapter what was told last: a VIOS may be silent for some instants, or a document come late. */
function newestOfEach(
  known: readonly DiskActivity[] | undefined,
  told: readonly DiskActivity[],
): readonly DiskActivity[] {
  const isSame =
    known?.length === told.length &&
    told.every(({ device, time }, index) => known[index]?.device === device && (known[index]?.time ?? 0) <= time);
  if (!known || isSame) return told;
  const newer = told.filter((disk) => !known.some((other) => other.device === disk.device && other.time > disk.time));
  const others = known.filter((disk) => !newer.some((other) => other.device === disk.device));
  return others.length === 0 && newer.length === told.length ? told : [...newer, ...others];
}
