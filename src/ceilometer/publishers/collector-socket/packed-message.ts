import { requireMessagePack } from '../../../base/options/load-on-demand.ts';
import type { JsonObject, JsonValue } from '../../samples/sample.ts';

/** Longer integers are floating-point numbers to the library, and have another text for the signature. */
const MAX_PLAIN_INTEGER = 2 ** 32;

/** A signed message as MessagePack, with the integers that JSON would have, for receivers that check the signature. */
export function packMessage(message: JsonObject): Uint8Array {
  return requireMessagePack().encode(withLongIntegers(message), { useBigInt64: true });
}

function withLongIntegers(value: JsonValue): unknown {
  if (typeof value === 'number') {
    // By its decimal digits, which are what was signed, not by all bits of the double behind them.
    return Number.isInteger(value) && Math.abs(value) >= MAX_PLAIN_INTEGER ? BigInt(String(value)) : value;
  }
  if (Array.isArray(value)) return value.map(withLongIntegers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withLongIntegers(inner)]));
}
