/** Marks a string that is written as a number; a private character that no name contains. */
const MARK = '\uE000';

/** A number that JSON.stringify cannot write: a 64-bit integer. */
export function bigInteger(value: bigint): string {
  return `${MARK}${value}`;
}

/** As consoles print large cycle counters: `8.0629725893315e+14`, fourteen digits. */
export function scientific(value: number): string {
  return `${MARK}${value.toExponential(13).replace(/\.?0+e/, 'e')}`;
}

/** JSON text in which marked strings are numbers. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(new RegExp(`"${MARK}([^"]+)"`, 'g'), '$1');
}
