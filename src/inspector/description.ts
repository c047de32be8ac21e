import type { PartitionSample } from '../pcm/model.ts';
import type { PartitionDescription } from './activity.ts';
import { operatingSystemType } from './operating-system.ts';

/**
 * What a partition is like now; of what its sample and the inventory do not say, what was known before.
 * @param operatingSystem as the inventory writes it
 */
export function describePartition(
  { name, type, processor }: PartitionSample,
  operatingSystem: string | undefined,
  known: PartitionDescription | undefined,
): PartitionDescription {
  // Dedicated processors have a mode and no pool: a sample that tells the mode tells the pool as well.
  const isSharingKnown = processor.mode !== undefined || processor.poolId !== undefined;
  const sharingMode = processor.mode ?? known?.sharingMode;
  const poolId = isSharingKnown ? processor.poolId : known?.poolId;
  const system = operatingSystemType(type, operatingSystem) ?? known?.operatingSystemType;
  const isSame =
    known?.name === name &&
    known.sharingMode === sharingMode &&
    known.poolId === poolId &&
    known.operatingSystemType === system;
  // As a rule nothing has changed.
  return isSame ? known : { name, sharingMode, poolId, operatingSystemType: system };
}

/** The description before, where the present one is another. */
export function leftDescription<Description extends object>(
  before: Description | undefined,
  now: Description,
): Description | undefined {
  if (!before || before === now) return undefined;
  const names = Object.keys(now) as (keyof Description)[];
  return names.every((name) => before[name] === now[name]) ? undefined : before;
}

/** The name before, where the present one is another. */
export function leftName(before: string | undefined, now: string | undefined): string | undefined {
  return before === now ? undefined : before;
}
