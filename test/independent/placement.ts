import { everybody, findPartition, isUntouched } from './processors.ts';
import { objectAt, type RawObject, textAt, uuidAt } from './raw-json.ts';
import type { Instant } from './story.ts';

interface Placement {
  readonly instant: Instant;
  readonly isAwake: boolean;
}

/**
 * Which frame tells of a partition that two of them list, while it migrates: the same UUID is the same partition, and
 * it is reported once. It lives where it first was, until it wakes up on the other frame.
 */
export function findHomes(instants: readonly Instant[]): void {
  const placements = new Map<string, Placement>();
  const newest = new Map<string, Instant>();
  for (const instant of [...instants].sort((left, right) => left.time - right.time)) {
    newest.set(instant.systemId, instant);
    for (const { element } of everybody(instant)) {
      const id = uuidAt(element, 'uuid') ?? '';
      const current = placements.get(id);
      const isGone = current && newest.get(current.instant.systemId) !== current.instant;
      const wakesUp = isAwake(element) && (!current?.isAwake || hasArrived(instant, element));
      if (current && current.instant.systemId !== instant.systemId && !isGone && !wakesUp) continue;
      placements.set(id, { instant, isAwake: isAwake(element) });
      instant.reported.add(id);
    }
  }
}

function isAwake(element: RawObject): boolean {
  return !isUntouched(objectAt(element, 'processor')) && textAt(element, 'state') !== 'Not Activated';
}

function hasArrived({ before }: Instant, element: RawObject): boolean {
  const earlier = findPartition(before, uuidAt(element, 'uuid'));
  return before !== undefined && (!earlier || isUntouched(objectAt(earlier, 'processor')));
}
