import type { SystemSample } from '../pcm/assembly/system-sample.ts';
import type { HypervisorSample, ViosSample } from '../pcm/model.ts';
import type {
  DiskActivity,
  FrameActivity,
  PartitionActivity,
  StoragePoolActivity,
  ViosActivity,
  ViosReference,
} from './activity.ts';
import { LONGEST_COMPARISON, noOlderBaselines, type OlderBaselines, withoutOwners } from './counters/baselines.ts';
import type { DocumentStamp } from './counters/elapsed.ts';
import { wholeLists } from './system/frame-sums.ts';
import { rememberStoragePools } from './system/storage-pools.ts';

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
  readonly olderState: OlderState;
  readonly previousOlderState: OlderState;
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
interface OlderState {
  readonly baselines: OlderBaselines;
  /** Partitions that were not listed since their list was not whole, by UUID. */
  readonly partitions: ReadonlyMap<string, LastSeen>;
}

export interface LastSeen {
  readonly partition: PartitionActivity;
  readonly stamp: DocumentStamp;
}

const noOlderState: OlderState = { baselines: noOlderBaselines, partitions: new Map() };

/** An instant and what it was compared with. */
interface IncompleteInstant {
  readonly activity: FrameActivity;
  readonly hypervisor: HypervisorSample | undefined;
  readonly partitions: ReadonlyMap<string, PartitionActivity>;
  readonly olderState: OlderState;
}

/** As many instants as a late document may complete (pcm/assembly/assembly). */
const MAX_INCOMPLETE = 3;

/** What this sample is compared with. */
export interface Predecessor {
  readonly hypervisor: HypervisorSample | undefined;
  readonly partitions: ReadonlyMap<string, PartitionActivity>;
  readonly olderState: OlderState;
  readonly frame: FrameActivity | undefined;
  readonly disks: ReadonlyMap<string, readonly DiskActivity[]>;
  readonly vioses: ReadonlyMap<string, ViosActivity>;
  readonly bridging: ReadonlyMap<number, ViosSample>;
  readonly storagePools: readonly StoragePoolActivity[];
  readonly viosReferences: ReadonlyMap<number, ViosReference>;
}

export function predecessorOf(
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
    const instant = history?.incomplete.find((other) => other.activity.sample.listedAt === listedAt);
    if (!instant) {
      return { ...shared, hypervisor: undefined, partitions: new Map(), olderState: noOlderState, frame: undefined };
    }
    const { activity, hypervisor, partitions, olderState } = instant;
    return { ...shared, hypervisor, partitions, olderState, frame: activity };
  }
  if (isNewInstant) {
    const { current, olderState, currentPartitions } = history;
    return {
      ...shared,
      hypervisor: current.sample.hypervisor,
      partitions: currentPartitions,
      olderState,
      frame: current,
    };
  }
  return {
    ...shared,
    hypervisor: history.previousHypervisor,
    partitions: history.previousPartitions,
    olderState: history.previousOlderState,
    frame: history.current,
  };
}

export function remember(
  history: FrameHistory | undefined,
  activity: FrameActivity,
  before: Predecessor,
  olderState: OlderState,
  isOlder: boolean,
): FrameHistory {
  const current = isOlder && history ? history.current : activity;
  const currentPartitions = new Map<string, PartitionActivity>();
  const disks = new Map<string, readonly DiskActivity[]>();
  const vioses = new Map<string, ViosActivity>();
  for (const partition of current.partitions) {
    currentPartitions.set(partition.id, partition);
    const knownDisks = before.disks.get(partition.id);
    // New values replace it below; it is kept where there are none.
    if (knownDisks && (isOlder || partition.disks.length === 0)) disks.set(partition.id, knownDisks);
    const knownVios = partition.type === 'vios' ? before.vioses.get(partition.id) : undefined;
    if (knownVios) vioses.set(partition.id, knownVios);
  }
  for (const id of isOlder ? [] : olderState.partitions.keys()) {
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
    olderState,
    previousOlderState: before.olderState,
    disks,
    vioses,
    bridging,
    storagePools,
    viosReferences: viosReferencesOf(activity, before.viosReferences),
    incomplete,
  };
}

