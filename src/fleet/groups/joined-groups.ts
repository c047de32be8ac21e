import { type PlacedGroup, placement } from './placement.ts';

/** Two groups of which one lists what the other one reads. */
export type JoinedPair = readonly [string, string];

/** So many groups are read by one member because of what they see. A chain of more would end with one member that reads all. */
const MOST_JOINED = 4;

/**
 * Who should read which group, as {@link placement}, with groups that see the same systems read by one member: so one of
 * them goes on for the other. A pure function of what all members see alike.
 */
export function placeJoined(groups: readonly PlacedGroup[], pairs: readonly JoinedPair[]): ReadonlyMap<string, string> {
  const units = joinGroups(groups, pairs).map((members) => ({ members, placed: asOne(members) }));
  const places = placement(units.map(({ placed }) => placed));
  return new Map(
    units.flatMap(({ members, placed }) => {
      const member = places.get(placed.id);
      return member === undefined ? [] : members.map(({ id }) => [id, member] as const);
    }),
  );
}

/** Those that belong together, each in the order of its ids; most are alone. */
function joinGroups(
  groups: readonly PlacedGroup[],
  pairs: readonly JoinedPair[],
): readonly (readonly [PlacedGroup, ...PlacedGroup[]])[] {
  const units = new Map<string, Set<string>>(groups.map(({ id }) => [id, new Set([id])]));
  for (const [one, other] of pairs) {
    const [first, second] = [units.get(one), units.get(other)];
    if (!first || !second || first === second) continue;
    for (const id of second) units.set(id, first.add(id));
  }
  const byId = new Map(groups.map((group) => [group.id, group]));
  return [...new Set(units.values())].flatMap((ids) => {
    const members = [...ids].sort().flatMap((id) => byId.get(id) ?? []);
    const [first, ...others] = members;
    if (first === undefined) return [];
    const isOne = members.length <= MOST_JOINED && commonCandidates(members).length > 0;
    return isOne ? [[first, ...others] as const] : members.map((alone) => [alone] as const);
  });
}

/** Its owner is that of its first group that has one who could read all of them. */
function asOne(members: readonly [PlacedGroup, ...PlacedGroup[]]): PlacedGroup {
  const candidates = commonCandidates(members);
  const weights = members.flatMap(({ weight }) => weight ?? []);
  return {
    id: members[0].id,
    weight: weights.length === 0 ? undefined : weights.reduce((sum, weight) => sum + weight, 0),
    owner: members.find(({ owner }) => owner !== undefined && candidates.includes(owner))?.owner,
    candidates,
  };
}

/** Members that could read all of them: configurations may differ while they are upgraded one by one. */
function commonCandidates(members: readonly PlacedGroup[]): readonly string[] {
  const [first, ...others] = members;
  return (first?.candidates ?? []).filter((name) => others.every(({ candidates }) => candidates.includes(name)));
}
