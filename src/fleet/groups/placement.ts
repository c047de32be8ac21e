import { byAffinity, compare } from './rendezvous.ts';

/** What is read by one member as a whole: the consoles that see the same systems. */
export interface PlacedGroup {
  readonly id: string;
  /** What reading it costs: its partitions; undefined while no one has counted them. */
  readonly weight: number | undefined;
  /** Who reads it now; undefined when no one does. */
  readonly owner: string | undefined;
  /** Who could: members may have different configurations while they are upgraded one by one. */
  readonly candidates: readonly string[];
}

/** So much more than its fair share a member may carry before something is moved away from it. */
const SLACK = 1.25;

/**
 * Who should read which group. A pure function of what all members see alike: each computes it for itself. A group stays
 * where it is unless its owner carries more than its share and another has room; a free one goes to the member that is
 * drawn to it most and has room. So a member that comes takes only its share, and of one that goes only its own moves.
 */
export function placement(groups: readonly PlacedGroup[]): ReadonlyMap<string, string> {
  const members = new Set(groups.flatMap(({ candidates }) => candidates));
  const weightOf = weights(groups);
  const total = groups.reduce((sum, group) => sum + weightOf(group), 0);
  const capacity = (total / Math.max(1, members.size)) * SLACK;
  const loads = new Map<string, number>([...members].map((member) => [member, 0]));
  const loadOf = (member: string) => loads.get(member) ?? 0;
  const placed = new Map<string, string>();
  const put = (group: PlacedGroup, member: string) => {
    placed.set(group.id, member);
    loads.set(member, loadOf(member) + weightOf(group));
  };
  const heaviestFirst = [...groups].sort((one, other) => weightOf(other) - weightOf(one) || compare(one.id, other.id));
  const hasCapacity = (member: string, group: PlacedGroup) => loadOf(member) + weightOf(group) <= capacity;
  const isOwned = ({ owner, candidates }: PlacedGroup) => owner !== undefined && candidates.includes(owner);
  const surplus: PlacedGroup[] = [];
  for (const group of heaviestFirst.filter(isOwned)) {
    const owner = group.owner ?? '';
    // One group that is heavier than any share stays too: moving it would only move the weight.
    if (loadOf(owner) === 0 || hasCapacity(owner, group)) put(group, owner);
    else surplus.push(group);
  }
  // Nothing moves to where it would be too much as well.
  for (const group of surplus) {
    const target = byAffinity(group.candidates, group.id).find((member) => hasCapacity(member, group));
    put(group, target ?? group.owner ?? '');
  }
  for (const group of heaviestFirst.filter((one) => !isOwned(one) && one.candidates.length > 0)) {
    const drawn = byAffinity(group.candidates, group.id);
    const target = drawn.find((member) => hasCapacity(member, group)) ?? leastLoaded(drawn, loadOf);
    put(group, target);
  }
  return placed;
}

/** A group that no one has counted is taken for one like the others. */
function weights(groups: readonly PlacedGroup[]): (group: PlacedGroup) => number {
  const known = groups.flatMap(({ weight }) => (weight === undefined ? [] : [Math.max(1, weight)]));
  const usual = known.length === 0 ? 1 : known.reduce((sum, weight) => sum + weight, 0) / known.length;
  return ({ weight }) => (weight === undefined ? usual : Math.max(1, weight));
}

function leastLoaded(members: readonly string[], loadOf: (member: string) => number): string {
  return members.reduce((least, member) => (loadOf(member) < loadOf(least) ? member : least));
}