/** Partitions that a list which is not whole leaves out: they are compared with what they were when they come back. */
export function unlistedPartitions(
  { partitions, sample: { hypervisor }, system: { listed: known } }: FrameActivity,
  before: Predecessor,
): ReadonlyMap<string, LastSeen> {
  const complete = wholeLists(hypervisor, known);
  if (complete.lpars && complete.vioses) return noOlderState.partitions;
  const listed = new Set(partitions.map(({ id }) => id));
  const unlisted = new Map<string, LastSeen>();
  const keep = (seen: LastSeen) => {
    const { id, type } = seen.partition;
    const isRecent = Math.abs(hypervisor.time - seen.stamp.time) <= LONGEST_COMPARISON;
    if (isRecent && !listed.has(id) && !complete[type === 'vios' ? 'vioses' : 'lpars']) unlisted.set(id, seen);
  };
  for (const seen of before.olderState.partitions.values()) keep(seen);
  const stamp = before.hypervisor;
  if (stamp) for (const partition of before.partitions.values()) keep({ partition, stamp });
  return unlisted;
}

function rememberIncomplete(
  history: FrameHistory | undefined,
  activity: FrameActivity,
  { hypervisor, partitions, olderState }: Predecessor,
  isOlder: boolean,
): readonly IncompleteInstant[] {
  const { sample } = activity;
  const others = (history?.incomplete ?? []).filter((instant) => instant.activity.sample.listedAt !== sample.listedAt);
  const isIncomplete = activity.partitions.some(
    ({ type, number, state }) => type === 'vios' && state?.toLowerCase() === 'running' && !sample.vioses.has(number),
  );
  if (!isIncomplete) return others;
  if (isOlder && others.length === history?.incomplete.length) return others;
  const all = [...others, { activity, hypervisor, partitions, olderState }];
  return all.sort((left, right) => left.activity.time - right.activity.time).slice(-MAX_INCOMPLETE);
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

/** A document without a state does not end the previous one. */
export function previousState(state: string | undefined, known: string | undefined): string | undefined {
  return state === undefined || state === known ? undefined : known;
}

/** What is known of how each VIOS bridges: from this sample, or from the last one in which it said so. */
export function bridgingOf(
  { vioses }: SystemSample,
  known: ReadonlyMap<number, ViosSample>,
): ReadonlyMap<number, ViosSample> {
  // A VIOS that has lost its RMC connection brings a document without a network.
  const bridging = [...vioses].filter(([, { ethernetAdapters }]) => ethernetAdapters.length > 0);
  return bridging.length === 0 ? known : new Map([...known, ...bridging]);
}

/**
 * The history after the clock of the console was set by so many milliseconds. What is compared by time alone, since it
 * comes from documents of its own, restarts.
 */
export function historyAfterClockStep(history: FrameHistory, step: number): FrameHistory {
  const { current } = history;
  const sample = { ...current.sample, listedAt: current.sample.listedAt + step };
  return {
    ...history,
    current: { ...current, sample },
    olderState: noOlderState,
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
  const partitions = new Map(history.olderState.partitions);
  for (const id of ids) {
    currentPartitions.delete(id);
    disks.delete(id);
    partitions.delete(id);
  }
  const baselines = withoutOwners(history.olderState.baselines, ids);
  return { ...history, currentPartitions, disks, olderState: { baselines, partitions } };
}

export function findDisk(
  disks: readonly DiskActivity[] = [],
  viosNumber: number,
  adapterId: string,
): DiskActivity | undefined {
  for (const disk of disks) if (disk.vios.number === viosNumber && disk.id === adapterId) return disk;
  return undefined;
}

/** The last values of every adapter: a VIOS may be silent for some instants, or a document be late. */
function newestOfEach(
  known: readonly DiskActivity[] | undefined,
  activity: readonly DiskActivity[],
): readonly DiskActivity[] {
  const isSame =
    known?.length === activity.length &&
    activity.every(({ device, time }, index) => known[index]?.device === device && (known[index]?.time ?? 0) <= time);
  if (!known || isSame) return activity;
  const newer = activity.filter(
    (disk) => !known.some((other) => other.device === disk.device && other.time > disk.time),
  );
  const others = known.filter((disk) => !newer.some((other) => other.device === disk.device));
  return others.length === 0 && newer.length === activity.length ? activity : [...newer, ...others];
}
