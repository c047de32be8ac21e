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
import {
  Baselines,
  type DocumentStamp,
  LONGEST_COMPARISON,
  noOlderBaselines,
  type OlderBaselines,
  withoutOwners,
} from './baselines.ts';
import { counterKinds } from './counter-kinds.ts';
import { bytesOf } from './counters.ts';
import { describePartition, leftDescription } from './description.ts';
import { type DiskContext, diskActivities } from './disks.ts';
import { wholeLists } from './frame-sums.ts';
import { guestMemoryActivity } from './guest-memory.ts';
import type { FrameInventory } from './inventory.ts';
import { type Mask, maskOf } from './masks.ts';
import { networkActivities, unheardOfNetwork } from './network.ts';
import { hasJumped, haveJumped, processorActivity } from './processor.ts';
import { rememberStoragePools, storagePoolActivities } from './storage-pools.ts';
import { systemActivity } from './system.ts';
import { type CounterGroup, HYPERVISOR, type StartTimes, startTimesOfOneWalk, viosSource } from './timed.ts';
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
  /** What {@link current} left for the next, and what it was left itself. */
  readonly carried: Carried;
  readonly previousCarried: Carried;
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

/** What of older instants the next is compared with, where the one before could not be read. */
interface Carried {
  readonly baselines: OlderBaselines;
  /** Partitions that were not listed since their list was not whole, by UUID. */
  readonly partitions: ReadonlyMap<string, LastSeen>;
}

interface LastSeen {
  readonly partition: PartitionActivity;
  readonly stamp: DocumentStamp;
}

const NEVER_SEEN = {};
const nothingCarried: Carried = { baselines: noOlderBaselines, partitions: new Map() };

/** An instant and what it was compared with. */
interface IncompleteInstant {
  readonly told: FrameActivity;
  readonly hypervisor: HypervisorSample | undefined;
  readonly partitions: ReadonlyMap<string, PartitionActivity>;
  readonly carried: Carried;
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
  const baselines = new Baselines(sample.hypervisor, before.carried.baselines);
  const activity = buildActivity(sample, inventory, before, repeated, starts, baselines);
  const carried = { baselines: baselines.next(), partitions: unlistedPartitions(activity, before) };
  return { activity, history: remember(history, activity, before, carried, isOlder) };
}

/** What this sample is compared with. */
interface Predecessor {
  readonly hypervisor: HypervisorSample | undefined;
  readonly partitions: ReadonlyMap<string, PartitionActivity>;
  readonly carried: Carried;
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
    if (!instant) {
      return { ...shared, hypervisor: undefined, partitions: new Map(), carried: nothingCarried, frame: undefined };
    }
    const { told, hypervisor, partitions, carried } = instant;
    return { ...shared, hypervisor, partitions, carried, frame: told };
  }
  if (isNewInstant) {
    const { current, carried, currentPartitions } = history;
    return { ...shared, hypervisor: current.sample.hypervisor, partitions: currentPartitions, carried, frame: current };
  }
  return {
    ...shared,
    hypervisor: history.previousHypervisor,
    partitions: history.previousPartitions,
    carried: history.previousCarried,
    frame: history.current,
  };
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
      leftState: leftState(partition.state, previous?.knownState),
      description,
      leftDescription: leftDescription(previous?.description, description),
      affinityScore: partition.affinityScore,
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

  /** A partition as it was told of last: in the sample before, or before a list that was not whole. */
  #lastSeen(id: string): { readonly [key in keyof LastSeen]?: LastSeen[key] | undefined } {
    const partition = this.#before.partitions.get(id);
    if (partition) return { partition, stamp: this.#before.hypervisor };
    return this.#before.carried.partitions.get(id) ?? NEVER_SEEN;
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
  carried: Carried,
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
  for (const id of isOlder ? [] : carried.partitions.keys()) {
    const [knownDisks, knownVios] = [before.disks.get(id), before.vioses.get(id)];
    if (knownDisks) disks.set(id, knownDisks);
    if (knownVios) vioses.set(id, knownVios);
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
    carried,
    previousCarried: before.carried,
    disks,
    vioses,
    bridging,
    storagePools,
    viosReferences: viosReferencesOf(activity, before.viosReferences),
    incomplete,
  };
}

/** Partitions that a list which is not whole leaves out: they are compared with what they were when they come back. */
function unlistedPartitions(
  { partitions, sample: { hypervisor }, system: { listed: known } }: FrameActivity,
  before: Predecessor,
): ReadonlyMap<string, LastSeen> {
  const complete = wholeLists(hypervisor, known);
  if (complete.lpars && complete.vioses) return nothingCarried.partitions;
  const listed = new Set(partitions.map(({ id }) => id));
  const unlisted = new Map<string, LastSeen>();
  const keep = (seen: LastSeen) => {
    const { id, type } = seen.partition;
    const isRecent = Math.abs(hypervisor.time - seen.stamp.time) <= LONGEST_COMPARISON;
    if (isRecent && !listed.has(id) && !complete[type === 'vios' ? 'vioses' : 'lpars']) unlisted.set(id, seen);
  };
  for (const seen of before.carried.partitions.values()) keep(seen);
  const stamp = before.hypervisor;
  if (stamp) for (const partition of before.partitions.values()) keep({ partition, stamp });
  return unlisted;
}

function rememberIncomplete(
  history: FrameHistory | undefined,
  told: FrameActivity,
  { hypervisor, partitions, carried }: Predecessor,
  isOlder: boolean,
): readonly IncompleteInstant[] {
  const { sample } = told;
  const others = (history?.incomplete ?? []).filter((instant) => instant.told.sample.listedAt !== sample.listedAt);
  const isLacking = told.partitions.some(
    ({ type, number, state }) => type === 'vios' && state?.toLowerCase() === 'running' && !sample.vioses.has(number),
  );
  if (!isLacking) return others;
  if (isOlder && others.length === history?.incomplete.length) return others;
  const all = [...others, { told, hypervisor, partitions, carried }];
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
  return {
    ...history,
    current: { ...current, sample },
    carried: nothingCarried,
    disks: new Map(),
    vioses: new Map(),
    storagePools: [],
  };
}

/** The history without some partitions: when they are seen again, nothing is the difference to what they were. */
export function forgetPartitions(history: FrameHistory, ids: readonly string[]): FrameHistory {
  if (ids.length === 0) return history;
  const currentPartitions = new Map(history.currentPartitions);
  const disks = new Map(history.disks);
  const partitions = new Map(history.carried.partitions);
  for (const id of ids) {
    currentPartitions.delete(id);
    disks.delete(id);
    partitions.delete(id);
  }
  const baselines = withoutOwners(history.carried.baselines, ids);
  return { ...history, currentPartitions, disks, carried: { baselines, partitions } };
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
