import type { HypervisorSample, PartitionSample, SampleError, ViosSample } from '../../pcm/model.ts';

/**
 * Error of a VIOS that is not running, and of one whose RMC connection is inactive
 * (docs/reference/pcm-documents.md#errors-in-documents).
 */
const ERRORS_THAT_MASK = new Set(['4002', '4005']);

/** Whether the idle counter and memory use of a partition are unreliable. */
export type Mask = (partition: PartitionSample) => boolean;

/**
 * A VIOS that is down, or does not report, shows no idle time, so that it would look 100 % busy
 * (docs/reference/pcm-documents.md#errors-in-documents): what it was dispatched stays true, its idle counter and memory
 * use do not. Which VIOS that is, its own document says, or an error in the hypervisor's.
 */
export function maskOf({ errors }: HypervisorSample, vioses: ReadonlyMap<number, ViosSample>): Mask {
  const named = errors.filter(masks).map(viosNumbersIn);
  return (partition) => {
    if (partition.type !== 'vios') return false;
    if (partition.state?.toLowerCase() !== 'running') return true;
    const document = vioses.get(partition.number);
    if (!document || document.errors.some(masks)) return true;
    return named.some((numbers) => numbers.size === 0 || numbers.has(partition.number));
  };
}

function masks({ id }: SampleError): boolean {
  return ERRORS_THAT_MASK.has(id);
}

/** `RMC is INACTIVE on vios: 2 …`, of which a console may name several. Without a number it may be any of them. */
function viosNumbersIn({ message }: SampleError): ReadonlySet<number> {
  const [, numbers = ''] = /\bvios(?:es)?\b[ :=(]*(\d{1,9}(?:[ ,;]{1,4}\d{1,9}){0,99})/i.exec(message) ?? [];
  return new Set((numbers.match(/\d+/g) ?? []).map(Number));
}
