import type { Counter } from '../../pcm/model.ts';

/** current − previous, exact also above 2^53; `undefined` when one of them is unknown. */
export function difference(current: Counter | undefined, previous: Counter | undefined): number | undefined {
  if (current === undefined || previous === undefined) return undefined;
  if (typeof current === 'number' && typeof previous === 'number') return current - previous;
  return Number(toBigInt(current) - toBigInt(previous));
}

/** The sum of two counters, exact; `undefined` when one of them is unknown. */
export function sumOf(one: Counter | undefined, other: Counter | undefined): Counter | undefined {
  if (one === undefined || other === undefined) return undefined;
  if (typeof one === 'number' && typeof other === 'number') {
    const sum = one + other;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return exact(toBigInt(one) + toBigInt(other));
}

/** Counters above 2^53 that PCM wrote in E-notation are whole numbers too; a fraction would be a document's mistake. */
function toBigInt(counter: Counter): bigint {
  return typeof counter === 'bigint' ? counter : BigInt(Math.trunc(counter));
}

/** A `number` where it is exact. */
export function exact(integer: bigint): Counter {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** Whether a counter is lower than before: the partition, VIOS or adapter that it belongs to has started again. */
export function hasDecreased(current: Counter | undefined, previous: Counter | undefined): boolean {
  return current !== undefined && previous !== undefined && current < previous;
}

/** numerator ÷ denominator; `undefined` when one is unknown or nothing could be divided by. */
export function ratio(numerator: number | undefined, denominator: number | undefined): number | undefined {
  if (numerator === undefined || denominator === undefined || denominator <= 0) return undefined;
  const quotient = numerator / denominator;
  return Number.isFinite(quotient) ? quotient : undefined;
}

const BYTES_PER_MIB = 2 ** 20;

/** PCM counts memory in mebibytes, whatever its specification calls them: all figures are multiples of the LMB. */
export function bytesOf(mib: number | undefined): number | undefined {
  return mib === undefined ? undefined : mib * BYTES_PER_MIB;
}
