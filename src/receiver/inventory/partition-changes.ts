import type { NetworkAdapterActivity, PartitionActivity } from '../../inspector/activity.ts';
import type { PartitionInventory } from '../../inspector/inventory.ts';
import { withoutPortSuffix } from '../../pcm/assembly/adapter-join.ts';

/** Fields of samples that change when a partition is reconfigured. */
interface PartitionFacts {
  readonly name: string;
  readonly state: string | undefined;
  readonly mode: string | undefined;
  readonly maxVirtualProcessors: number | undefined;
  readonly entitlement: number | undefined;
}

export interface DescribedFacts {
  /** Monotonic. */
  readonly requestedAt: number;
  /** By partition UUID; also those that the console did not list. Undefined until a sample shows them. */
  readonly facts: ReadonlyMap<string, PartitionFacts> | undefined;
}

/** Entitlement is measured: so much is noise. */
const SAME_ENTITLEMENT = 0.05;

export function factsOf({ id, name, state, processor }: PartitionActivity): [string, PartitionFacts] {
  const { mode, maxVirtualProcessors, entitlement } = processor;
  return [id, { name, state, mode, maxVirtualProcessors, entitlement }];
}

export function hasChanged(known: PartitionFacts | undefined, { name, state, processor }: PartitionActivity): boolean {
  if (!known) return true;
  const { mode, maxVirtualProcessors, entitlement } = processor;
  const isOtherEntitlement =
    entitlement !== undefined &&
    known.entitlement !== undefined &&
    Math.abs(entitlement - known.entitlement) > SAME_ENTITLEMENT;
  return (
    name !== known.name ||
    state !== known.state ||
    mode !== known.mode ||
    maxVirtualProcessors !== known.maxVirtualProcessors ||
    isOtherEntitlement
  );
}

export type AdapterKind = 'virtual' | 'sriov';

/** A vNIC is none of the partition's inventory. */
export function kindOf({ type }: NetworkAdapterActivity): AdapterKind | undefined {
  if (type === 'vnic') return undefined;
  return type === 'vea' ? 'virtual' : 'sriov';
}

/** Which kinds of adapters of a partition have a location that the inventory does not know. */
export function unknownAdapterKinds(
  partition: PartitionActivity,
  inventory: PartitionInventory | undefined,
): readonly AdapterKind[] {
  const kinds = new Set<AdapterKind>();
  for (const adapter of partition.networkAdapters) {
    const kind = kindOf(adapter);
    if (kind && !inventory?.clientAdapters.has(withoutPortSuffix(adapter.location))) kinds.add(kind);
  }
  return [...kinds];
}
