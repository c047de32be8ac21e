import { normalizeUuid, partitionUuidOfInstance } from '../../base/text/uuid.ts';
import type { Instance } from './instance.ts';

/** Which instance a partition is. */
export type InstanceMatch =
  | { readonly kind: 'instance'; readonly instance: Instance }
  /** Nova lists no instance that could be this partition: it is none of OpenStack's. */
  | { readonly kind: 'none' }
  /** Two instances have the partition's UUID but for the bit that PowerVM keeps to itself. No guess is made. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Instance[] }
  /** The instances have not been read yet, or not since the partition appeared. */
  | { readonly kind: 'unknown' };

/** Says which OpenStack instance runs as a partition. Answers at once, from memory. */
export interface InstanceDirectory {
  /** @param partitionId UUID of the partition, in any spelling */
  match(partitionId: string): InstanceMatch;
  /** All that it knows. */
  readonly instances?: readonly Instance[];
  /** Why a match is `unknown`, in words. */
  readonly unknownReason?: string;
}

const NONE: InstanceMatch = { kind: 'none' };

/**
 * The directory of a list of instances. PowerVM clears the top bit of the first digit of the UUID that Nova gives an
 * instance (docs/reference/pcm-documents.md#identity), so a partition may be either of two UUIDs: the list says which
 * one exists.
 */
export class InstanceList implements InstanceDirectory {
  readonly instances: readonly Instance[];
  /** By UUID of the partition. */
  readonly #matches = new Map<string, InstanceMatch>();

  /** @param instances an instance that is listed twice counts once, the last one */
  constructor(instances: readonly Instance[]) {
    const byId = new Map(instances.map((instance) => [normalizeUuid(instance.id), instance]));
    this.instances = [...byId.values()];
    for (const [id, instance] of byId) {
      const partitionId = partitionUuidOfInstance(id);
      this.#matches.set(partitionId, joined(this.#matches.get(partitionId), instance));
    }
  }

  match(partitionId: string): InstanceMatch {
    return this.#matches.get(normalizeUuid(partitionId)) ?? NONE;
  }

  /** The candidates of every partition that has more than one. */
  get ambiguities(): readonly (readonly Instance[])[] {
    return [...this.#matches.values()].flatMap((match) => (match.kind === 'ambiguous' ? [match.candidates] : []));
  }
}

function joined(before: InstanceMatch | undefined, instance: Instance): InstanceMatch {
  switch (before?.kind) {
    case 'instance':
      return { kind: 'ambiguous', candidates: [before.instance, instance] };
    case 'ambiguous':
      return { kind: 'ambiguous', candidates: [...before.candidates, instance] };
    default:
      return { kind: 'instance', instance };
  }
}
