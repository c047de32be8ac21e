import type { PartitionSample, PartitionType } from '../../pcm/model.ts';
import type { PartitionDescription } from '../activity.ts';

/**
 * What a partition is like now; of what its sample and the inventory do not say, what was known before.
 * @param operatingSystem as the inventory writes it
 */
export function describePartition(
  { name, type, processor }: PartitionSample,
  operatingSystem: string | undefined,
  known: PartitionDescription | undefined,
): PartitionDescription {
  // Dedicated processors have a mode and no pool: a sample with the mode also has the pool.
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
export function previousDescription<Description extends object>(
  before: Description | undefined,
  now: Description,
): Description | undefined {
  if (!before || before === now) return undefined;
  const names = Object.keys(now) as (keyof Description)[];
  return names.every((name) => before[name] === now[name]) ? undefined : before;
}

/** The name before, where the present one is another. */
export function previousName(before: string | undefined, now: string | undefined): string | undefined {
  return before === now ? undefined : before;
}

/** `os.type` of the semantic conventions; IBM i has no value there, so it is `ibmi`. */
function operatingSystemType(type: PartitionType, description: string | undefined): string | undefined {
  if (type === 'ibm_i') return 'ibmi';
  if (description === undefined) return undefined;
  if (/\baix\b|^vios/i.test(description)) return 'aix';
  if (/linux|ubuntu|debian|red ?hat|rhel|suse|sles|centos|fedora/i.test(description)) return 'linux';
  if (/ibm ?i\b|os\/?400/i.test(description)) return 'ibmi';
  return undefined;
}
