import type { FrameActivity } from '../../inspector/index.ts';
import type { Instance, InstanceDirectory } from '../../openstack/index.ts';

/** A partition, and what Nova's list says of it. */
export interface PartitionMatch {
  readonly system: string | undefined;
  readonly name: string;
  readonly id: string;
  readonly state: string | undefined;
  readonly match: 'instance' | 'none' | 'ambiguous' | 'unknown';
  readonly instance: Instance | undefined;
}

/** Every partition that may be an instance, and the instances that no partition is. */
export function matchesOf(
  frames: readonly FrameActivity[],
  directory: InstanceDirectory,
): { readonly partitions: readonly PartitionMatch[]; readonly unmatched: readonly Instance[] } {
  const partitions = frames.flatMap(({ system, partitions: all }) =>
    all
      .filter(({ type }) => type !== 'vios')
      .map(({ id, name, state }) => {
        const match = directory.match(id);
        const instance = match.kind === 'instance' ? match.instance : undefined;
        return { system: system.description.name, name, id, state, match: match.kind, instance };
      }),
  );
  const matched = new Set(partitions.map(({ instance }) => instance));
  return { partitions, unmatched: (directory.instances ?? []).filter((instance) => !matched.has(instance)) };
}
