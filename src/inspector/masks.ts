import type { PartitionSample, ViosSample } from '../pcm/model.ts';

/** Error of a VIOS that is not running, and of one whose RMC connection is inactive (powervm-rest-api.md 5.7). */
const ERRORS_THAT_MASK = new Set(['4002', '4005']);

/**
 * Whether a partition's idle counter and memory use must not be believed: a VIOS that is down, or does not report,
 * shows no idle time, so that it would look 100 % busy (powervm-rest-api.md 6.8). What it was dispatched stays true.
 */
export function isMasked(partition: PartitionSample, vioses: ReadonlyMap<number, ViosSample>): boolean {
  if (partition.type !== 'vios') return false;
  if (partition.state?.toLowerCase() !== 'running') return true;
  const document = vioses.get(partition.number);
  return !document || document.errors.some((error) => ERRORS_THAT_MASK.has(error.id));
}
