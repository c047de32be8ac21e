import { createHash } from 'node:crypto';

/**
 * How much a member is drawn to a group: the same number in every process, so that all agree without asking each other
 * (rendezvous hashing). A member that comes or goes changes no other's score.
 */
function affinity(member: string, group: string): number {
  return createHash('sha256')
    .update(JSON.stringify([member, group]))
    .digest()
    .readUIntBE(0, 6);
}

/** The members, the one that is drawn most to the group first. */
export function byAffinity(members: readonly string[], group: string): readonly string[] {
  return members
    .map((member) => ({ member, score: affinity(member, group) }))
    .sort((left, right) => right.score - left.score || compare(left.member, right.member))
    .map(({ member }) => member);
}

/** By code units: the order must not depend on a locale. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
